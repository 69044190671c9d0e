"""The tuner on real run directories, trained by a simulated executor; what it finds is counted in their files."""

from __future__ import annotations

import json
import shutil
import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnist_core.errors import StudyError
from mnist_core.jobs import queue
from mnist_core.runs.bin import delete, restore
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.tuning import control
from mnist_core.tuning.control import Doing, read_state
from mnist_core.tuning.running import Order
from mnist_core.tuning.search import search
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.storage import open_study
from mnist_core.tuning.study import Cost, Study, StudySettings, create_study, set_settings, study_folder
from mnist_core.tuning.trials import TrialNote, TrialState
from mnist_core.tuning.tuner import Tuner
from tests.thorough import some_of
from tests.tuning.conftest import EPOCHS, Make, base_config, open_space, right_answers, small_space, trials_of
from tests.tuning.simulated import Simulated


def documents(store: RunStore) -> list[dict[str, Any]]:
    """Every run.json, read without our reader, in the order of the runs."""
    return [json.loads(path.read_text()) for path in sorted(store.root.glob("2*/run.json"))]


def epochs_told(store: RunStore, run_id: str) -> list[int]:
    lines = (store.root / run_id / "events.jsonl").read_text().splitlines()
    return [event["epoch"] for event in map(json.loads, lines) if event["event"] == "epoch"]


def tuner_of(store: RunStore, study: Study, runner: Simulated) -> Tuner:
    folder = study_folder(store.root, study.name)
    return Tuner(store, study, folder, open_study(study, folder, None), runner)


def test_every_trial_is_a_run_and_the_best_is_that_of_the_run_directories(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=8, workers=3)
    state = search(store, study, runner=Simulated(store, right_answers))
    assert state.doing is Doing.DONE
    runs, trials = documents(store), trials_of(store, study)
    assert [run["study"] for run in runs] == [
        {"name": "first", "created": study.created_at, "trial": number} for number in range(8)
    ]
    assert all(run["tags"] == ["study:first"] and run["status"] == "completed" for run in runs)
    assert [(t.run_id, t.value) for t in trials.trials] == [
        (run["run_id"], run["summary"]["validation_accuracy"]) for run in runs
    ]
    best = max(runs, key=lambda run: run["summary"]["validation_accuracy"])
    assert trials.best is not None
    assert trials.best.run_id == best["run_id"]
    for run, trial in zip(runs, trials.trials, strict=True):
        assert run["config"]["training"]["learning_rate"] == trial.point["learning_rate"]
        assert run["config"]["training"]["optimizer"] == trial.point["optimizer"]
        assert run["config"]["architecture"]["layers"][3]["units"] == trial.point["dense_1.units"]
    assert dict(trials.trials[0].point) != {}
    assert sum(trials.importances.values()) == pytest.approx(1)


def test_the_base_design_is_tried_first(store: RunStore, make_study: Make) -> None:
    study = make_study(small_space(), trials=3)
    search(store, study, runner=Simulated(store, right_answers))
    assert store.get(documents(store)[0]["run_id"]).config == study.space.base


@pytest.mark.parametrize("method", some_of(["random", "tpe", "grid"], always=["random"]))
def test_a_countable_space_is_searched_without_repeating_a_point(
    store: RunStore, make_study: Make, method: str
) -> None:
    study = make_study(small_space(), trials=30, method=method)
    state = search(store, study, runner=Simulated(store, right_answers))
    designs = [(run["config"]["training"]["learning_rate"], run["config"]["architecture"]["layers"][3]["units"],
                run["config"]["training"]["optimizer"]) for run in documents(store)]  # fmt: skip
    assert sorted(designs) == sorted({(rate, units, optimizer) for rate in (0.001, 0.003, 0.01) for units in (8, 16)
                                      for optimizer in ("adam", "sgd")})  # fmt: skip
    assert "12 points" in state.reason


STEPS = Space(base=base_config(), dimensions=(Range(setting="dropout_1.rate", low=0.0, high=0.45, step=0.05),))


