"""Evaluate in every state that a run and its data can be in: whatever is there is shown, whatever is not is told."""

from __future__ import annotations

import fcntl
from pathlib import Path

import numpy as np
import pytest

from dashboard.views.evaluate.choices import EvaluateView
from dashboard.views.evaluate.header import HAS_OWN_DIGITS
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage, finished_run
from tests.pages.evaluated_runs import newest, store, stored
from tests.pages.finding import assert_sound, figures, has_component, is_shown, links, numbers, says, texts
from tests.pages.opening import OpenPage

__all__ = ["store"]

VIEWS = tuple(EvaluateView)
FIRST_VIEW = VIEWS[0]


@pytest.mark.parametrize("split", ["test", "validation"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_both_splits(open_page: OpenPage, store: RunStore, view: str, split: str) -> None:
    app = open_page("evaluate", view=view, split=split)
    assert_sound(app)
    assert app.segmented_control(key="linked.evaluate_view").value == view


def test_it_says_which_digits_and_which_epoch_all_is_about(open_page: OpenPage, store: RunStore) -> None:
    origin = open_page("evaluate").get_by_key("origin")
    assert says(origin, "test")
    assert numbers(origin.markdown[0].value) == [1000, 4, 4]  # digits, epoch, of so many
    assert len(origin.caption) == 0


def test_validation_is_never_called_test(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", split="validation")
    assert app.selectbox(key="linked.judged_split").value == "validation"
    assert (
        figures(app.get_by_key("evaluate.figures"))[0]
        == f"{stored(store, newest(store), 'validation-004').accuracy:.2%}"
    )
    assert says(app.get_by_key("origin"), "validation", 800)
    assert not says(app.get_by_key("origin"), "test")
    assert all("test" not in metric.label for metric in app.metric)


def test_the_newest_run_is_shown_and_a_link_names_another(open_page: OpenPage, store: RunStore) -> None:
    first, second = sorted(store.run_ids())
    for run_id, url in ((second, {}), (first, {"run": first})):
        accuracy = figures(open_page("evaluate", **url).get_by_key("evaluate.figures"))[0]
        assert accuracy == f"{stored(store, run_id).accuracy:.2%}"


def test_without_runs_it_leads_to_where_one_is_made(open_page: OpenPage) -> None:
    app = open_page("evaluate")
    assert_sound(app)
    assert links(app.get_by_key("empty_state")) == [("", {}), ("design", {})]


def test_a_run_before_its_first_epoch_is_explained(open_page: OpenPage, store: RunStore) -> None:
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"), name="Waiting")
    explained = []
    for state in ({}, {"status": "stopped"}, {"status": "failed", "error": "The disk is full."}):
        if state:
            store.set(waiting, **state)
        empty = open_page("evaluate", run=waiting).get_by_key("empty_state")
        assert links(empty) == [("train", {})]
        explained.append("\n".join(texts(empty)))
    assert len(set(explained)) == 3  # in each state another reason
    assert "The disk is full" in explained[2]
    assert is_shown(open_page("evaluate"), "evaluate.figures")  # without a link, a run with results is opened


def test_a_stopped_run_shows_its_validation_digits(open_page: OpenPage, runs_folder: Path, sample_only: Path) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store, tested=False, epochs=2)
    app = open_page("evaluate")
    assert len(app.get_by_key("origin").caption) == 1
    assert says(app.get_by_key("origin"), "stopped")  # why there are no test digits
    assert says(app.get_by_key("origin"), "validation", 800)
    best = stored(store, run_id, f"validation-{store.get(run_id).best_epoch:03d}")
    assert figures(app.get_by_key("evaluate.figures"))[0] == f"{best.accuracy:.2%}"


@pytest.mark.parametrize("view", VIEWS)
def test_damaged_test_predictions_are_named_and_the_rest_is_shown(
    open_page: OpenPage, store: RunStore, view: str
) -> None:
    damage(store.folder(newest(store)) / "predictions" / "test.npz")
    app = open_page("evaluate", view=view)
    assert_sound(app)
    if view not in HAS_OWN_DIGITS:
        origin = app.get_by_key("origin")
        assert "test.npz" in origin.caption[0].value.replace("\\", "")
        assert says(origin, "validation", 800)


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_epoch_does_not_stop_the_page(open_page: OpenPage, store: RunStore, view: str) -> None:
    damage(store.folder(newest(store)) / "predictions" / "validation-004.npz")
    app = open_page("evaluate", view=view, split="validation")
    assert_sound(app)
    if view not in HAS_OWN_DIGITS:
        assert numbers(app.get_by_key("origin").markdown[0].value) == [800, 3, 4]  # after the last that can be read


@pytest.mark.parametrize("view", VIEWS)
def test_all_figures_are_there_without_the_data_set(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    store.update(run_id, lambda document: document["config"].update(dataset="gone"))
    app = open_page("evaluate", view=view, cell="4-9")
    assert_sound(app)
    if view not in HAS_OWN_DIGITS:
        assert len(app.warning) == 1
        assert "gone" in app.warning[0].value
    if view == FIRST_VIEW:
        assert figures(app.get_by_key("evaluate.figures"))[0] == f"{stored(store, run_id).accuracy:.2%}"


def test_digits_of_other_data_are_not_shown_as_those_that_were_scored(open_page: OpenPage, store: RunStore) -> None:
    assert has_component(open_page("evaluate", cell="4-9"), "evaluate.digits")
    store.update(newest(store), lambda document: document["dataset"].update(sha256="0" * 64))
    app = open_page("evaluate", cell="4-9")
    assert [says(app, "mnist-sample"), len(app.warning)] == [True, 1]
    assert not has_component(app, "evaluate.digits")
    assert len(app.dataframe) == 1  # the same digits as a table


@pytest.mark.parametrize("view", VIEWS)
def test_a_missing_class_is_said_and_everything_else_works(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id)
    without = predictions.take(predictions.labels != 5)
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", without)
    app = open_page("evaluate", view=view)
    assert_sound(app)
    if view not in HAS_OWN_DIGITS:
        (said,) = app.get_by_key("origin").caption
        assert [digit for digit in said.value if digit.isdecimal()] == ["5"]


def test_a_perfect_run_has_nothing_to_complain_about(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id)
    perfect = Predictions.of_split(predictions.labels, np.eye(10, dtype=np.float32)[predictions.labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    for view in VIEWS:
        app = open_page("evaluate", view=view)
        assert_sound(app)
        assert len(app.warning) == 0


def test_user_text_is_never_markup(open_page: OpenPage, store: RunStore) -> None:
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"), name="**name**")
    store.set(waiting, status="failed", error="**bold** [x](javascript:1)")
    written = [
        part.value for kind in ("markdown", "caption", "info") for part in open_page("evaluate", run=waiting).get(kind)
    ]
    assert any(r"\*\*bold\*\*" in text for text in written)
    assert not any("**bold**" in text or "**name**" in text or "](javascript" in text for text in written)


def test_a_run_that_is_training_shows_what_is_there_so_far(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    (store.folder(run_id) / "predictions" / "test.npz").unlink()
    store.set(run_id, status="running")
    with (store.folder(run_id) / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker does
        app = open_page("evaluate")
    origin = app.get_by_key("origin")
    assert says(origin, "validation")
    assert numbers(origin.markdown[0].value) == [800, 4, 4]
    assert len(origin.caption) == 2  # what is shown until the test digits are scored, and that there will be more
    assert not app.info
