"""Robustness: the accuracy of a run on corrupted test images, stored with the run."""

from __future__ import annotations

from collections.abc import Callable, Collection
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
from mnist_core.network.operations import Array
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.probing.corruptions import CORRUPTIONS, FGSM, N_STRENGTHS, attack_signs, corrupted
from mnist_core.processes import Tell
from mnist_core.runs.checkpoints import read_arrays
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

N_DIGITS = 2_000
"""Number of test images that are corrupted: a stratified sample, the same for every run on a data set."""

DROP = 0.05
"""A corruption matters from the first strength at which accuracy is more than this below that on unchanged images."""

VERSION = 1
"""To be raised when the computation of a corruption changes, so that old results are not used."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Robustness:
    """Predictions of a run for N test images, unchanged and with K corruptions at eight strengths; read-only arrays.

    Attributes:
        epoch: of the weights.
        dataset_sha256: of the data the digits come from.
        rows: int64 (N,), row numbers in the test split.
        labels: uint8 (N,), true labels.
        clean: uint8 (N,), predicted labels of the unchanged images.
        names: the K corruptions.
        predicted: uint8 (K, 8, N).
        confidence: float16 (K, 8, N), probability of the predicted label.
        signs: of FGSM, for `corrupted`; None if it was not computed.
    """

    epoch: int
    dataset_sha256: str
    rows: NDArray[np.int64]
    labels: UInt8Array
    clean: UInt8Array
    names: tuple[str, ...]
    predicted: UInt8Array
    confidence: NDArray[np.float16]
    signs: UInt8Array | None

    @property
    def clean_accuracy(self) -> float:
        """Accuracy on the unchanged images."""
        return float((self.clean == self.labels).mean())

    def accuracies(self, name: str) -> tuple[float, ...]:
        """Accuracy at each strength of a corruption."""
        return tuple((self.predicted[self.names.index(name)] == self.labels).mean(axis=1).tolist())

    def interval(self, name: str, strength: int) -> Interval:
        """95% Wilson interval of the accuracy at one strength."""
        right = int((self.predicted[self.names.index(name), strength] == self.labels).sum())
        return wilson_interval(right, len(self.rows))

    def first_drop(self, name: str) -> int | None:
        """The lowest strength, 0 to 7, with an accuracy more than `DROP` below the clean one; None if there is none.

        Counted in images, so that a difference of exactly `DROP` is not lost or won by rounding.
        """
        right = (self.predicted[self.names.index(name)] == self.labels).sum(axis=1)
        lost = int((self.clean == self.labels).sum()) - right
        dropped = np.flatnonzero(lost > DROP * len(self.labels) + 1e-6)
        return int(dropped[0]) if len(dropped) else None

    def mean_accuracy(self, name: str) -> float:
        """Mean accuracy over the eight strengths of a corruption."""
        return float(np.mean(self.accuracies(name)))


def measure_robustness(
    store: RunStore,
    run_id: str,
    *,
    names: Collection[str] = tuple(CORRUPTIONS),
    tell: Tell = lambda share, note: None,
) -> Robustness:
    """The robustness of a run with its best checkpoint, computed now or read from the run.

    Args:
        names: the corruptions to test; FGSM loads TensorFlow.

    Raises:
        RunError: there is no such run, or it has no weights (yet).
        DatasetError: its data set is not on this machine.
    """
    run = store.get(run_id)
    dataset = load_dataset(run.config.dataset)
    known = read_robustness(store, run, dataset)
    if known is not None:
        return known
    found = _measure(store, run, dataset, names, tell)
    _write(robustness_path(store, run), found)
    robustness_path(store, run, is_partial=True).unlink(missing_ok=True)
    return found


def read_robustness(
    store: RunStore, run: RunRecord, dataset: Dataset | None = None, *, is_partial: bool = False
) -> Robustness | None:
    """The stored robustness of the present best checkpoint; None if there is none.

    Args:
        dataset: if given, a result on other images does not count.
        is_partial: what a test that is not complete has found so far.
    """
    path = robustness_path(store, run, is_partial=is_partial)
    if not path.is_file():
        return None
    try:
        arrays = read_arrays(path)
        found = _from_arrays(arrays)
    except (RunError, KeyError, ValueError, IndexError):
        return None
    return found if dataset is None or found.dataset_sha256 == dataset.sha256 else None


def robustness_path(store: RunStore, run: RunRecord, *, is_partial: bool = False) -> Path:
    """The file of the robustness of a run's best checkpoint; it may not exist.

    Raises:
        RunError: the run has not finished an epoch.
    """
    if run.best_epoch is None:
        raise RunError(f"Run {run.run_id} has no weights yet: its first epoch is not finished.")
    suffix = "-partial" if is_partial else ""
    return store.folder(run.run_id) / "robustness" / f"epoch-{run.best_epoch:03d}-v{VERSION}{suffix}.npz"


def _measure(store: RunStore, run: RunRecord, dataset: Dataset, names: Collection[str], tell: Tell) -> Robustness:
    """One corruption after the other. Each is stored when it is done: to be shown, and not to be repeated."""
    architecture, weights, scaler = run.config.architecture, store.weights(run.run_id, "best"), scaler_of(run)
    images = dataset.test.images[digit_rows(dataset)]
    chosen = [name for name in CORRUPTIONS if name in names]
    n_steps = len(chosen) * N_STRENGTHS + 1

    def answers(images: UInt8Array) -> Array:
        return score_images(architecture, weights, scaler, images)

    tell(0.0, "Unchanged images")
    found = read_robustness(store, run, dataset, is_partial=True) or _unchanged(run, dataset, answers)
    for i, name in enumerate(chosen):
        if name in found.names:
            continue
        if name == FGSM and found.signs is None:
            tell((i * N_STRENGTHS + 1) / n_steps, "Loading TensorFlow for FGSM")
            found = replace(found, signs=_signs(run, weights, images, found.labels))
            if found.signs is None:
                continue
        scored = []
        for strength in range(N_STRENGTHS):
            tell((i * N_STRENGTHS + strength + 1) / n_steps, CORRUPTIONS[name].title)
            scored.append(answers(corrupted(name, images, strength, signs=found.signs)))
        found = _with(found, name, np.stack(scored))
        _write(robustness_path(store, run, is_partial=True), found)
    return found


def _unchanged(run: RunRecord, dataset: Dataset, answers: Callable[[UInt8Array], Array]) -> Robustness:
    """Predictions for the unchanged images, without any corruption."""
    rows = digit_rows(dataset)
    digits = dataset.test.take(rows)
    return Robustness(
        epoch=run.best_epoch or 0,
        dataset_sha256=dataset.sha256,
        rows=rows,
        labels=digits.labels,
        clean=answers(digits.images).argmax(axis=1).astype(np.uint8),
        names=(),
        predicted=np.empty((0, N_STRENGTHS, len(rows)), np.uint8),
        confidence=np.empty((0, N_STRENGTHS, len(rows)), np.float16),
        signs=None,
    )


def _with(found: Robustness, name: str, probabilities: Array) -> Robustness:
    """`found` and one more corruption, of which `probabilities` (8, N, 10) are given."""
    predicted = probabilities.argmax(axis=2).astype(np.uint8)
    confidence = probabilities.max(axis=2).astype(np.float16)
    return replace(
        found,
        names=(*found.names, name),
        predicted=np.concatenate([found.predicted, predicted[np.newaxis]]),
        confidence=np.concatenate([found.confidence, confidence[np.newaxis]]),
    )


def digit_rows(dataset: Dataset) -> NDArray[np.int64]:
    """Row numbers of the test images that are corrupted, ascending."""
    labels = dataset.test.labels
    if len(labels) <= N_DIGITS:
        return np.arange(len(labels), dtype=np.int64)
    return stratified_parts(labels, N_DIGITS, seed=0)[0]


def _signs(run: RunRecord, weights: dict[str, np.ndarray], images: UInt8Array, labels: UInt8Array) -> UInt8Array | None:
    """The signs for FGSM; None if TensorFlow is not installed."""
    try:
        from mnist_core.probing.fgsm import pixel_gradients

        gradients = pixel_gradients(run.config.architecture, weights, scaler_of(run), images, labels)
    except ImportError:
        return None
    return attack_signs(gradients)


def _write(path: Path, found: Robustness) -> None:
    path.parent.mkdir(exist_ok=True)
    arrays = {
        "epoch": np.array(found.epoch),
        "sha256": np.array(found.dataset_sha256),
        "rows": found.rows,
        "labels": found.labels,
        "clean": found.clean,
        "names": np.array(found.names),
        "predicted": found.predicted,
        "confidence": found.confidence,
    }
    write_arrays(path, arrays if found.signs is None else {**arrays, "signs": found.signs})


def _from_arrays(arrays: dict[str, np.ndarray]) -> Robustness:
    names = tuple(str(name) for name in arrays["names"])
    shape = (len(names), N_STRENGTHS, len(arrays["rows"]))
    if arrays["predicted"].shape != shape or arrays["confidence"].shape != shape or not set(names) <= set(CORRUPTIONS):
        raise RunCorruptedError("The stored robustness is damaged: its arrays do not match.")
    return Robustness(
        epoch=int(arrays["epoch"]),
        dataset_sha256=str(arrays["sha256"]),
        rows=arrays["rows"],
        labels=arrays["labels"],
        clean=arrays["clean"],
        names=names,
        predicted=arrays["predicted"],
        confidence=arrays["confidence"],
        signs=arrays.get("signs"),
    )