def test_every_value_of_a_range_with_steps_is_tried_once(store: RunStore, make_study: Make) -> None:
    study = make_study(STEPS, trials=40, seed=1)  # of the seeds with which Optuna asks for 0.15000000000000002
    assert "10 points" in search(store, study, runner=Simulated(store, right_answers)).reason
    tried = [run["config"]["architecture"]["layers"][4]["rate"] for run in documents(store)]
    assert sorted(round(rate * 20, 6) for rate in tried) == list(range(10))


def test_a_sum_of_steps_is_the_point_that_it_is_nearest_to() -> None:
    from mnist_core.tuning.sampling import key_of

    listed = [key_of(STEPS, STEPS.point(number)) for number in range(10)]
    assert len(set(listed)) == 10
    assert [key_of(STEPS, {"dropout_1.rate": number * 0.05}) for number in range(10)] == listed
    small = [key_of(open_space(), {"learning_rate": rate}) for rate in (1e-14, 2e-14)]
    assert small[0] != small[1]  # without steps every number is a point of its own


@pytest.mark.thorough
def test_tpe_tries_better_designs_than_chance(store: RunStore, make_study: Make) -> None:
    medians = {}
    for method in ("tpe", "random"):
        study = make_study(name=method, trials=30, method=method)
        search(store, study, runner=Simulated(store, right_answers))
        medians[method] = statistics.median(trial.value or 0 for trial in trials_of(store, study).trials[15:])
    assert medians["tpe"] > medians["random"]


def test_the_front_is_what_no_other_run_beats(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=12, workers=4, cost="parameters")
    search(store, study, runner=Simulated(store, right_answers))
    points = {run["run_id"]: (run["summary"]["validation_accuracy"], run["summary"]["parameters"])
              for run in documents(store)}  # fmt: skip
    wanted = {
        run_id
        for run_id, (accuracy, size) in points.items()
        if not any((a >= accuracy and s <= size and (a, s) != (accuracy, size)) for a, s in points.values())
    }
    front = trials_of(store, study).front(Cost.PARAMETERS)
    sizes = [trial.run.summary.parameters for trial in front if trial.run is not None]
    assert {points[str(trial.run_id)] for trial in front} == {points[run_id] for run_id in wanted}
    assert sizes == sorted(sizes)


def test_a_design_that_cannot_be_built_has_no_run_and_no_share_of_the_budget(store: RunStore, make_study: Make) -> None:
    space = Space(base=base_config(), dimensions=(Range(setting="conv_1..max_pool_1.repeats", low=0, high=7),))
    study = make_study(space, trials=8, method="grid")
    search(store, study, runner=Simulated(store, lambda config, epoch: 100))
    trials = trials_of(store, study)
    assert trials.count(TrialState.COMPLETED) == len(documents(store)) == 4  # 0 to 3 blocks fit into 28 pixels
    refused = [trial for trial in trials.trials if trial.state is TrialState.REFUSED]
    assert len(refused) == 4
    assert all("Layer 7 (convolution)" in trial.reason and trial.run_id is None for trial in refused)


