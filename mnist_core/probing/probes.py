"""Linear probes: how well a logistic regression on the output of each layer tells the classes apart.

Source: Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2016.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import RunCorruptedError, RunError
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.files import write_arrays
from mnist_core.models.architecture import OUTPUT
from mnist_core.network.digest import weights_sha256
from mnist_core.network.layer_vectors import layer_vectors, represented_layers
from mnist_core.network.operations import Array
from mnist_core.network.scoring import scaler_of
from mnist_core.probing.robustness import digit_rows
from mnist_core.processes import Tell
from mnist_core.runs.checkpoints import read_arrays
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

N_TRAINING = 3_000
"""Training images of a probe: a stratified sample of those that the network was trained on."""

STRENGTH = 0.01
"""Inverse strength of the L2 regularisation, scikit-learn's `C`, on standardised vectors; the same for every layer."""

MAX_ITERATIONS = 200
VERSION = 2
"""To be raised when the computation changes, so that old results are not used."""

BATCH = 250
SHARE_OF_VECTORS = 0.3
"""Of the progress: the rest is training the probes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Probes:
    """Predictions of the probes of L layers for N test digits; read-only arrays.

    Attributes:
        dataset_sha256, weights_sha256: what the result was computed from.
        n_training: how many training images each probe was trained on.
        rows: int64 (N,), row numbers in the test split, ascending.
        labels: uint8 (N,), true labels.
        network: uint8 (N,), what the network itself predicts.
        layers: as in `represented_layers`; the first L of them while the result is computed.
        predicted: uint8 (L, N).
    """

    dataset_sha256: str
    weights_sha256: str
    n_training: int
    rows: NDArray[np.int64]
    labels: UInt8Array
    network: UInt8Array
    layers: tuple[str, ...]
    predicted: UInt8Array

    def n_right(self, layer: str) -> int:
        """How many digits the probe of a layer predicts correctly."""
        return int((self.predicted[self.layers.index(layer)] == self.labels).sum())

    def accuracy(self, layer: str) -> float:
        """Accuracy of the probe of a layer."""
        return self.n_right(layer) / len(self.labels)

    def interval(self, layer: str) -> Interval:
        """95% Wilson interval of the accuracy of a probe."""
        return wilson_interval(self.n_right(layer), len(self.labels))

    @property
    def network_accuracy(self) -> float:
        """Accuracy of the network itself on the same digits."""
        return float((self.network == self.labels).mean())


def measure_probes(store: RunStore, run_id: str, *, tell: Tell = lambda share, note: None) -> Probes:
    """The probes of a run's best checkpoint, trained now or read from the run.

    Each layer is stored when it is done: to be shown meanwhile, and not to be repeated after a cancel.

    Raises:
        RunError: there is no such run, or it has no weights (yet), or they are not numbers.
        DatasetError: its data set is not on this machine.
    """
    run = store.get(run_id)
    dataset, weights = load_dataset(run.config.dataset), store.weights(run_id)
    digest, layers = weights_sha256(weights), represented_layers(run.config.architecture)
    found = read_probes(store, run, digest)
    if found is not None and found.dataset_sha256 == dataset.sha256 and found.layers == layers:
        return found
    if any(not np.isfinite(weight).all() for weight in weights.values()):
        raise RunError("Some weights of this run are not numbers: its training diverged. Train it again.")
    if found is None or found.dataset_sha256 != dataset.sha256:
        found = _nothing_yet(dataset, digest, len(training_rows(run, dataset)))
    path = probes_path(store, run, digest)
    path.parent.mkdir(exist_ok=True)
    todo = [layer for layer in layers if layer not in found.layers]
    training, test = _vectors(run, dataset, weights, todo, tell)
    found = replace(found, network=test[OUTPUT].argmax(axis=1).astype(np.uint8))
    labels = dataset.train.labels[training_rows(run, dataset)]
    for i, layer in enumerate(todo):
        tell(SHARE_OF_VECTORS + (1 - SHARE_OF_VECTORS) * i / len(todo), layer)
        predicted = probe_predictions(training.pop(layer), labels, test.pop(layer))
        found = replace(
            found,
            layers=(*found.layers, layer),
            predicted=np.concatenate([found.predicted, predicted[np.newaxis]]),
        )
        _write(path, found)
    return found


def probe_predictions(training: Array, labels: UInt8Array, test: Array) -> UInt8Array:
    """Labels that a logistic regression on `training` (M, D) predicts for `test` (N, D): uint8 (N,).

    If all training images have one label, that label.
    """
    if (labels == labels[0]).all():
        return np.full(len(test), labels[0], np.uint8)
    from sklearn.exceptions import ConvergenceWarning  # slow to import, and only for this
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=MAX_ITERATIONS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # more iterations change a digit or two
        model.fit(training, labels)
    predicted: UInt8Array = model.predict(test).astype(np.uint8)
    return predicted


def training_rows(run: RunRecord, dataset: Dataset) -> NDArray[np.int64]:
    """Row numbers of the training images that the probes of a run are trained on, ascending."""
    rows, _ = run.config.split(dataset.train.labels)
    if len(rows) <= N_TRAINING:
        return rows
    return rows[stratified_parts(dataset.train.labels[rows], N_TRAINING, seed=0)[0]]


def read_probes(store: RunStore, run: RunRecord, weights_digest: str) -> Probes | None:
    """What is stored of the probes of these weights, complete or not; None if there is nothing."""
    path = probes_path(store, run, weights_digest)
    if not path.is_file():
        return None
    try:
        found = _from_arrays(read_arrays(path))
    except (RunError, KeyError, ValueError, IndexError):
        return None
    return found if found.weights_sha256 == weights_digest else None


def probes_path(store: RunStore, run: RunRecord, weights_digest: str) -> Path:
    """The file of the probes; it may not exist."""
    return store.folder(run.run_id) / "probes" / f"{weights_digest[:16]}-v{VERSION}.npz"


def _nothing_yet(dataset: Dataset, digest: str, n_training: int) -> Probes:
    rows = digit_rows(dataset)
    return Probes(
        dataset_sha256=dataset.sha256,
        weights_sha256=digest,
        n_training=n_training,
        rows=rows,
        labels=dataset.test.labels[rows],
        network=np.zeros(len(rows), np.uint8),
        layers=(),
        predicted=np.empty((0, len(rows)), np.uint8),
    )


def _vectors(
    run: RunRecord, dataset: Dataset, weights: dict[str, np.ndarray], layers: list[str], tell: Tell
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Vectors of the training and of the test images by layer, in one pass for all layers."""
    training = dataset.train.images[training_rows(run, dataset)]
    images = np.concatenate([training, dataset.test.images[digit_rows(dataset)]])
    scaler, parts = scaler_of(run), []
    for start in range(0, len(images), BATCH):
        tell(SHARE_OF_VECTORS * start / len(images), "Activations")
        x = scaler.apply(images[start : start + BATCH])
        parts.append(layer_vectors(run.config.architecture, weights, x, {*layers, OUTPUT}))
    joined = {layer: np.concatenate([part.pop(layer) for part in parts]) for layer in tuple(parts[0])}
    n = len(training)
    return {name: v[:n] for name, v in joined.items()}, {name: v[n:] for name, v in joined.items()}


def _write(path: Path, found: Probes) -> None:
    write_arrays(
        path,
        {
            "dataset": np.array(found.dataset_sha256),
            "weights": np.array(found.weights_sha256),
            "n_training": np.array(found.n_training),
            "rows": found.rows,
            "labels": found.labels,
            "network": found.network,
            "layers": np.array(found.layers),
            "predicted": found.predicted,
        },
    )


def _from_arrays(arrays: dict[str, np.ndarray]) -> Probes:
    layers, n = tuple(str(name) for name in arrays["layers"]), len(arrays["rows"])
    if arrays["labels"].shape != (n,) or arrays["network"].shape != (n,):
        raise RunCorruptedError("The stored probes are damaged: their arrays do not match.")
    if arrays["predicted"].shape != (len(layers), n):
        raise RunCorruptedError("The stored probes are damaged: their arrays do not match.")
    return Probes(
        dataset_sha256=str(arrays["dataset"]),
        weights_sha256=str(arrays["weights"]),
        n_training=int(arrays["n_training"]),
        layers=layers,
        **{name: arrays[name] for name in ("rows", "labels", "network", "predicted")},
    )
