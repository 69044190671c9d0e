"""t-SNE maps (van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9, 2008), by scikit-learn.

The computation takes minutes and two processors, so it runs in a process of its own at low priority, which can be
cancelled; its result is kept in the cache. `python -m mnist_core.data.finding.tsne IN.npy OUT.npy SEED PERPLEXITY` is
that process; it prints what scikit-learn prints about its iterations.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core import environment, processes
from mnist_core.data.cache import cache_folder, keep
from mnist_core.data.dataset import Dataset, Float32Array, Indices
from mnist_core.data.finding.pca import principal_components
from mnist_core.data.sources.npz import read_npz
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ConfigError, DatasetError

MAX_POINTS = 5_000
MIN_POINTS = 10
N_ITERATIONS = 1_000
PERPLEXITY = 30.0
N_COMPONENTS = 50  # pixels are first reduced to so many principal components, as the authors did
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the other processor answers the browser
ITERATION = re.compile(r"Iteration (\d+)")

Progress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Map:
    """Points for some of the images of a split.

    Attributes:
        rows: int64 (N,), row numbers into the split, rising.
        points: float32 (N, 2).
    """

    rows: Indices
    points: Float32Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Who is told about a map in the making, and who may stop it."""

    progress: Progress = lambda share: None
    is_cancelled: Callable[[], bool] = lambda: False


def map_rows(dataset: Dataset, split: str, *, limit: int = MAX_POINTS, seed: int = 0) -> Indices:
    """Rows of a stratified, seeded choice of at most `limit` images of the split; rising."""
    if not MIN_POINTS <= limit <= MAX_POINTS:
        raise ConfigError.invalid("limit", expected=f"an integer from {MIN_POINTS} to {MAX_POINTS}", received=limit)
    labels = dataset.split(split).labels
    if len(labels) <= limit:
        return np.arange(len(labels), dtype=np.int64)
    return stratified_parts(labels, limit, seed=seed)[0]


def pixel_map(
    dataset: Dataset,
    split: str,
    *,
    limit: int = MAX_POINTS,
    seed: int = 0,
    folder: Path | None = None,
    watch: Watch | None = None,
) -> Map:
    """A t-SNE map of images by their pixels, from the cache if it was made before.

    Raises:
        DatasetError: too few images, cancelled, or the process that computes it ended early.
        ConfigError: `limit` is out of range.
    """
    rows = map_rows(dataset, split, limit=limit, seed=seed)
    images = dataset.split(split).images[rows]
    n_components = min(N_COMPONENTS, len(rows))
    key = f"{dataset.sha256} {split} {limit} {seed} {n_components}"
    known = _recall(key, len(rows), folder)
    if known is not None:
        return Map(rows=rows, points=known)
    vectors = principal_components(images, n_components).project(images)
    return Map(rows=rows, points=tsne(vectors, seed=seed, key=key, folder=folder, watch=watch))


def tsne(
    vectors: Float32Array,
    *,
    seed: int = 0,
    key: str | None = None,
    folder: Path | None = None,
    watch: Watch | None = None,
) -> Float32Array:
    """Points float32 (N, 2) for vectors float32 (N, D), N from 10 to 5,000.

    Args:
        key: names the vectors in the cache; None computes in any case and keeps nothing.
        folder: of the data sets, beside which the cache lies; None is the usual one.

    Raises:
        DatasetError: too few or too many vectors, cancelled, or the process ended early.
    """
    if not MIN_POINTS <= len(vectors) <= MAX_POINTS:
        raise DatasetError(
            f"The number of images does not fit. Expected {MIN_POINTS} to {MAX_POINTS:,}. Received: {len(vectors):,}."
        )
    known = _recall(key, len(vectors), folder)
    if known is not None:
        return known
    points = _compute(vectors, seed, watch or Watch())
    path = _path(key, folder)
    if path:
        keep(path, lambda stream: np.savez(stream, points=points))
    return points


def has_map(
    dataset: Dataset, split: str, *, limit: int = MAX_POINTS, seed: int = 0, folder: Path | None = None
) -> bool:
    """Whether `pixel_map` with the same arguments comes from the cache."""
    n = len(map_rows(dataset, split, limit=limit, seed=seed))
    key = f"{dataset.sha256} {split} {limit} {seed} {min(N_COMPONENTS, n)}"
    path = _path(key, folder)
    return path is not None and path.is_file()


def _compute(vectors: Float32Array, seed: int, watch: Watch) -> Float32Array:
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    with tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
        given, made = Path(place) / "vectors.npy", Path(place) / "points.npy"
        np.save(given, vectors)
        ended = processes.follow(
            "mnist_core.data.finding.tsne",
            str(given),
            str(made),
            str(seed),
            str(perplexity),
            hear=lambda line: _pass_on(line, watch.progress),
            is_cancelled=watch.is_cancelled,
            variables=ONE_THREAD,
        )
        if ended.is_cancelled:
            raise DatasetError("The map was cancelled.")
        if ended.code != 0 or not made.is_file():
            raise DatasetError(f"The map could not be made: its process ended with code {ended.code}.")
        points: Float32Array = np.load(made, allow_pickle=False)
        return points


def _pass_on(line: str, progress: Progress) -> None:
    if found := ITERATION.search(line):
        progress(min(1.0, int(found[1]) / N_ITERATIONS))


def _path(key: str | None, folder: Path | None) -> Path | None:
    cache = cache_folder(folder or environment.data_folder())
    if cache is None or key is None:
        return None
    return cache / f"map-{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"


def _recall(key: str | None, n: int, folder: Path | None) -> Float32Array | None:
    path = _path(key, folder)
    if path is None or not path.is_file():
        return None
    try:
        points = read_npz(path, only=("points",)).get("points")
    except DatasetError:
        return None
    return points if points is not None and points.shape == (n, 2) and points.dtype == np.float32 else None


def main(arguments: list[str]) -> None:
    """Compute a map: the body of the process."""
    from sklearn.manifold import TSNE  # takes a second to import: not needed where the map is only asked for

    processes.lower_priority()
    given, made, seed, perplexity = arguments
    method = TSNE(
        n_components=2,
        perplexity=float(perplexity),
        init="pca",
        learning_rate="auto",
        max_iter=N_ITERATIONS,
        random_state=int(seed) % 2**32,
        verbose=2,
    )
    points = method.fit_transform(np.load(given, allow_pickle=False))
    np.save(made, points.astype(np.float32))


if __name__ == "__main__":
    main(sys.argv[1:])
