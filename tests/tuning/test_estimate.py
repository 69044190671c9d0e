"""The estimate of a search: the work of its designs counted by hand, and times from the journals of runs."""

from __future__ import annotations

import json
import statistics
from itertools import product

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings
from mnist_core.tuning.estimate import estimate, mean_work, seconds_of_repeats
from mnist_core.tuning.finals import choose_finals
from mnist_core.tuning.positions import position, value_at
from mnist_core.tuning.search import search
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.study import StudySettings
from tests.tuning.conftest import Make, base_config, open_space, right_answers, trials_of
from tests.tuning.simulated import Simulated

UNITS, EPOCHS = (10, 20, 100, 400), (1, 2, 3)


def multiply_adds(units: int) -> int:
    """Of a network 784 - units - 10, by hand."""
    return 784 * units + units * 10


def dense_space() -> Space:
    network = Architecture(layers=(Flatten(), Dense(units=20)))
    base = ExperimentConfig(dataset="mnist-sample", architecture=network, training=TrainingSettings(epochs=2))
    return Space(
        base=base,
        dimensions=(Choices(setting="dense_1.units", values=UNITS), Choices(setting="epochs", values=EPOCHS)),
    )


def test_the_work_of_a_space_is_the_mean_over_its_designs() -> None:
    work = [epochs * multiply_adds(units) for units, epochs in product(UNITS, EPOCHS)]
    wanted = statistics.fmean(work) / (2 * multiply_adds(20))
    assert wanted > 6  # far from that of the base design
    assert mean_work(dense_space()) == pytest.approx(wanted, rel=0.25)  # of 64 designs drawn from twelve
    same = Space(base=dense_space().base, dimensions=(Range(setting="learning_rate", low=1e-4, high=1e-2, log=True),))
    assert mean_work(same) == 1.0


def test_designs_that_cannot_be_built_count_for_nothing() -> None:
    space = Space(base=base_config(), dimensions=(Range(setting="conv_1..max_pool_1.repeats", low=0, high=40),))
    assert 0 < mean_work(space) < 40


@pytest.mark.parametrize("dimension", [*open_space().dimensions, Range(setting="epochs", low=3, high=9, step=2)])
def test_places_are_spread_over_all_values(dimension: Range | Choices) -> None:
    values = [value_at(dimension, place / 1000) for place in range(1000)]
    assert all(dimension.holds(value) for value in values)
    if dimension.count is not None:
        assert [values.count(value) for value in dict.fromkeys(values)] == pytest.approx(
            [1000 / dimension.count] * dimension.count, abs=1
        )
    else:
        assert [position(dimension, value) for value in values] == pytest.approx(
            [place / 1000 for place in range(1000)]
        )


def test_a_trial_takes_the_time_of_the_base_design_times_the_work(store: RunStore, make_study: Make) -> None:
    space = open_space(base_config())
    kept = space.base.training.epochs
    study = make_study(space, trials=1)
    assert estimate(store, space, train_images=4000, test_images=1000) is None
    search(store, study, runner=Simulated(store, right_answers))
    (run_id,) = store.run_ids()
    base_space = Space(base=store.get(run_id).config, dimensions=space.dimensions)
    found = estimate(store, base_space, train_images=4000, test_images=1000)
    assert found is not None
    assert found.source == "an earlier run"
    events = [json.loads(line) for line in (store.folder(run_id) / "events.jsonl").read_text().splitlines()]
    ended = [event["time"] for event in events if event["event"] == "epoch"]
    seconds = [event["seconds"] for event in events if event["event"] == "epoch"]
    epoch = statistics.median(max(b - a, took) for a, b, took in zip(ended, ended[1:], seconds[1:], strict=False))
    start = max(0.0, ended[0] - seconds[0] - events[0]["time"])
    assert found.trial_seconds == pytest.approx(start + kept * epoch * mean_work(base_space), rel=1e-6)
    assert found.seconds(StudySettings(trials=7)) == pytest.approx(7 * found.trial_seconds)
    assert found.trials(StudySettings(trials=None, minutes=1.0)) == int(60 / found.trial_seconds)


def test_repeats_take_as_long_as_their_trials(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=3)
    search(store, study, runner=Simulated(store, right_answers))
    finals = choose_finals(study, trials_of(store, study), finalists=2, n_seeds=4)
    each = [seconds_of_repeats(store, [(contender, 1)]) for contender in finals.contenders]
    assert all(each)
    assert seconds_of_repeats(store, finals.wanted) == pytest.approx(4 * sum(seconds or 0 for seconds in each))
    store.folder(finals.contenders[0].run_id).rename(store.root / "elsewhere")
    assert seconds_of_repeats(store, finals.wanted) is None
