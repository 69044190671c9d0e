from __future__ import annotations

import numpy as np
import pytest

from mnist_core.evaluation.run_curves import run_curve, trailing_mean
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
