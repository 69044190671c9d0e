"""The Train page in every state a run can be in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.killing import new_run, work_on
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from tests.pages.conftest import OpenPage


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


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def texts(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.warning, *app.subheader]
    return "\n".join(part.value for part in parts)


def test_without_runs_it_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("train")
    assert not app.exception
    assert "No run to show yet" in texts(app)


def test_a_completed_run_shows_its_scores_and_offers_more_epochs(open_page: OpenPage, trained: str) -> None:
    app = open_page("train", run=trained)
    assert not app.exception
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Best validation accuracy (epoch 3)"] == "75.00%"  # 1 - 1 / (3 + 1), as the recorder was told
    assert metrics["Training loss"] == "0.3333"
    assert {"Train"} <= labels(app)
    assert not {"Stop", "Pause", "Resume"} & labels(app)
    assert app.query_params["run"] in (trained, [trained])


def test_an_interrupted_run_says_so_and_can_be_resumed(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.set(trained, status="running")
    app = open_page("train", run=trained)
    assert "process that trained this run is gone" in texts(app)
    assert "Resume" in labels(app)


def test_a_failed_run_shows_its_sentence_and_no_markup(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.set(trained, status="failed", error="The loss became **not a number** at epoch 2.")
    app = open_page("train", run=trained)
    assert r"\*\*not a number\*\*" in app.error[0].value
    assert "Resume" in labels(app)


def test_a_running_run_can_be_paused_stopped_and_changed(open_page: OpenPage, store: RunStore, trained: str) -> None:
    lock = try_lock(store.folder(trained) / "lock")
    assert lock is not None
    store.set(trained, status="running")
    app = open_page("train", run=trained)
    assert {"Pause", "Stop", "Apply"} <= labels(app)
    app.button(key=f"train.stop.{trained}").click().run()
    assert (store.folder(trained) / "stop").exists()
    app.number_input(key=f"train.epochs.{trained}.new").set_value(9)
    app.button(key=f"train.apply.{trained}").click().run()
    assert '"epochs": 9' in (store.folder(trained) / "adjust.json").read_text()
    os.close(lock)


def test_a_damaged_run_beside_it_is_named(open_page: OpenPage, store: RunStore, trained: str) -> None:
    (store.root / "20250101-000000-abcdef").mkdir()
    app = open_page("train")
    assert not app.exception
    assert "is damaged" in texts(app)


def test_the_queue_can_be_reordered_and_cancelled(open_page: OpenPage, store: RunStore, trained: str) -> None:
    lock = try_lock(store.folder(trained) / "lock")  # the only place is taken
    assert lock is not None
    store.set(trained, status="running")
    first, second = new_run(store, 3), new_run(store, 3)
    app = open_page("train", run=trained)
    app.button(key=f"train.queue.Up.{second}").click().run()
    app.button(key=f"train.queue.Cancel.{first}").click().run()
    from mnist_core.jobs.queue import queued

    assert [run.run_id for run in queued(store)] == [second]
    os.close(lock)


@pytest.mark.parametrize("run", ["../../etc/passwd", "20990101-000000-abcdef", "x" * 5000])
def test_an_unknown_run_in_the_address_is_no_error(open_page: OpenPage, trained: str, run: str) -> None:
    app = open_page("train", run=run)
    assert not app.exception


def test_a_data_set_that_is_gone_costs_only_its_digits(open_page: OpenPage, store: RunStore, trained: str) -> None:
    store.update(trained, lambda document: document["config"].update(dataset="not-there"))
    app = open_page("train", run=trained)
    assert not app.exception
    assert "What it has learnt" in texts(app)
    assert "Queue" in texts(app)


def test_a_tiny_learning_rate_can_be_looked_at(open_page: OpenPage, store: RunStore, trained: str) -> None:
    lock = try_lock(store.folder(trained) / "lock")
    assert lock is not None
    store.update(trained, lambda document: document["config"]["training"].update(learning_rate=1e-9))
    store.set(trained, status="running")
    app = open_page("train", run=trained)
    assert [error.value for error in app.error] == []
    os.close(lock)
