from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.schedule import schedule_figure
from mnist_core.training.schedules import learning_rate_at
from mnist_core.training.settings import Schedule, TrainingSettings


@pytest.mark.parametrize("schedule", Schedule)
def test_the_curve_is_what_training_will_do(schedule: Schedule) -> None:
    settings = TrainingSettings(schedule=schedule, epochs=12, learning_rate=0.02)
    line = schedule_figure(settings, 40).data[0]
    for update, rate in zip(line.customdata, line.y, strict=True):
        assert rate == pytest.approx(learning_rate_at(settings, update - 1, 40))
    assert line.customdata[0] == 1
    assert line.customdata[-1] == 480


def test_a_run_of_one_update_can_be_drawn() -> None:
    line = schedule_figure(TrainingSettings(epochs=1, schedule=Schedule.ONE_CYCLE), 1).data[0]
    assert len(line.x) == 1


def test_a_long_run_is_drawn_with_few_points() -> None:
    figure = schedule_figure(TrainingSettings(epochs=10_000, schedule=Schedule.COSINE), 1875)
    assert len(figure.data[0].x) <= 500
    assert np.isfinite(figure.data[0].y).all()
