"""The page Tune in every state that a search can be in; each number against the run directories."""

from __future__ import annotations

import json
import shutil
import statistics
from pathlib import Path
from typing import Any

import pytest

from mnist_core.designs.links import config_to_link
from mnist_core.runs.bin import delete
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_share
from mnist_core.training.config import config_from_recipe
from mnist_core.tuning import search as searching
from mnist_core.tuning.control import STOP, Doing, StudyState, is_tuned, read_state, tuner_place, write_state
from mnist_core.tuning.deleting import restore_study
from mnist_core.tuning.finals import choose_finals, write_finals
from mnist_core.tuning.running import Order
from mnist_core.tuning.search import search
from mnist_core.tuning.storage import open_study
from mnist_core.tuning.study import Pruning, Study, StudySettings, create_study, list_studies, read_study, study_folder
from mnist_core.tuning.trials import TrialState
from mnist_core.tuning.tuner import Tuner
from tests.pages.finding import assert_sound, figure, figures, is_shown, links, says, setting
from tests.pages.opening import OpenPage
from tests.tuning.conftest import open_space, right_answers, small_space, trials_of
from tests.tuning.simulated import N_IMAGES, Simulated
from tests.waiting import wait_until

VIEWS = ("new", "progress", "found", "verdict")
FIGURES = ("history", "parallel", "importances", "slice", "contour", "front", "epochs")
N_TRIALS = 9
DATA = "MNIST sample"


