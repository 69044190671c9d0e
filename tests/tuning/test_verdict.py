"""The finalists trained again: which run directories there are, and what their scores say, counted by hand."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace

import pytest

from mnist_core.errors import ConfigError, StudyError
from mnist_core.runs.bin import delete
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.tuning.control import Doing
from mnist_core.tuning.finals import (
    Contender,
    Finals,
    FinalsTuner,
    choose_finals,
    is_pending,
    read_finals,
    repeats_of,
    write_finals,
)
from mnist_core.tuning.running import Order
from mnist_core.tuning.search import search
from mnist_core.tuning.study import Study, study_folder
from mnist_core.tuning.trials import Trials
from mnist_core.tuning.verdict import Standing, Verdict, sentences, verdict_of
from tests.tuning.conftest import Make, right_answers, small_space, trials_of
from tests.tuning.simulated import N_IMAGES, Simulated


def searched(store: RunStore, make_study: Make, *, trials: int = 6) -> tuple[Study, Trials]:
    study = make_study(small_space(), trials=trials, workers=3)
    search(store, study, runner=Simulated(store, right_answers))
    return study, trials_of(store, study)


def repeated(store: RunStore, study: Study, trials: Trials, *, finalists: int = 2, n_seeds: int = 3) -> Finals:
    finals = choose_finals(study, trials, finalists=finalists, n_seeds=n_seeds)
    write_finals(study_folder(store.root, study.name), finals)
    return finals


def test_the_best_by_validation_and_the_base_design_are_trained_with_the_same_new_seeds(
    store: RunStore, make_study: Make
) -> None:
    study, trials = searched(store, make_study)
    first = {run.run_id: run.summary.validation_accuracy or 0 for run in store.list()}
    finals = repeated(store, study, trials)
    state = search(store, study, runner=Simulated(store, right_answers))
    assert state.doing is Doing.DONE
    wanted = sorted(sorted(first), key=lambda run_id: -first[run_id])[:2]
    base = trials.trials[0].run_id
    assert [one.run_id for one in finals.contenders] == (wanted if base in wanted else [*wanted, base])
    assert [one.is_base for one in finals.contenders] == [one.run_id == base for one in finals.contenders]
    assert finals.seeds == (1, 2, 3)

    repeats = [
        run for path in store.root.glob("2*/run.json") if "finalist" in (run := json.loads(path.read_text()))["study"]
    ]
    assert len(repeats) == len(finals.contenders) * 3
    for run in repeats:
        own = store.get(next(one.run_id for one in finals.contenders if one.trial == run["study"]["finalist"])).config
        again = ExperimentConfig.from_dict(run["config"])
        assert again == replace(own, training=replace(own.training, seed=run["study"]["seed"]))
        assert run["status"] == "completed"
        assert run["tags"] == ["study:first"]


def test_the_verdict_is_that_of_the_run_directories(store: RunStore, make_study: Make) -> None:
    study, trials = searched(store, make_study)
    finals = repeated(store, study, trials, n_seeds=4)
    search(store, study, runner=Simulated(store, right_answers))
    verdict = verdict_of(finals, repeats_of(store, study))
    assert verdict is not None
    by_trial: dict[int, list[tuple[float, float]]] = {}
    for path in store.root.glob("2*/run.json"):
        run = json.loads(path.read_text())
        if "finalist" in run["study"]:
            scores = run["summary"]["validation_accuracy"], run["summary"]["test_accuracy"]
            by_trial.setdefault(run["study"]["finalist"], []).append(scores)
    for standing in verdict.standings:
        scores = by_trial[standing.contender.trial]
        assert standing.on_validation.median == pytest.approx(statistics.median(v for v, _ in scores))
        assert standing.on_test is not None
        assert standing.on_test.median == pytest.approx(statistics.median(t for _, t in scores))
    medians = [standing.on_validation.median for standing in verdict.standings]
    assert medians == sorted(medians, reverse=True)
    winner, said, data = verdict.winner, " ".join(sentences(verdict)), f"{N_IMAGES} {{}} images of mnist-sample"
    assert f"{shown_share(winner.on_validation.median)} of {data.format('validation')}" in said
    assert winner.on_test is not None
    assert f"{shown_share(winner.on_test.median)} of {data.format('test')}" in said
    assert verdict.n_missing == 0
    assert len(trials_of(store, study).trials) == 6  # repeats are no trials


@pytest.mark.thorough
def test_repeats_that_were_stopped_go_on_and_none_is_trained_twice(store: RunStore, make_study: Make) -> None:
    study, trials = searched(store, make_study)
    finals = repeated(store, study, trials)
    executor, looks = Simulated(store, right_answers), iter(range(100))
    state = search(store, study, runner=executor, is_asked_to_stop=lambda: next(looks) > 1)
    assert state.doing is Doing.STOPPED
    executor.die()
    search(store, study, runner=executor)
    assert not is_pending(store, study, study_folder(store.root, "first"))
    repeats = repeats_of(store, study)
    assert len(repeats) == len(finals.contenders) * len(finals.seeds)
    for run in repeats.values():
        lines = (store.folder(run.run_id) / "events.jsonl").read_text().splitlines()
        assert [e["epoch"] for e in map(json.loads, lines) if e["event"] == "epoch"] == [1, 2, 3]


def test_repeats_that_went_on_after_a_stop_can_be_paused(store: RunStore, make_study: Make) -> None:
    study, trials = searched(store, make_study)
    repeated(store, study, trials)
    executor = Simulated(store, right_answers)
    tuner = FinalsTuner(store, study, study_folder(store.root, study.name), executor)
    for order in (Order.GO, Order.HALT, Order.HALT, Order.GO):
        tuner.step(order)
    for _ in range(3):
        tuner.step(Order.PAUSE)
    begun = list(repeats_of(store, study).values())
    assert begun
    assert {run.status for run in begun} == {RunStatus.PAUSED}


def test_a_finalist_whose_run_was_deleted_is_left_out(store: RunStore, make_study: Make) -> None:
    study, trials = searched(store, make_study)
    finals = repeated(store, study, trials, finalists=3)
    delete(store, finals.contenders[0].run_id)
    state = search(store, study, runner=Simulated(store, right_answers))
    assert state.doing is Doing.DONE
    verdict = verdict_of(finals, repeats_of(store, study))
    assert verdict is not None
    assert finals.contenders[0].trial not in {one.contender.trial for one in verdict.standings}
    assert verdict.n_missing == 3


def test_fewer_than_two_completed_trials_are_nothing_to_compare(store: RunStore, make_study: Make) -> None:
    study, trials = searched(store, make_study, trials=1)
    with pytest.raises(StudyError, match="at least two completed trials. Received: 1"):
        choose_finals(study, trials, finalists=3, n_seeds=5)
    assert read_finals(study_folder(store.root, "first")) is None
    with pytest.raises(ConfigError, match="`finalists`"):
        choose_finals(study, trials, finalists=0, n_seeds=5)
    with pytest.raises(ConfigError, match="`seeds`"):
        choose_finals(study, trials, finalists=2, n_seeds=1)


def standing(trial: int, first: float, scores: tuple[float, ...], *, p: float | None, base: bool = False) -> Standing:
    contender = Contender(trial=trial, run_id="", first=first, is_base=base)
    return Standing(contender=contender, validation=scores, test=scores, parameters=1000 - trial, run_ids=(), p_value=p)


FIVE = (0.97, 0.972, 0.974, 0.976, 0.978)


def test_a_tie_is_called_a_tie_with_its_test_and_the_luck_is_told() -> None:
    verdict = Verdict(
        standings=(standing(7, 0.99, FIVE, p=None), standing(2, 0.96, FIVE, p=0.31, base=True)),
        n_missing=0,
        n_compared=30,
    )
    said = " ".join(sentences(verdict))
    assert verdict.tied == verdict.standings[1:]
    assert "tie" in said
    assert "exact permutation test" in said
    assert "p = 0.31" in said
    # 99 - 96 = 3 points in the search, and none with other seeds: all of it was luck.
    assert "+3.00 points in the search" in said
    assert "3.00 points of the gain were luck" in said


def test_a_winner_is_named_with_its_test() -> None:
    worse = tuple(score - 0.05 for score in FIVE)
    verdict = Verdict(
        standings=(standing(7, 0.98, FIVE, p=None), standing(2, 0.93, worse, p=0.008)), n_missing=1, n_compared=30
    )
    said = sentences(verdict)
    assert verdict.tied == ()
    assert verdict.luck == pytest.approx(0.98 - 0.974)
    assert any("wins" in one and "p = 0.008" in one for one in said)
    assert any("0.60 points of that score were luck" in one for one in said)
    assert any("not trained" in one for one in said)


@pytest.mark.parametrize(("sizes", "is_told"), [((7850, 7850), False), ((7850, 7849), True)])
def test_the_smallest_of_a_tie_is_named_only_if_there_is_one(sizes: tuple[int, int], is_told: bool) -> None:
    standings = (standing(7, 0.99, FIVE, p=None), standing(2, 0.96, FIVE, p=0.31))
    sized = tuple(replace(one, parameters=size) for one, size in zip(standings, sizes, strict=True))
    said = " ".join(sentences(Verdict(standings=sized, n_missing=0, n_compared=30)))
    assert ("7,849" in said) is is_told
    assert ("smallest" in said) is is_told


def test_too_few_seeds_are_said_to_be_too_few() -> None:
    low, high = (0.1, 0.11, 0.12), (0.9, 0.91, 0.92)
    verdict = Verdict(
        standings=(standing(1, 0.9, high, p=None), standing(2, 0.1, low, p=0.1)), n_missing=0, n_compared=2
    )
    assert not verdict.can_tell
    assert "more seeds" in " ".join(sentences(verdict))
