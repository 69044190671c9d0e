"""The hidden vectors of the training images of a run, to find nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.neighbours import Neighbours, nearest_vectors
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import RunError
from mnist_core.files import write_arrays
from mnist_core.models.architecture import OUTPUT, Architecture
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import last_hidden
from mnist_core.network.operations import Array
from mnist_core.network.scoring import scaler_of
from mnist_core.processes import Tell
from mnist_core.runs.checkpoints import read_arrays
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

MAX_NUMBERS = 12_000_000
"""Largest number of stored values per run (24 MB as float16): with a wide layer, fewer images are searched."""

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HiddenVectors:
    """Hidden vectors of training images; read-only.

    Attributes:
        dataset_sha256: of the data they come from.
        rows: int64 (N,), row numbers in the training split.
        vectors: float32 (N, D).
    """

    dataset_sha256: str
    rows: NDArray[np.int64]
    vectors: Array

    def nearest(self, vector: Array, k: int = 8, *, exclude: int | None = None) -> Neighbours:
        """The `k` training images nearest to `vector`, float32 (D,); `rows` of the result are those of the split.

        Args:
            exclude: row of the split to leave out: the image itself, if it is a training image.
        """
        own = np.flatnonzero(self.rows == (-1 if exclude is None else exclude))
        found = nearest_vectors(self.vectors, vector, k, exclude=int(own[0]) if len(own) else None)
        return Neighbours(rows=self.rows[found.rows], distances=found.distances)


def store_hidden_vectors(store: RunStore, run_id: str, *, tell: Tell = lambda share, note: None) -> HiddenVectors:
    """Compute the vectors with the run's best checkpoint and store them, unless they are stored already.

    Raises:
        RunError: there is no such run, or it has no weights (yet).
        DatasetError: its data set is not on this machine.
    """
    run = store.get(run_id)
    dataset = load_dataset(run.config.dataset)
    known = read_hidden_vectors(store, run, dataset)
    if known is not None:
        return known
    weights, scaler = store.weights(run_id, "best"), scaler_of(run)
    rows = searched_rows(run.config.architecture, dataset)
    parts = []
    for start in range(0, len(rows), BATCH):
        images = dataset.train.images[rows[start : start + BATCH]]
        vectors = last_hidden(run.config.architecture, weights, scaler.apply(images))
        parts.append(vectors.astype(np.float16))
        tell(min(1.0, (start + BATCH) / len(rows)), "")
    path = _path(store, run)
    path.parent.mkdir(exist_ok=True)
    kept = {"sha256": np.array(dataset.sha256), "rows": rows, "vectors": np.concatenate(parts)}
    write_arrays(path, kept)
    return _from_arrays(kept)


def read_hidden_vectors(store: RunStore, run: RunRecord, dataset: Dataset) -> HiddenVectors | None:
    """The stored vectors of the present best checkpoint for this data set; None if there are none."""
    path = _path(store, run)
    if not path.is_file():
        return None
    try:
        found = _from_arrays(read_arrays(path))
    except (RunError, KeyError, ValueError):
        return None
    return found if found.dataset_sha256 == dataset.sha256 else None


def vectors_path(store: RunStore, run: RunRecord) -> Path:
    """The file of the vectors."""
    return _path(store, run)


def searched_rows(architecture: Architecture, dataset: Dataset) -> NDArray[np.int64]:
    """Row numbers of the training images that are searched: all, or for a wide layer a stratified sample."""
    width = weight_shapes(architecture)[f"{OUTPUT}/kernel"][0]
    limit = max(100, MAX_NUMBERS // width)
    labels = dataset.train.labels
    if len(labels) <= limit:
        return np.arange(len(labels), dtype=np.int64)
    return stratified_parts(labels, limit, seed=0)[0]


def _path(store: RunStore, run: RunRecord) -> Path:
    if run.best_epoch is None:
        raise RunError(f"Run {run.run_id} has no weights yet: its first epoch is not finished.")
    return store.folder(run.run_id) / "hidden" / f"epoch-{run.best_epoch:03d}.npz"


def _from_arrays(arrays: dict[str, np.ndarray]) -> HiddenVectors:
    rows, vectors = arrays["rows"], arrays["vectors"].astype(np.float32)
    if rows.ndim != 1 or vectors.ndim != 2 or len(rows) != len(vectors):
        raise ValueError("rows and vectors do not match")
    vectors.setflags(write=False)
    return HiddenVectors(dataset_sha256=str(arrays["sha256"]), rows=rows, vectors=vectors)
