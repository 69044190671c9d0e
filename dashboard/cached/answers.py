"""Results derived from the stored predictions and the weights of a run, computed once and shared by all tabs.

Every function names what its result depends on (files with their modification time, a digest of an image); that is the
key under which `dashboard.cached.keeping` caches the result.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from dashboard import cached
from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.errors import PredictionsError

if TYPE_CHECKING:  # these load pandas, scikit-learn and scipy, which a view may never need
    from mnist_core.data.finding.neighbours import PixelIndex
    from mnist_core.data.measures.registry import Measures
    from mnist_core.evaluation.calibration import Temperature
    from mnist_core.evaluation.leakage import Leakage
    from mnist_core.evaluation.predictions import Predictions
    from mnist_core.evaluation.training_history import TrainingHistories
    from mnist_core.evaluation.weak_slices import WeakSlice
    from mnist_core.network.hidden_vectors import HiddenVectors
    from mnist_core.probing.evidence import FilterPush
    from mnist_core.probing.flips import FlipCurve
    from mnist_core.probing.robustness import Robustness
    from mnist_core.probing.scored_data import ScoredData
    from mnist_core.runs.record import RunRecord


def training_histories(run_id: str) -> TrainingHistories:
    """Training histories of the validation digits over the stored epochs of a run; damaged epochs are left out.

    Raises:
        PredictionsError: no epoch is finished, or none can be read.
    """
    from mnist_core.evaluation import training_history

    store = cached.run_store()
    epochs = store.validation_epochs(run_id)
    changes = tuple(cached.changed(store.predictions_path(run_id, "validation", epoch)) for epoch in epochs)

    def make() -> TrainingHistories:
        history = []
        for epoch in epochs:
            with suppress(PredictionsError):
                history.append((epoch, cached.predictions(run_id, "validation", epoch)))
        return training_history.training_histories(history)

    return cached.kept_large("training histories", str(store.root), run_id, epochs, changes, make=make)


def validation_index(run_id: str, dataset: Dataset, predictions: Predictions) -> PixelIndex:
    """An index that finds the nearest validation digits of a run by pixels, as positions in its predictions."""
    from mnist_core.data.finding.neighbours import PixelIndex

    return cached.kept_large(
        "validation index",
        str(cached.run_store().root),
        run_id,
        dataset.sha256,
        make=lambda: PixelIndex(dataset.train.images[predictions.index]),
    )


def temperature(run_id: str, epoch: int | None) -> Temperature:
    """The temperature that fits the validation digits of a run after an epoch (None: the best).

    Raises:
        PredictionsError: there are none.
    """
    from mnist_core.evaluation.calibration import fit_temperature

    path = cached.run_store().predictions_path(run_id, "validation", epoch)
    return cached.kept(
        "temperature",
        str(path),
        cached.changed(path),
        make=lambda: fit_temperature(cached.predictions(run_id, "validation", epoch)),
    )


def weak_slices(
    run_id: str, split: str, epoch: int | None, *, predictions: Predictions, measures: Measures
) -> tuple[WeakSlice, ...]:
    """Weak slices of a run's digits; `measures` has one row for each of its predictions."""
    from mnist_core.evaluation.weak_slices import weak_slices

    path = cached.run_store().predictions_path(run_id, split, epoch)
    return cached.kept(
        "weak slices",
        str(path),
        cached.changed(path),
        make=lambda: weak_slices(predictions, measures.to_frame()),
    )


def robustness(run: RunRecord, dataset: Dataset, *, is_partial: bool = False) -> Robustness | None:
    """The stored robustness of a run on these digits; None if there is none.

    Args:
        is_partial: what a test that is not complete has found so far.

    Raises:
        RunError: the run has not finished an epoch.
    """
    from mnist_core.probing.robustness import read_robustness, robustness_path

    store = cached.run_store()
    path = robustness_path(store, run, is_partial=is_partial)
    if not path.is_file():
        return None
    key = (str(path), cached.changed(path), dataset.sha256)
    return cached.kept("robustness", *key, make=lambda: read_robustness(store, run, dataset, is_partial=is_partial))


def corrupted_digits(run_id: str, dataset: Dataset, result: Robustness, *, name: str, strength: int) -> UInt8Array:
    """The digits of a robustness result as the network got them: `strength` 0 is unchanged, 1 to 8 are corrupted."""
    from mnist_core.probing.corruptions import FGSM, corrupted

    def make() -> UInt8Array:
        images = dataset.test.images[result.rows]
        found = corrupted(name, images, strength - 1, signs=result.signs) if strength else images
        found.setflags(write=False)
        return found

    of_run = (run_id, result.epoch) if name == FGSM else ()  # FGSM depends on the network
    return cached.kept_large("corrupted", dataset.sha256, name, strength, of_run, make=make)