def test_a_space_without_a_design_that_can_be_built_ends_with_the_reason(
    store: RunStore, make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_core.tuning.tuner.MAX_REFUSALS", 5)
    space = Space(base=base_config(), dimensions=(Choices(setting="conv_1.kernel_size", values=(28,)),
                                                  Range(setting="learning_rate", low=0.001, high=0.1)))  # fmt: skip
    study = make_study(space)
    with pytest.raises(StudyError, match=r"trained nothing: all 5 trials were refused.*Layer 2 \(max pooling\)"):
        search(store, study, runner=Simulated(store, right_answers))
    state = read_state(study_folder(store.root, study.name))
    assert state.doing is Doing.FAILED
    assert "Layer 2 (max pooling)" in state.reason
    assert documents(store) == []


def test_trials_below_the_median_of_the_others_are_stopped_early(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=12, pruning="median")
    search(store, study, runner=Simulated(store, right_answers))
    trials = trials_of(store, study)
    pruned = [trial for trial in trials.trials if trial.state is TrialState.PRUNED]
    assert pruned
    assert len(pruned) + len(trials.completed) == 12
    for trial in pruned:
        own = history(store, str(trial.run_id))
        assert epochs_told(store, str(trial.run_id)) == list(range(1, len(own) + 1))
        assert len(own) < EPOCHS
        others = [history(store, str(one.run_id)) for one in trials.completed if one.number < trial.number]
        assert max(own) < statistics.median(values[len(own) - 1] for values in others)


@pytest.mark.thorough
def test_only_the_best_third_survives_a_stage_of_halving(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=15, pruning="halving")
    search(store, study, runner=Simulated(store, right_answers))
    trials = trials_of(store, study).trials
    scores = {trial.number: history(store, str(trial.run_id)) for trial in trials}
    assert any(trial.state is TrialState.PRUNED for trial in trials)
    for trial in trials:
        reached = [values[0] for number, values in scores.items() if number <= trial.number]  # the first stage: epoch 1
        own = scores[trial.number]
        survives = own[0] >= sorted(reached, reverse=True)[max(1, len(reached) // 3) - 1]
        assert survives == (len(own) > 1), trial.number


def history(store: RunStore, run_id: str) -> list[float]:
    return [metrics.val_accuracy for metrics in store.history(run_id)]


def test_a_search_that_dies_goes_on_where_it_stood(store: RunStore, make_study: Make) -> None:
    undisturbed = RunStore(store.root.with_name("undisturbed"))
    study = create_study(undisturbed.root, Study(name="first", space=open_space(), settings=StudySettings(
        trials=4, method="tpe", pruning="off")))  # fmt: skip
    search(undisturbed, study, runner=Simulated(undisturbed, right_answers))
    wanted = [dict(trial.point) for trial in trials_of(undisturbed, study).trials]

    make_study(trials=4, method="tpe")
    for looks in (1, 2, 3, 7):  # dies in the first trial, at its end, between two, ...
        executor = Simulated(store, right_answers)
        tuner = tuner_of(store, study, executor)
        for _ in range(looks):
            tuner.step(Order.GO)
        executor.die()
    search(store, study, runner=Simulated(store, right_answers))
    trials = trials_of(store, study)
    assert [dict(trial.point) for trial in trials.trials] == wanted
    assert all(trial.state is TrialState.COMPLETED for trial in trials.trials)
    assert [epochs_told(store, run["run_id"]) for run in documents(store)] == [list(range(1, EPOCHS + 1))] * 4


def test_a_trial_whose_tuner_died_before_it_noted_the_run_is_adopted(store: RunStore, make_study: Make) -> None:
    study = make_study(small_space(), trials=2)
    folder = study_folder(store.root, "first")
    tuner = tuner_of(store, study, Simulated(store, right_answers))
    tuner.optuna.enqueue_trial(study.space.point(5))
    from mnist_core.tuning.sampling import distributions

    tuner.optuna.ask(distributions(study.space))  # and here it dies; the second has made its run
    tuner.optuna.enqueue_trial(study.space.point(7))
    tuner.optuna.ask(distributions(study.space))
    orphan = store.create(study.space.build(study.space.point(7)), tags=[study.tag],
                          study={"name": "first", "trial": 1})  # fmt: skip
    search(store, study, runner=Simulated(store, right_answers))
    trials = trials_of(store, study)
    assert [trial.point for trial in trials.trials] == [study.space.point(5), study.space.point(7)]
    assert trials.trials[1].run_id == orphan
    assert len(documents(store)) == 2
    assert read_state(folder).doing is Doing.DONE


def test_two_tuners_never_train_the_same_trial(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=6, workers=2)
    executors = [Simulated(store, right_answers), Simulated(RunStore(store.root), right_answers)]
    with ThreadPoolExecutor() as pool:
        searches = [pool.submit(search, one.store, study, runner=one) for one in executors]
    assert [one.result().doing for one in searches] == [Doing.DONE, Doing.DONE]
    started = [run_id for one in executors for run_id in one.started]
    assert len(started) == len(set(started)) == 6
    assert all(epochs_told(store, run_id) == list(range(1, EPOCHS + 1)) for run_id in started)
    assert len(trials_of(store, study).completed) == 6


def test_stop_keeps_what_was_trained_and_the_next_search_goes_on(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=3, workers=2)
    folder = study_folder(store.root, "first")
    executor = Simulated(store, right_answers)
    looks = iter(range(100))
    state = search(store, study, runner=executor, is_asked_to_stop=lambda: next(looks) > 1)
    assert state.doing is Doing.STOPPED
    assert {trial.state for trial in trials_of(store, study).trials} == {TrialState.STOPPED}
    done = {run["run_id"]: run["summary"]["epochs_done"] for run in documents(store)}
    assert all(0 < epochs < EPOCHS for epochs in done.values())
    assert search(store, study, runner=executor).doing is Doing.DONE
    assert [epochs_told(store, run["run_id"]) for run in documents(store)] == [list(range(1, EPOCHS + 1))] * 3
    assert set(done) < {run["run_id"] for run in documents(store)}
    assert not (folder / control.STOP).exists()


def test_a_request_is_kept_until_the_last_tuner_has_ended(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=3)
    folder = study_folder(store.root, "first")
    with control.tuner_place(folder):  # another one, which has not looked again yet
        state = search(
            store, study, runner=Simulated(store, right_answers), hear=lambda notes: control.request_stop(folder)
        )
        assert state.doing is Doing.STOPPED
        assert read_state(folder).doing is Doing.STOPPING
        assert (folder / control.STOP).exists()
    assert not (folder / control.STOP).exists()
    assert read_state(folder).doing is Doing.STOPPED


def test_a_tuner_that_ends_does_not_let_a_paused_one_go_on(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=3)
    folder = study_folder(store.root, "first")

    def is_asked_to_stop() -> bool:  # Ctrl-C of this one, while the study is paused
        control.request_pause(folder)
        return True

    with control.tuner_place(folder):
        search(store, study, runner=Simulated(store, right_answers), is_asked_to_stop=is_asked_to_stop)
        assert (folder / control.PAUSE).exists()


def test_pause_pauses_the_runs_and_resume_lets_them_go_on(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=2, workers=2)
    executor = Simulated(store, right_answers)
    tuner = tuner_of(store, study, executor)
    for _ in range(2):
        tuner.step(Order.GO)
    for _ in range(3):
        tuner.step(Order.PAUSE)
    tuner.note()
    assert {trial.state for trial in trials_of(store, study).trials} == {TrialState.PAUSED}
    before = [run["summary"]["epochs_done"] for run in documents(store)]
    tuner.step(Order.PAUSE)
    assert [run["summary"]["epochs_done"] for run in documents(store)] == before
    while tuner.step(Order.GO):
        pass
    assert [epochs_told(store, run["run_id"]) for run in documents(store)] == [list(range(1, EPOCHS + 1))] * 2


def test_a_trial_that_a_person_stops_is_not_resumed_against_their_will(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=2)
    executor = Simulated(store, right_answers)
    tuner = tuner_of(store, study, executor)
    tuner.step(Order.GO)
    tuner.step(Order.GO)
    (run,) = documents(store)
    executor.stop(run["run_id"])
    search(store, study, runner=executor)
    first, second = trials_of(store, study).trials
    assert (first.state, second.state) == (TrialState.PRUNED, TrialState.COMPLETED)
    assert "by a person" in first.reason


def test_the_value_of_a_trial_that_ended_early_is_that_of_its_best_epoch(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=1)
    executor = Simulated(store, lambda config, epoch: {1: 150, 2: 100}[epoch])
    tuner = tuner_of(store, study, executor)
    for _ in range(3):
        (run_id,) = tuner.step(Order.GO)
    assert [note.value for note in tuner.note()] == [0.75]
    executor.stop(run_id)
    tuner.step(Order.GO)
    (note,) = tuner.note()
    assert (note.state, note.value) == (TrialState.PRUNED, 0.75)
    assert store.get(run_id).summary.validation_accuracy == 0.75


def test_a_trial_that_was_revived_after_a_stop_obeys_a_person_again(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=1)
    executor = Simulated(store, right_answers)
    tuner = tuner_of(store, study, executor)
    tuner.step(Order.GO)
    tuner.step(Order.GO)
    executor.die()
    tuner.step(Order.HALT)  # of a worker that died while it was to stop
    tuner.step(Order.GO)
    tuner.step(Order.GO)
    (run,) = documents(store)
    executor.stop(run["run_id"])
    for _ in range(3):
        tuner.step(Order.GO)
    tuner.note()
    (trial,) = trials_of(store, study).trials
    assert trial.state is TrialState.PRUNED
    assert "by a person" in trial.reason


def test_a_deleted_run_leaves_the_trials_and_comes_back_when_it_is_restored(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=4)
    search(store, study, runner=Simulated(store, right_answers))
    best = trials_of(store, study).best
    assert best is not None
    delete(store, str(best.run_id))
    left = [run for run in documents(store) if run["run_id"] != best.run_id]
    found = trials_of(store, study)
    assert found.trials[best.number].state is TrialState.DELETED
    assert found.best is not None
    assert found.best.run_id == max(left, key=lambda run: run["summary"]["validation_accuracy"])["run_id"]
    assert search(store, study, runner=Simulated(store, right_answers)).doing is Doing.DONE  # it is not tried again
    restore(store, str(best.run_id))
    assert trials_of(store, study).best == best


def test_a_run_that_is_deleted_while_it_waits_ends_its_trial(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=2)
    executor = Simulated(store, right_answers)
    tuner = tuner_of(store, study, executor)
    tuner.step(Order.GO)
    executor.die()
    shutil.rmtree(store.folder(documents(store)[0]["run_id"]))
    search(store, study, runner=Simulated(store, right_answers))
    states = [trial.state for trial in trials_of(store, study).trials]
    assert states == [TrialState.DELETED, TrialState.COMPLETED]


def test_a_damaged_run_costs_only_its_trial(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=2)
    executor = Simulated(store, right_answers)
    tuner_of(store, study, executor).step(Order.GO)
    executor.die()
    (damaged,) = store.root.glob("2*/run.json")
    damaged.write_text("{")
    search(store, study, runner=Simulated(store, right_answers))
    states = [trial.state for trial in trials_of(store, study).trials]
    assert states == [TrialState.FAILED, TrialState.COMPLETED]


@pytest.mark.parametrize(("now", "expected"), [(5, 5), (1, 2)])
def test_a_budget_that_is_changed_during_the_search_is_kept(
    store: RunStore, make_study: Make, now: int, expected: int
) -> None:
    study = make_study(small_space(), trials=3, workers=1)

    def change(notes: tuple[TrialNote, ...]) -> None:
        if len(notes) == 2:  # the second trial is in training
            set_settings(store.root, "first", replace(study.settings, trials=now))

    state = search(store, study, runner=Simulated(store, right_answers), hear=change)
    assert state.doing is Doing.DONE
    assert [run.status for run in store.list()] == [RunStatus.COMPLETED] * expected


def test_the_last_trial_is_not_the_last_once_there_is_more_budget(store: RunStore, make_study: Make) -> None:
    study = make_study(small_space(), trials=2, workers=2)

    def change(notes: tuple[TrialNote, ...]) -> None:
        set_settings(store.root, "first", replace(study.settings, trials=4))

    search(store, study, runner=Simulated(store, right_answers), hear=change)
    assert [run.status for run in store.list()] == [RunStatus.COMPLETED] * 4


def test_when_the_time_is_up_the_trials_are_kept_for_more_time(
    store: RunStore, make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(trials=None, minutes=1.0)
    folder = study_folder(store.root, "first")
    control.write_state(folder, control.StudyState(doing=Doing.STOPPED, seconds=60.0))
    state = search(store, study, runner=Simulated(store, right_answers))
    assert state.doing is Doing.DONE
    assert "The time is up" in state.reason
    assert documents(store) == []
    more = set_settings(store.root, "first", StudySettings(trials=2, minutes=5.0, pruning="off"))
    assert "All 2 trials" in search(store, more, runner=Simulated(store, right_answers)).reason


def test_five_failures_in_a_row_end_the_search_with_their_reason(store: RunStore, make_study: Make) -> None:
    class Failing(Simulated):
        def look(self) -> None:
            for run_id in list(self.training):
                self.stop(run_id)
                self.store.set(run_id, status="failed", error="The disk is full.")

    state = search(store, make_study(trials=50), runner=Failing(store, right_answers))
    assert "The last 5 trials failed: The disk is full." in state.reason
    assert len(documents(store)) == 5


def test_a_worker_that_dies_again_and_again_ends_its_trial(store: RunStore, make_study: Make) -> None:
    study = make_study(trials=1)
    for _ in range(7):
        executor = Simulated(store, right_answers)
        tuner = tuner_of(store, study, executor)
        tuner.step(Order.GO)
        executor.die()
    tuner.note()
    (trial,) = trials_of(store, study).trials
    assert trial.state is TrialState.FAILED
    assert "died 4 times" in trial.reason


def test_the_storage_of_another_version_is_refused_in_a_sentence(store: RunStore, make_study: Make) -> None:
    import sqlite3

    study = make_study(trials=1)
    search(store, study, runner=Simulated(store, right_answers))
    path = study_folder(store.root, "first") / "trials.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE version_info SET schema_version = 99")
        database.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
    database.close()
    with pytest.raises(StudyError, match="another version"):
        search(store, study, runner=Simulated(store, right_answers))
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StudyError, match="cannot be used"):
        search(store, study, runner=Simulated(store, right_answers))
    assert read_state(path.parent).doing is Doing.FAILED


def test_a_search_fills_the_queue_of_this_machine_and_makes_room_for_its_workers(
    store: RunStore, make_study: Make
) -> None:
    from mnist_core.tuning.running import QueueRunner

    runner = QueueRunner(store)
    store.root.mkdir(parents=True, exist_ok=True)
    runner.prepare(3)
    assert queue.read_settings(store).parallel == 3
    runner.prepare(1)
    assert queue.read_settings(store).parallel == 3
    runner.prepare(50)  # for a cluster
    assert queue.read_settings(store).parallel == 8


def test_importances_are_the_same_whether_a_cost_is_minimised_too(store: RunStore, make_study: Make) -> None:
    """With a target of one's own, Optuna takes low values for the good ones."""
    import optuna

    from mnist_core.tuning.sampling import distributions, importances

    found = []
    for directions in (["maximize"], ["maximize", "minimize"]):
        study = optuna.create_study(directions=directions, sampler=optuna.samplers.RandomSampler(seed=1))
        for number in range(40):
            trial = study.ask(distributions(open_space()))
            accuracy = 1 - abs(trial.params["learning_rate"] - 0.02)
            study.tell(trial, [accuracy, float(number)][: len(directions)])
        found.append(importances(study))
    assert found[0] == found[1]
    assert next(iter(found[0])) == "learning_rate"


def test_a_pause_is_told_as_soon_as_it_is_asked_for(tmp_path: Path) -> None:
    with control.tuner_place(tmp_path):
        control.write_state(tmp_path, control.StudyState(doing=Doing.SEARCHING, seconds=3.0))
        assert read_state(tmp_path).doing is Doing.SEARCHING
        control.request_pause(tmp_path)
        assert read_state(tmp_path) == control.StudyState(doing=Doing.PAUSING, seconds=3.0)
        control.write_state(tmp_path, control.StudyState(doing=Doing.PAUSED, seconds=3.0))
        assert read_state(tmp_path).doing is Doing.PAUSED