@pytest.fixture
def store(runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    monkeypatch.setattr(searching, "POLL_SECONDS", 0.0)
    return RunStore(runs_folder)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a search of nine trials. It is copied for each test."""
    folder = tmp_path_factory.mktemp("searched")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "POLL_SECONDS", 0.0)
        made(RunStore(folder))
    return folder


@pytest.fixture
def found(searched: Path, store: RunStore) -> RunStore:
    """The store with that search."""
    shutil.copytree(searched, store.root, ignore=shutil.ignore_patterns("index.sqlite*"))
    return store


def made(store: RunStore, *, trials: int = N_TRIALS, name: str = "first", **settings: Any) -> Study:
    given = {"trials": trials, "method": "random", "pruning": "off", "workers": 3, **settings}
    study = create_study(store.root, Study(name=name, space=open_space(), settings=StudySettings(**given)))
    search(store, study, runner=Simulated(store, right_answers))
    return study


@pytest.mark.parametrize("view", VIEWS)
def test_without_runs_and_searches_every_view_says_what_is_missing(open_page: OpenPage, view: str) -> None:
    app = open_page("tune", view=view)
    assert_sound(app)
    assert is_shown(app, "empty_state") is (view != "new")


def test_a_new_search_shows_the_space_of_the_chosen_recipe(open_page: OpenPage) -> None:
    app = open_page("tune", base="lenet-5")
    assert_sound(app)
    (table,) = app.dataframe
    n_layers = 2 + 2  # the widths of two convolutions and of two dense layers
    n_training = 3  # learning rate, batch size and optimizer
    n_augmentation = 2  # rotation and shift
    assert len(table.value) == n_training + n_layers + n_augmentation
    assert says(app, f"{len(table.value)} settings")


def test_a_range_becomes_a_list_as_a_grid_needs_and_a_range_again(store: RunStore, open_page: OpenPage) -> None:
    app = open_page("tune", base="softmax-regression")
    form(app, "form").set_value("list").run()
    form(app, "text").set_value("0.01, 0.1").run()
    app.button(key="tune.put").click().run()
    assert_sound(app)
    assert list(app.dataframe[0].value.iloc[0, 1:3]) == ["0.01, 0.1", "2"]
    form(app, "form").set_value("range").run()
    assert (form(app, "low").value, form(app, "high").value) == (0.01, 0.1)
    app.button(key="tune.put").click().run()
    assert_sound(app)
    assert app.dataframe[0].value.iloc[0, 1] == "0.01 to 0.1"


def form(app: Any, name: str) -> Any:
    """The field of that name in the form that changes a setting."""
    fields = (*app.get("button_group"), *app.text_input, *app.number_input)
    (found,) = (field for field in fields if (field.key or "").startswith(f"tune.form.{name}."))
    return found


@pytest.mark.parametrize("name", ["", "a/b", "..", "<b>first</b>", "first"])
def test_a_name_that_cannot_be_taken_is_refused_beside_the_button(
    store: RunStore, open_page: OpenPage, name: str
) -> None:
    create_study(store.root, Study(name="first", space=small_space(), settings=StudySettings()))
    app = open_page("tune")
    app.text_input(key="tune.name").set_value(name).run()
    app.button(key="tune.start").click().run()
    assert app.exception.values == []
    (error,) = app.error
    assert "<b>" not in error.value
    assert len(error.value) < 300
    assert [one.name for one in list_studies(store.root)] == ["first"]


def test_a_design_comes_by_its_link(open_page: OpenPage) -> None:
    config = config_from_recipe("deep-mlp", dataset="mnist-sample", epochs=2)
    app = open_page("tune", design=config_to_link(config))
    assert_sound(app)
    assert setting(app.number_input, "tune.epochs").value == 2


def test_every_figure_carries_the_trials_of_the_run_directories(found: RunStore, open_page: OpenPage) -> None:
    scores = {}
    for path in sorted(found.root.glob("2*/run.json")):
        run = json.loads(path.read_text())
        scores[run["study"]["trial"]] = run["summary"]["validation_accuracy"]
    app = open_page("tune", view="found", study="first")
    assert_sound(app)
    drawn = figure(app, "tune.found.history")["data"][0]
    assert dict(zip(drawn["x"], drawn["y"], strict=True)) == scores
    assert [number for (number,) in drawn["customdata"]] == list(drawn["x"])
    best = max(scores, key=lambda number: (scores[number], -number))
    assert says(app.get_by_key("tune.opened_trial"), best)


@pytest.mark.parametrize("view", ["progress", "found"])
def test_scores_name_their_images_and_data_set(found: RunStore, open_page: OpenPage, view: str) -> None:
    trials = trials_of(found, read_study(found.root, "first")).trials
    delete(found, str(trials[3].run_id))
    for number in (3, 4):
        app = open_page("tune", view=view, study="first", trial=str(number))
        assert_sound(app)
        opened = app.get_by_key("tune.opened_trial")
        assert says(opened, number)
        assert says(opened, shown_share(trials[number].value), N_IMAGES, DATA) is (number == 4)
    if view == "progress":
        best = app.get_by_key("tune.figures").get("metric")[0]
        assert f"{best.value} of {N_IMAGES} " in best.help
        assert DATA in best.help


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_opens_by_its_link(found: RunStore, open_page: OpenPage, name: str) -> None:
    app = open_page("tune", view="found", study="first", figure=name, trial="4")
    assert_sound(app)
    assert is_shown(app, f"tune.found.{name}")
    run_id = trials_of(found, read_study(found.root, "first")).trials[4].run_id
    assert {("evaluate", run_id), ("mistakes", run_id)} <= {
        (page, query.get("run")) for page, query in links(app.get_by_key("tune.opened_trial"))
    }


@pytest.mark.parametrize("bar", [0, 1])
def test_a_bar_of_the_importances_opens_the_slice_of_its_setting(
    found: RunStore, open_page: OpenPage, bar: int
) -> None:
    app = open_page("tune", view="found", study="first", figure="importances")
    drawn = figure(app, "tune.found.importances")
    clicked = {"selection": {"points": [{"customdata": drawn["data"][0]["customdata"][bar]}]}}
    app.session_state["tune.found.importances"] = {"clicked": clicked}
    app.run()
    assert_sound(app)
    assert not is_shown(app, "tune.found.importances")
    shown = figure(app, "tune.found.slice")["layout"]["xaxis"]["title"]["text"]
    assert shown == drawn["layout"]["yaxis"]["ticktext"][bar]


def test_one_trial_says_what_a_comparison_needs(store: RunStore, open_page: OpenPage) -> None:
    made(store, trials=1)
    for name in FIGURES:
        app = open_page("tune", view="found", study="first", figure=name)
        assert_sound(app)
        assert is_shown(app, f"tune.found.{name}") is (name in ("history", "front", "epochs"))
        assert len(app.info) == (name not in ("history", "front", "epochs"))
    app = open_page("tune", view="verdict", study="first")
    assert_sound(app)
    assert is_shown(app, "empty_state")


@pytest.mark.parametrize("name", FIGURES)
def test_a_trial_in_training_is_shown_from_its_first_epoch_on(store: RunStore, open_page: OpenPage, name: str) -> None:
    settings = StudySettings(trials=3, pruning=Pruning.NONE)
    study = create_study(store.root, Study(name="first", space=open_space(), settings=settings))
    folder, executor = study_folder(store.root, "first"), Simulated(store, right_answers)
    tuner = Tuner(store, study, folder, open_study(study, folder, None), executor)
    for _ in range(2):
        tuner.step(Order.GO)
    tuner.note()
    app = open_page("tune", view="found", study="first", figure=name)
    executor.die()
    assert_sound(app)
    assert is_shown(app, f"tune.found.{name}") is (name in ("history", "epochs"))
    assert is_shown(app, "empty_state") is (name not in ("history", "epochs"))


def test_progress_counts_the_trials_of_the_run_directories(store: RunStore, open_page: OpenPage) -> None:
    study = made(store, pruning="median", trials=12)
    trials = trials_of(store, study)
    delete(store, str(trials.trials[3].run_id))
    completed = [run for run in store.list() if run.status == "completed"]
    app = open_page("tune", view="progress", study="first")
    assert_sound(app)
    shown = figures(app.get_by_key("tune.figures"))
    assert shown[0] == shown_share(max(run.summary.validation_accuracy or 0 for run in completed))
    assert int(shown[1]) == len(completed)
    assert int(shown[2]) == sum(run.status == "stopped" for run in store.list())
    (runs,) = [query for page, query in links(app) if page == "runs" and "filter" in query]
    assert runs["filter"] == "tag=study:first"


def test_the_verdict_ranks_by_the_medians_of_the_run_directories(found: RunStore, open_page: OpenPage) -> None:
    store, study = found, read_study(found.root, "first")
    finals = choose_finals(study, trials_of(store, study), finalists=2, n_seeds=4)
    write_finals(study_folder(store.root, "first"), finals)
    search(store, study, runner=Simulated(store, right_answers))
    app = open_page("tune", view="verdict", study="first")
    assert_sound(app)
    assert is_shown(app, "tune.verdict")
    (table,) = app.dataframe
    medians: dict[int, list[float]] = {}
    for path in store.root.glob("2*/run.json"):
        run = json.loads(path.read_text())
        if "finalist" in run["study"]:
            medians.setdefault(run["study"]["finalist"], []).append(run["summary"]["validation_accuracy"])
    wanted = sorted((statistics.median(scores) for scores in medians.values()), reverse=True)
    assert [str(cell) for cell in table.value.iloc[:, 1]] == [shown_share(median) for median in wanted]
    assert len(wanted) == len(finals.contenders)
    said = app.get_by_key("tune.sentences")
    assert says(said, shown_share(wanted[0]), N_IMAGES, "validation", DATA)
    assert says(said, N_IMAGES, "test", DATA)
    design = [query["design"] for page, query in links(app) if page == "design"]
    assert len(design) == 1


def test_a_link_to_a_search_that_is_not_here_says_so(store: RunStore, open_page: OpenPage) -> None:
    made(store, trials=1)
    app = open_page("tune", view="progress", study="gone")
    assert len(app.warning) == 1
    assert app.exception.values == []


def test_a_damaged_search_costs_only_itself(store: RunStore, open_page: OpenPage) -> None:
    made(store, trials=1)
    create_study(store.root, Study(name="second", space=small_space(), settings=StudySettings()))
    (study_folder(store.root, "second") / "study.json").write_text('{"schema": 7}')
    app = open_page("tune", view="progress")
    assert_sound(app)
    assert says(app, "second", "7")
    assert trials_of(store, read_study(store.root, "first")).count(TrialState.COMPLETED) == 1


def test_a_search_is_deleted_with_its_runs_and_the_press_is_undone(found: RunStore, open_page: OpenPage) -> None:
    runs = found.run_ids()
    app = open_page("tune", view="progress", study="first")
    app.checkbox(key="tune.delete.first.runs").check().run()
    app.button(key="tune.delete.first.confirm").click().run()
    assert_sound(app)
    assert is_shown(app, "empty_state")
    assert (list_studies(found.root), found.run_ids()) == ((), ())
    app.button(key="tune.undo").click().run()
    assert_sound(app)
    assert found.run_ids() == runs
    assert int(figures(app.get_by_key("tune.figures"))[1]) == N_TRIALS


def test_a_search_whose_budget_is_used_is_resumed_once_it_has_more(found: RunStore, open_page: OpenPage) -> None:
    app = open_page("tune", view="progress", study="first")
    assert app.button(key="tune.play_arrow").disabled
    app.number_input(key="tune.budget.trials.first").set_value(N_TRIALS + 1).run()
    app.button(key="tune.budget.apply").click().run()
    assert_sound(app)
    assert not app.button(key="tune.play_arrow").disabled
    assert read_study(found.root, "first").settings.trials == N_TRIALS + 1


def test_repeats_that_cannot_be_stopped_or_resumed_say_so(found: RunStore, open_page: OpenPage) -> None:
    folder, study = study_folder(found.root, "first"), read_study(found.root, "first")
    write_finals(folder, choose_finals(study, trials_of(found, study), finalists=1, n_seeds=2))
    (folder / STOP).mkdir()  # no file can be written or removed there
    app = open_page("tune", view="verdict", study="first")
    app.button(key="tune.resume_repeats").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    with tuner_place(folder):
        write_state(folder, StudyState(doing=Doing.REPEATING))
        app = open_page("tune", view="verdict", study="first")
        app.button(key="tune.stop_repeats").click().run()
        assert_sound(app)
        assert len(app.toast) == 1
        (folder / STOP).rmdir()


def test_nothing_is_left_to_undo_once_the_bin_has_given_the_search_back(found: RunStore, open_page: OpenPage) -> None:
    app = open_page("tune", view="progress", study="first")
    app.button(key="tune.delete.first.confirm").click().run()
    assert is_shown(app, "tune.undo")
    restore_study(found, "first")
    app.run()
    assert_sound(app)
    assert not is_shown(app, "tune.undo")


def test_the_budget_of_a_search_that_is_at_work_can_be_changed(found: RunStore, open_page: OpenPage) -> None:
    folder = study_folder(found.root, "first")
    with tuner_place(folder):
        write_state(folder, StudyState(doing=Doing.SEARCHING))
        app = open_page("tune", view="progress", study="first")
        app.number_input(key="tune.budget.trials.first").set_value(N_TRIALS + 4).run()
        app.button(key="tune.budget.apply").click().run()
        assert_sound(app)
        assert len(app.toast) == 1
    assert read_study(found.root, "first").settings.trials == N_TRIALS + 4


@pytest.mark.parametrize("doing", [Doing.SEARCHING, Doing.PAUSED])
def test_a_search_that_is_at_work_cannot_be_deleted(found: RunStore, open_page: OpenPage, doing: Doing) -> None:
    folder = study_folder(found.root, "first")
    with tuner_place(folder):
        write_state(folder, StudyState(doing=doing))
        app = open_page("tune", view="progress", study="first")
        assert_sound(app)
        assert is_shown(app, "tune.stop")
        assert not is_shown(app, "tune.delete.first")


@pytest.mark.slow
def test_start_begins_a_tuner_that_outlives_the_page_and_stop_ends_it(store: RunStore, open_page: OpenPage) -> None:
    app = open_page("tune", base="softmax-regression")
    app.button(key="tune.start").click().run()
    assert_sound(app)
    (study,) = [one for one in list_studies(store.root) if isinstance(one, Study)]
    folder = study_folder(store.root, study.name)
    wait_until(lambda: is_tuned(folder), seconds=60)
    wait_until(lambda: read_state(folder).doing is Doing.SEARCHING, seconds=60)
    app.run()
    assert_sound(app)
    app.button(key="tune.stop").click().run()
    wait_until(lambda: not is_tuned(folder), seconds=90)
    assert read_state(folder).doing is Doing.STOPPED
    (run,) = store.list()
    assert run.tags == (study.tag,)
    assert not store.is_worked_on(run.run_id)
