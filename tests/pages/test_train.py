"""The Train page in every state a run can be in."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.killing import new_run, work_on
from mnist_core.jobs.control import STOP_PATIENCE_SECONDS, request_stop
from mnist_core.jobs.queue import queued
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from mnist_core.training.settings import ClassWeighting, TrainingSettings
from tests.finished_runs import finished_run
from tests.pages.finding import assert_sound, figures, has_component, is_shown, links, numbers, says, texts
from tests.pages.opening import OpenPage


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def trained(store: RunStore) -> str:
    """A run of three epochs, written by the real recorder."""
    run_id = new_run(store, 3)
    with open(os.devnull, "wb") as nowhere:
        work_on(store, run_id, 3, nowhere.fileno())
    store.set(run_id, status="completed", name="Three epochs")
    return run_id


@pytest.fixture
def running(store: RunStore, trained: str) -> Iterator[str]:
    """The same as if it were trained now: its lock is held, as by its worker."""
    lock = try_lock(store.folder(trained) / "lock")
    assert lock is not None
    store.set(trained, status="running")
    yield trained
    os.close(lock)


def offered(app: AppTest, run_id: str) -> set[str]:
    """The names of the controls of a run, as far as they are offered."""
    keys = [button.key for button in app.button if button.key is not None]
    return {key.split(".")[1] for key in keys if key.startswith("train.") and run_id in key.split(".")[2:]} - {"queue"}


def test_without_runs_it_leads_to_where_one_is_made(open_page: OpenPage) -> None:
    app = open_page("train")
    assert_sound(app)
    assert [page for page, _ in links(app.get_by_key("empty_state"))] == ["", "design"]


def test_a_folder_of_runs_that_is_empty_has_none_to_choose_from(open_page: OpenPage, store: RunStore) -> None:
    store.root.mkdir(parents=True)
    title, expected = (open_page(page).get_by_key("empty_state").subheader[0].value for page in ("train", "runs"))
    assert title == expected


def test_where_only_the_run_in_the_address_is_missing_it_is_not_said_that_there_are_none(
    open_page: OpenPage, trained: str
) -> None:
    app, empty = open_page("train", run="20990101-000000-abcdef"), open_page("train", run=trained)
    assert is_shown(app, "empty_state")
    assert not is_shown(empty, "empty_state")
    (title,) = app.get_by_key("empty_state").subheader
    assert "yet" not in title.value


def test_the_number_of_images_stands_beside_the_data_set(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.update(trained, lambda document: document["config"].update(limit=1234))
    assert says(open_page("train", run=trained), 1234)


def test_a_completed_run_shows_its_scores_and_offers_more_epochs(open_page: OpenPage, trained: str) -> None:
    app = open_page("train", run=trained)
    assert_sound(app)
    loss, best = app.get_by_key("train.figures").metric[:2]
    assert loss.value == "0.3333"
    assert best.value == "75.00%"  # 1 - 1 / (3 + 1), as the recorder was told
    assert numbers(best.label) == [3]  # after which epoch
    assert offered(app, trained) == {"more"}
    assert app.query_params["run"] == trained


def test_the_epoch_of_the_validation_is_in_the_link(open_page: OpenPage, store: RunStore, trained: str) -> None:
    app = open_page("train", run=trained, epoch="2")
    (slider,) = (one for one in app.select_slider if "epoch" in (one.key or ""))
    assert slider.value == 2
    slider.set_value(1).run()
    assert app.query_params["epoch"] == "1"
    (slider,) = (one for one in app.select_slider if "epoch" in (one.key or ""))
    slider.set_value(3).run()
    assert app.query_params["epoch"] == "3"  # without one, other pages show the best epoch, not the last


def test_an_interrupted_run_says_so_and_can_be_resumed(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.set(trained, status="running")  # but nobody holds its lock
    app = open_page("train", run=trained)
    assert len(app.warning) == 1
    assert offered(app, trained) == {"resume"}


def test_a_failed_run_shows_its_sentence_and_no_markup(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.set(trained, status="failed", error="The loss became **not a number** at epoch 2.")
    app = open_page("train", run=trained)
    (error,) = app.error
    assert r"\*\*not a number\*\*" in error.value
    assert offered(app, trained) == {"resume"}


def test_a_running_run_can_be_paused_stopped_and_changed(open_page: OpenPage, store: RunStore, running: str) -> None:
    app = open_page("train", run=running)
    assert offered(app, running) == {"pause", "stop", "apply"}
    app.button(key=f"train.stop.{running}").click().run()
    assert (store.folder(running) / "stop").exists()
    app.number_input(key=f"train.epochs.{running}.new").set_value(9)
    app.button(key=f"train.apply.{running}").click().run()
    assert '"epochs": 9' in (store.folder(running) / "adjust.json").read_text()


@pytest.mark.parametrize("wanted", ["pause", "stop"])
def test_a_request_is_seen_at_once_also_in_another_tab(
    open_page: OpenPage, store: RunStore, running: str, wanted: str
) -> None:
    here, there = open_page("train", run=running), open_page("train", run=running)
    before = badges(there)
    here.button(key=f"train.{wanted}.{running}").click().run()
    there.run()
    for app in (here, there):
        assert badges(app) != before
        assert app.button(key=f"train.{wanted}.{running}").disabled
        assert app.button(key=f"train.stop.{running}").disabled == (wanted == "stop")


def test_a_worker_that_ignores_its_stop_can_be_stopped_again(
    open_page: OpenPage, store: RunStore, running: str
) -> None:
    request_stop(store.folder(running))
    assert open_page("train", run=running).button(key=f"train.stop.{running}").disabled
    long_ago = time.time() - 2 * STOP_PATIENCE_SECONDS
    os.utime(store.folder(running) / "stop", (long_ago, long_ago))
    assert not open_page("train", run=running).button(key=f"train.stop.{running}").disabled


def test_the_message_after_stop_calls_the_run_by_its_title(open_page: OpenPage, store: RunStore, running: str) -> None:
    store.set(running, name="My network")
    app = open_page("train", run=running)
    app.button(key=f"train.stop.{running}").click().run()
    (toast,) = app.toast
    assert "My network" in toast.value
    assert running not in toast.value


def test_a_run_that_ended_before_its_first_batch_shows_where_to_go_on(open_page: OpenPage, store: RunStore) -> None:
    run_id = new_run(store, 3)
    store.set(run_id, status="stopped")
    app = open_page("train", run=run_id)
    assert_sound(app)
    assert [page for page, _ in links(app.get_by_key("train.no_curves"))] == ["", "design"]


def badges(app: AppTest) -> list[str]:
    """What the status of the run says."""
    return texts(app.get_by_key("train.status"))


def test_exactly_one_of_the_recent_runs_is_the_shown_one(open_page: OpenPage, store: RunStore, trained: str) -> None:
    others = {new_run(store, 3) for _ in range(9)}  # newer, so that the shown one is not among the newest
    recent = open_page("train", run=trained).get_by_key("train.recent")
    opened = [choices["run"] for _, choices in links(recent)]
    assert set(opened) < others
    assert len(opened) == len(set(opened)) == 8
    assert says(recent, "Three epochs")


def test_a_damaged_run_beside_it_is_named(open_page: OpenPage, store: RunStore, trained: str) -> None:
    (store.root / "20250101-000000-abcdef").mkdir()
    app = open_page("train")
    assert_sound(app)
    assert says(app, "20250101-000000-abcdef")


def test_the_queue_can_be_reordered_and_cancelled(open_page: OpenPage, store: RunStore, running: str) -> None:
    first, second = new_run(store, 3), new_run(store, 3)  # the only place is taken
    app = open_page("train", run=running)
    app.button(key=f"train.queue.Up.{second}").click().run()
    assert [run.run_id for run in queued(store)] == [second, first]
    (store.root / "queue.json").unlink()
    (store.root / "queue.json").mkdir()  # what cannot be written is said
    app.button(key=f"train.queue.Down.{second}").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    (store.root / "queue.json").rmdir()
    app.button(key=f"train.queue.Cancel.{first}").click().run()
    assert [run.run_id for run in queued(store)] == [second]


@pytest.mark.parametrize("run", ["../../etc/passwd", "20990101-000000-abcdef", "x" * 5000])
def test_an_unknown_run_in_the_address_is_no_error(open_page: OpenPage, trained: str, run: str) -> None:
    app = open_page("train", run=run)
    assert not app.exception


def test_a_data_set_that_is_gone_costs_only_its_digits(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.update(trained, lambda document: document["config"].update(dataset="not-there"))
    app = open_page("train", run=trained)
    assert_sound(app)
    assert says(app, "not-there")
    assert not is_shown(app, f"train.grid.{trained}")
    assert is_shown(app, f"train.confusion.{trained}")
    assert is_shown(app, "train.parallel")
    assert figures(app.get_by_key("train.figures"))[1] == "75.00%"


def test_a_tiny_learning_rate_can_be_looked_at(open_page: OpenPage, store: RunStore, running: str) -> None:
    store.update(running, lambda document: document["config"]["training"].update(learning_rate=1e-9))
    app = open_page("train", run=running)
    assert_sound(app)
    assert app.number_input(key=f"train.rate.{running}.new").value == 1e-9


def test_below_the_curves_it_says_what_the_training_loss_has_and_the_validation_loss_has_not(
    open_page: OpenPage, store: RunStore, trained: str
) -> None:
    training = TrainingSettings(label_smoothing=0.25, class_weighting=ClassWeighting.BALANCED)
    for settings in (TrainingSettings(), training):
        config = replace(store.get(trained).config, training=settings)
        store.set(trained, config=config.to_dict())
        words = open_page("train", run=trained).get_by_key("train.curve_words")
        assert says(words, *training.added_to_loss) == (settings is training)


@pytest.mark.parametrize(
    ("sha256", "dataset"),
    [("f" * 64, "mnist-sample"), ("", "optical-digits")],  # of the second the run knows no more than its labels
)
def test_images_that_have_changed_since_the_run_are_not_shown_below_its_labels(
    open_page: OpenPage, store: RunStore, sha256: str, dataset: str
) -> None:
    run_id = finished_run(store, epochs=1)
    assert has_component(open_page("train", run=run_id), f"train.grid.{run_id}")
    store.update(run_id, lambda document: document["dataset"].update(sha256=sha256))
    store.update(run_id, lambda document: document["config"].update(dataset=dataset))
    app = open_page("train", run=run_id)
    assert_sound(app)
    assert is_shown(app, f"train.digits.{run_id}")
    assert not has_component(app, f"train.grid.{run_id}")
