"""t-SNE embeddings (van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9, 2008), by scikit-learn.

The computation takes minutes, so it runs in a separate process at low priority, which can be cancelled; its result is
stored in the cache. `python -m mnist_core.data.finding.tsne IN.npy OUT.npy SEED PERPLEXITY` is that process; it prints
scikit-learn's progress.
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
N_COMPONENTS = 50  # pixels are first reduced to this many principal components, as by the authors
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the other cores are for the dashboard
ITERATION = re.compile(r"Iteration (\d+)")

Progress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Map:
    """An embedding of a sample of a split.

    Attributes:
        rows: int64 (N,), row numbers in the split, ascending.
        points: float32 (N, 2).
    """

    rows: Indices
    points: Float32Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Callbacks of a computation: progress and cancellation."""

    progress: Progress = lambda share: None
    is_cancelled: Callable[[], bool] = lambda: False


def map_rows(dataset: Dataset, split: str, *, limit: int = MAX_POINTS, seed: int = 0) -> Indices:
    """Rows of a stratified, seeded sample of at most `limit` images of the split, ascending."""
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
    """The t-SNE embedding of images by their pixels, from the cache if it is there.

    Raises:
        DatasetError: too few images, cancelled, or the process ended early.
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
        key: key of the vectors in the cache; None to compute in any case and store nothing.
        folder: of the data sets, with the cache; None for the default.

    Raises:
        DatasetError: too few or too many vectors, cancelled, or the process ended early.
    """
    if not MIN_POINTS <= len(vectors) <= MAX_POINTS:
        raise DatasetError(
            f"Wrong number of images. Expected {MIN_POINTS} to {MAX_POINTS:,}. Received: {len(vectors):,}."
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
    """Whether the result of `pixel_map` with the same arguments is in the cache."""
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
            raise DatasetError("The embedding was cancelled.")
        if ended.code != 0 or not made.is_file():
            raise DatasetError(f"The embedding could not be computed: its process ended with code {ended.code}.")
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
    """Compute an embedding: the body of the process."""
    from sklearn.manifold import TSNE  # takes a second to import, and only this process needs it

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
