"""Curves of several runs that can be drawn in one picture: by epoch, step or seconds, smoothed or not."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from mnist_core.training.progress import EpochMetrics


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCurve:
    """One value of a run after each epoch, or the median of repeats.

    Attributes:
        label: the run in words.
        epochs, steps, seconds: of the training until the end of each epoch.
        values: the value after each epoch, as it was measured.
        smoothed: the mean of the values of the last epochs.
        best: position of the best epoch, None if there is none.
        low, high: the lowest and the highest smoothed value among repeats; empty for a single run.
    """

    label: str
    epochs: tuple[int, ...]
    steps: tuple[int, ...]
    seconds: tuple[float, ...]
    values: tuple[float, ...]
    smoothed: tuple[float, ...]
    best: int | None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def run_curve(
    history: Sequence[EpochMetrics], measure: str, *, label: str, train_images: int, batch_size: int,
    best_epoch: int | None, smoothing: int = 0,
) -> RunCurve:  # fmt: skip
    """The curve of a run.

    Args:
        measure: a field of `EpochMetrics`, such as `val_accuracy`.
        smoothing: how many epochs before each one its mean also covers; 0 leaves the values as they are.
    """
    epochs = tuple(metrics.epoch for metrics in history)
    values = tuple(float(getattr(metrics, measure)) for metrics in history)
    steps_per_epoch = math.ceil(train_images / batch_size) if train_images else 0
    return RunCurve(
        label=label,
        epochs=epochs,
        steps=tuple(epoch * steps_per_epoch for epoch in epochs),
        seconds=tuple(accumulate(metrics.seconds for metrics in history)),
        values=values,
        smoothed=trailing_mean(values, smoothing),
        best=epochs.index(best_epoch) if best_epoch in epochs else None,
    )


def repeats_curve(curves: Sequence[RunCurve], *, label: str) -> RunCurve:
    """Repeats as one curve: median, lowest and highest value after each epoch that all of them have reached.

    Args:
        curves: of runs that differ in the seed alone, at least one.
    """
    n = min(len(curve.epochs) for curve in curves)
    smoothed = [curve.smoothed[:n] for curve in curves]
    middle = _medians(smoothed)
    return RunCurve(
        label=label,
        epochs=curves[0].epochs[:n],
        steps=curves[0].steps[:n],
        seconds=_medians([curve.seconds[:n] for curve in curves]),
        values=middle,
        smoothed=middle,
        best=None,
        low=tuple(min(values) for values in zip(*smoothed, strict=True)),
        high=tuple(max(values) for values in zip(*smoothed, strict=True)),
    )


def _medians(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(statistics.median(values) for values in zip(*rows, strict=True))


def trailing_mean(values: Sequence[float], before: int) -> tuple[float, ...]:
    """The mean of each value and up to `before` values in front of it."""
    if before == 0:
        return tuple(values)  # the very same: sums would round them
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - before - 1)
    return tuple(((sums[ends] - sums[starts]) / (ends - starts)).tolist())
