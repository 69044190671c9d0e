"""The learning rate at each step."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.training.schedules import learning_rate_at, learning_rate_curve
from mnist_core.training.settings import Schedule, TrainingSettings


def rates(schedule: Schedule, **more: float) -> list[float]:
    settings = TrainingSettings(epochs=10, learning_rate=0.1, schedule=schedule, **more)  # type: ignore[arg-type]
    return [learning_rate_at(settings, step, 10) for step in range(100)]


def test_constant_stays_the_same() -> None:
    assert set(rates(Schedule.CONSTANT)) == {0.1}


def test_step_halves_after_every_three_epochs() -> None:
    found = rates(Schedule.STEP, step_epochs=3, step_factor=0.5)
    assert found[29] == 0.1
    assert found[30] == pytest.approx(0.05)
    assert found[99] == pytest.approx(0.1 / 8)


def test_cosine_falls_from_the_start_to_zero() -> None:
    found = rates(Schedule.COSINE)
    assert found[0] == pytest.approx(0.1)
    assert found[50] == pytest.approx(0.05)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.0001


def test_one_cycle_peaks_at_thirty_percent() -> None:
    found = rates(Schedule.ONE_CYCLE)
    assert found[0] == pytest.approx(0.1 / 25)
    assert int(np.argmax(found)) == 30
    assert max(found) == pytest.approx(0.1)
    assert found[-1] < found[0]


def test_more_epochs_stretch_the_schedule() -> None:
    settings = TrainingSettings(epochs=10, learning_rate=0.1, schedule=Schedule.COSINE)
    assert learning_rate_at(settings, 100, 10, epochs=20) == pytest.approx(0.05)


def test_the_curve_has_the_values_of_its_steps() -> None:
    settings = TrainingSettings(epochs=4, learning_rate=0.1, schedule=Schedule.ONE_CYCLE)
    epochs, found = learning_rate_curve(settings, 50, points=40)
    assert epochs[0] == 0
    assert epochs[-1] == pytest.approx(199 / 50)
    assert found[5] == learning_rate_at(settings, round(epochs[5] * 50), 50)
