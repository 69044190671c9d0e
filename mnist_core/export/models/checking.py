"""Compares the answers of an exported file with the stored ones, and measures how long one digit takes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.scaling import Scaler
from mnist_core.data.splitting import stratified_parts
from mnist_core.evaluation.predictions import Predictions
from mnist_core.export.models.exported import Checked
from mnist_core.export.models.runtimes import Loaded
from mnist_core.network.operations import Array

N_COMPARED = 1_000
N_TIMED = 50
BATCH = 100


def compared_positions(predictions: Predictions) -> np.ndarray:
    """Positions of the digits to compare: at most `N_COMPARED`, in which each class keeps its share."""
    if len(predictions) <= N_COMPARED:
        return np.arange(len(predictions))
    return stratified_parts(predictions.labels, N_COMPARED, seed=0)[0]


def model_inputs(images: UInt8Array, scaler: Scaler, *, has_scaling: bool) -> Array:
    """What the exported model takes for images uint8 (N, 28, 28): float32 (N, 28, 28, 1)."""
    return images[..., np.newaxis].astype(np.float32) if has_scaling else scaler.apply(images)


def check(
    loaded: Loaded, inputs: Array, stored: Predictions, *, split: str, n_bytes: int, has_scaling: bool,
    tell: Callable[[float], None],
) -> Checked:  # fmt: skip
    """The answers of a loaded file for inputs, against the stored predictions of the same digits.

    Args:
        tell: called with the share of the digits that is done.
    """
    parts = []
    for start in range(0, len(inputs), BATCH):
        parts.append(loaded.answer(inputs[start : start + BATCH]))
        tell(min(1.0, (start + BATCH) / len(inputs)))
    answers = np.concatenate(parts)
    predicted = answers.argmax(axis=1)
    return Checked(
        has_scaling=has_scaling,
        runtime=loaded.runtime,
        split=split,
        compared=len(inputs),
        largest_difference=_largest_difference(answers, stored.probabilities),
        labels_changed=int((predicted != stored.predicted).sum()),
        accuracy=float((predicted == stored.labels).mean()),
        stored_accuracy=stored.accuracy,
        n_bytes=n_bytes,
        milliseconds_per_digit=_milliseconds(loaded, inputs[:N_TIMED]),
    )


def _largest_difference(answers: Array, stored: Array) -> float:
    """Answers that are not numbers differ by as much as probabilities can."""
    return float(np.nan_to_num(np.abs(answers - stored), nan=1.0).max())


def _milliseconds(loaded: Loaded, inputs: Array) -> float:
    seconds = []
    for row in inputs:
        before = time.perf_counter()
        loaded.answer(row[np.newaxis])
        seconds.append(time.perf_counter() - before)
    return 1000 * float(np.median(seconds))
