from __future__ import annotations

import numpy as np
import pytest

from mnist_core.evaluation.run_curves import repeats_curve, run_curve, trailing_mean
from mnist_core.training.progress import EpochMetrics


def metrics(epoch: int, accuracy: float, seconds: float) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch, loss=1.0, accuracy=0.5, val_loss=1 - accuracy, val_accuracy=accuracy, learning_rate=0.1,
        seconds=seconds, images_per_second=1.0,
    )  # fmt: skip


def test_a_curve_has_epochs_steps_and_seconds() -> None:
    history = [metrics(1, 0.5, 2.0), metrics(2, 0.7, 3.0)]
    curve = run_curve(history, "val_accuracy", label="a", train_images=101, batch_size=10, best_epoch=2)
    assert (curve.epochs, curve.steps, curve.seconds) == ((1, 2), (11, 22), (2.0, 5.0))
    assert curve.values == curve.smoothed == (0.5, 0.7)
    assert curve.best == 1


def test_a_run_without_epochs_has_an_empty_curve() -> None:
    curve = run_curve([], "val_loss", label="a", train_images=0, batch_size=10, best_epoch=None, smoothing=3)
    assert (curve.epochs, curve.smoothed, curve.best) == ((), (), None)


@pytest.mark.parametrize("before", [0, 1, 3, 9])
def test_smoothing_is_the_mean_of_the_last_epochs(before: int) -> None:
    values = np.random.default_rng(0).random(12).tolist()
    expected = [np.mean(values[max(0, i - before) : i + 1]) for i in range(len(values))]
    assert trailing_mean(values, before) == pytest.approx(expected)


def test_repeats_become_their_median_with_the_lowest_and_the_highest() -> None:
    values = np.random.default_rng(1).random((3, 5))
    lengths = (5, 4, 5)  # one of them is still training
    curves = [
        run_curve(
            [metrics(epoch + 1, row[epoch], 1.0 + place) for epoch in range(n)],
            "val_accuracy", label=str(place), train_images=100, batch_size=10, best_epoch=1,
        )
        for place, (row, n) in enumerate(zip(values, lengths, strict=True))
    ]  # fmt: skip
    one = repeats_curve(curves, label="all")
    assert (one.label, one.epochs, one.steps, one.best) == ("all", (1, 2, 3, 4), (10, 20, 30, 40), None)
    assert one.smoothed == pytest.approx(np.median(values[:, :4], axis=0))
    assert one.low == pytest.approx(values[:, :4].min(axis=0))
    assert one.high == pytest.approx(values[:, :4].max(axis=0))
    assert one.seconds == pytest.approx((2.0, 4.0, 6.0, 8.0))