def scored_predictions(run_id: str, scored: ScoredData) -> Predictions:
    """Predictions of a run for another data set.

    Raises:
        PredictionsError: they are missing or damaged.
    """
    from mnist_core.evaluation.predictions import load_predictions
    from mnist_core.probing.scored_data import scored_path

    path = scored_path(cached.run_store(), run_id, scored)
    return cached.kept_large("scored", str(path), cached.changed(path), make=lambda: load_predictions(path))


def leakage(run: RunRecord, own: Dataset, other: Dataset, split: str) -> Leakage | None:
    """How many digits of a split of another data set are training or validation images of a run; `own` is its data.

    None for an imported model: nobody knows what it was trained on.
    """
    if run.is_foreign:
        return None
    from mnist_core.evaluation.leakage import find_leakage

    return cached.kept(
        "leakage",
        run.run_id,
        own.sha256,
        other.sha256,
        split,
        make=lambda: find_leakage(run.config, own, other.split(split).images),
    )


def answer(run: RunRecord, image: UInt8Array) -> np.ndarray:
    """Probabilities float32 (10,) of a run's best checkpoint for a digit uint8 (28, 28).

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.network.scoring import scaler_of, score_images

    known = cached.weights(run.run_id)
    found: np.ndarray = score_images(run.config.architecture, known, scaler_of(run), image[np.newaxis])[0]
    return found


def flip_curve(run: RunRecord, image: UInt8Array, operation: str) -> FlipCurve:
    """The values of an edit at which a run's predicted label for a digit, uint8 (28, 28), flips.

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.network.scoring import scaler_of, score_images
    from mnist_core.probing.flips import OPERATIONS, flip_curve

    known, scaler = cached.weights(run.run_id), scaler_of(run)
    return cached.kept(
        "flips",
        *_of_weights(run),
        _digest(image),
        operation,
        make=lambda: flip_curve(
            image, OPERATIONS[operation], lambda images: score_images(run.config.architecture, known, scaler, images)
        ),
    )


def evidence(
    run: RunRecord, image: UInt8Array, *, first: int, second: int
) -> tuple[np.ndarray, tuple[FilterPush, ...]]:
    """Evidence for the label `first` against `second` in a digit: an occlusion map, and the most influential filters.

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.network.scoring import scaler_of
    from mnist_core.probing.evidence import filter_pushes, occlusion_map

    known, scaler, network = cached.weights(run.run_id), scaler_of(run), run.config.architecture
    return cached.kept(
        "evidence",
        *_of_weights(run),
        _digest(image),
        first,
        second,
        make=lambda: (
            occlusion_map(network, known, scaler, image, first=first, second=second),
            filter_pushes(network, known, scaler, image, first=first, second=second),
        ),
    )


def hidden_vectors(run: RunRecord, dataset: Dataset) -> HiddenVectors | None:
    """Hidden vectors of the training digits; None if they have not been computed yet.

    Raises:
        RunError: the run has not finished an epoch.
    """
    from mnist_core.network.hidden_vectors import read_hidden_vectors, vectors_path

    store = cached.run_store()
    path = vectors_path(store, run)
    if not path.is_file():
        return None
    key = (str(path), cached.changed(path), dataset.sha256)
    return cached.kept_large("hidden", *key, make=lambda: read_hidden_vectors(store, run, dataset))


def hidden_vector(run: RunRecord, image: UInt8Array) -> np.ndarray:
    """The hidden vector of one digit, float32 (D,).

    Raises:
        RunError: the run has no weights (yet), or they are damaged.
    """
    from mnist_core.network.forward import last_hidden
    from mnist_core.network.scoring import scaler_of

    inputs = scaler_of(run).apply(image[np.newaxis])
    found: np.ndarray = last_hidden(run.config.architecture, cached.weights(run.run_id), inputs)[0]
    return found


def _of_weights(run: RunRecord) -> tuple[str, tuple[int, int]]:
    best = cached.run_store().folder(run.run_id) / "checkpoints" / "best.npz"
    return str(best), cached.changed(best)


def _digest(image: UInt8Array) -> str:
    return hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
