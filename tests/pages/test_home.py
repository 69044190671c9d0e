"""Home in every state: nothing yet, a training, its result, two runs side by side; and no damage stops it."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from dashboard.shared.settings.dataset_notice import FETCH_COMMAND
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.locks import try_lock
from mnist_core.network.bundled import bundled_network
from mnist_core.network.scoring import score_images
from mnist_core.runs.marks import archive
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.first_network import FIRST_NETWORK
from tests.finished_runs import SMALL, UNIT, finished_run
from tests.pages.evaluated_runs import stored
from tests.pages.finding import (
    assert_sound,
    component,
    figures,
    has_component,
    is_shown,
    links,
    numbers,
    rows,
    says,
    texts,
)
from tests.pages.opening import OpenPage


def test_a_first_training_that_cannot_begin_says_so(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_STUDIO_RUNS", str(tmp_path / "file" / "runs"))
    app = open_page()
    app.button(key="home.start").click().run()
    assert_sound(app)
    assert len(app.toast) == 1
    assert app.button(key="home.start")


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@contextmanager
def in_training(store: RunStore, run_id: str) -> Iterator[None]:
    """A run as if a worker had it: it takes the only place, so that others wait and no process is started."""
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    store.set(run_id, status=RunStatus.RUNNING.value)
    try:
        yield
    finally:
        os.close(lock)


def says_that_the_sample_is_loaded(app: AppTest) -> bool:
    return says(app, load_dataset("mnist-sample").title, 4000, 1000)


def test_it_says_which_data_is_loaded_and_how_to_get_all(open_page: OpenPage) -> None:
    app = open_page()
    assert_sound(app)
    assert says_that_the_sample_is_loaded(app)
    assert says(app, FETCH_COMMAND)
    assert any("view=data_sets" in link.proto.query_string for link in app.get("page_link"))
    assert component(app, "home.strip")["count"] == 120


def test_a_digit_of_the_strip_is_opened_on_explore(open_page: OpenPage) -> None:
    app = open_page()
    app.session_state["home.strip"] = {"picked": 7}
    app.run()
    assert_sound(app)
    assert app.query_params["image"] == "train-7"
    assert says(app.get_by_key("context.digit"), 7)


def test_the_run_of_the_link_is_kept_while_another_one_trains(open_page: OpenPage, store: RunStore) -> None:
    linked = finished_run(store, epochs=1)
    with in_training(store, store.create(ExperimentConfig(architecture=SMALL))):
        app = open_page(run=linked)
        assert_sound(app)
        assert app.selectbox(key="context.run").value == linked == app.query_params["run"]


def test_the_panel_shows_the_run_of_the_bar(open_page: OpenPage, store: RunStore) -> None:
    older, newer = finished_run(store, epochs=1, seed=1), finished_run(store, epochs=1)
    for run_id in (newer, older):
        assert has_component(open_page(run=run_id), f"home.wrong.{run_id}")
    with in_training(store, store.create(ExperimentConfig(architecture=SMALL))):
        app = open_page(run=older)
        assert has_component(app, f"home.wrong.{older}")
        app.button(key="home.other_training").click().run()
        assert_sound(app)
        (trained,) = {run.run_id for run in store.list()} - {older, newer}
        assert app.query_params["run"] == trained
        assert has_component(app, f"home.watched.{trained}")


def test_the_first_accuracy_stays_when_many_epochs_are_trained(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=6, tested=False)
    with in_training(store, run_id):
        shown = numbers(open_page().get_by_key("home.so_far").markdown[0].value)[-4:]
    truths = [stored(store, run_id, f"validation-{epoch:03d}") for epoch in (1, 4, 5, 6)]
    exact = [100 * (truth.probabilities.argmax(axis=1) == truth.labels).mean() for truth in truths]
    assert shown == pytest.approx(exact, abs=0.005)


def test_the_misclassified_digits_have_the_order_of_the_gallery(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1)
    here = component(open_page(), f"home.wrong.{run_id}")["ids"]
    gallery = component(open_page("mistakes", run=run_id), "mistakes.digits")["ids"]
    assert here == gallery[: len(here)]


def test_a_misclassified_digit_that_is_clicked_is_the_one_in_the_bar(open_page: OpenPage, store: RunStore) -> None:
    key = f"home.wrong.{finished_run(store, epochs=1)}"
    app = open_page()
    row = component(app, key)["ids"][2]
    app.session_state[key] = {"picked": 2}
    app.run()
    assert app.query_params["image"] == f"test-{row}"
    assert says(app.get_by_key("context.digit"), row)


def test_without_runs_it_says_so(open_page: OpenPage, runs_folder: Path) -> None:
    assert is_shown(open_page(), "home.no_runs")
    run_id = finished_run(RunStore(runs_folder), epochs=1)
    app = open_page()
    assert not is_shown(app, "home.no_runs")
    assert ("evaluate", {"run": run_id}) in links(app)


def test_a_link_to_a_run_that_is_gone_leads_to_a_first_one(open_page: OpenPage) -> None:
    app = open_page(run="20260101-000000-abcdef")
    assert_sound(app)
    assert app.button(key="home.start").proto.type == "primary"
    assert "run" not in app.query_params


def test_without_a_choice_an_archived_run_is_not_shown(open_page: OpenPage, store: RunStore) -> None:
    shown = finished_run(store, epochs=1)
    archive(store, finished_run(store, epochs=1, seed=1), is_archived=True)
    assert open_page().query_params["run"] == shown


def test_without_a_choice_the_trials_of_a_search_are_not_shown(open_page: OpenPage, store: RunStore) -> None:
    shown, trial = finished_run(store, epochs=1), finished_run(store, epochs=1, seed=1)
    store.set(trial, study={"name": "search"})
    assert open_page().query_params["run"] == shown
    store.set(shown, study={"name": "search"})
    assert open_page().query_params["run"] == trial


def test_a_trial_of_a_search_is_not_the_run_before(open_page_at_rest: OpenPage, store: RunStore) -> None:
    own = finished_run(store, name="Own", seed=0)
    store.set(finished_run(store, name="Of a search", seed=1), study={"name": "search"})
    finished_run(store, name="New", seed=2)
    verdict = open_page_at_rest("home").get_by_key("home.verdict")
    assert figures(verdict)[0] == f"{store.get(own).summary.test_accuracy:.2%}"


def test_where_all_runs_are_archived_a_first_network_is_offered(open_page: OpenPage, store: RunStore) -> None:
    archive(store, finished_run(store, epochs=1), is_archived=True)
    app = open_page()
    assert_sound(app)
    assert is_shown(app, "home.start_panel")
    assert app.button(key="home.start").proto.type == "primary"


def test_one_click_queues_the_first_network_once(open_page: OpenPage, store: RunStore) -> None:
    app = open_page()
    assert app.button(key="home.start").proto.type == "primary"
    other = store.create(ExperimentConfig(architecture=SMALL))
    with in_training(store, other):
        app.button(key="home.start").click().run()
        assert_sound(app)
        (made,) = [run for run in store.list() if run.run_id != other]
        assert (made.config, made.status) == (FIRST_NETWORK, RunStatus.QUEUED)
        assert made.config.dataset == "mnist-sample"
        assert not [button for button in app.button if button.key == "home.start"]


def test_while_a_run_trains_on_images_that_have_changed_none_are_shown(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=1, tested=False)
    with in_training(store, run_id):
        assert has_component(open_page(), f"home.watched.{run_id}")
        store.update(run_id, lambda document: document["dataset"].update(sha256="f" * 64))
        app = open_page()
        assert_sound(app)
        assert not has_component(app, f"home.watched.{run_id}")


def test_while_a_run_trains_the_same_ten_digits_show_the_newest_epoch(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, epochs=3, tested=False)
    folder = store.folder(run_id) / "predictions"
    with in_training(store, run_id):
        app = open_page()
        assert_sound(app)
        assert not is_shown(app, "home.start")
        seen = []
        for epoch in (3, 1):  # the newest file decides: take the later ones away
            truth = stored(store, run_id, f"validation-{epoch:03d}")
            watched = component(app.run(), f"home.watched.{run_id}")
            seen.append(watched)
            assert watched["ids"] == [int(truth.index[truth.labels == label].min()) for label in range(10)]
            positions = [int(np.flatnonzero(truth.index == row)[0]) for row in watched["ids"]]
            said = truth.probabilities[positions].argmax(axis=1)
            assert [int(caption.split()[0]) for caption in watched["captions"]] == said.tolist()
            assert watched["marks"] == (said != np.arange(10)).tolist()
            accuracy = (truth.probabilities.argmax(axis=1) == truth.labels).mean()
            assert numbers(app.get_by_key("home.so_far").markdown[0].value)[-1] == pytest.approx(
                100 * accuracy, abs=0.005
            )
            for later in folder.glob("validation-*.npz"):
                later.unlink() if later.stem > "validation-001" else None
        assert seen[0]["captions"] != seen[1]["captions"]
        shutil.rmtree(folder)
        before = component(app.run(), f"home.watched.{run_id}")
        assert before["ids"] == seen[0]["ids"]
        assert not any(before["marks"])


def test_a_queued_run_is_waited_for_on_home(open_page: OpenPage, store: RunStore) -> None:
    store.create(ExperimentConfig(architecture=SMALL))
    app = open_page()
    assert_sound(app)
    assert len(app.get_by_key("home.progress").get("progress")) == 1


def test_the_result_opens_the_worst_mistake_and_leads_to_its_explanation(
    open_page: OpenPage, store: RunStore, sample_only: Path
) -> None:
    run_id = finished_run(store)
    truth, images = stored(store, run_id), load_dataset("mnist-sample").test.images
    said = truth.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(said != truth.labels)
    worst = wrong[np.argsort(truth.probabilities[wrong, truth.labels[wrong]], kind="stable")]
    app = open_page()
    assert_sound(app)
    assert numbers(app.get_by_key("home.score").markdown[0].value)[:2] == [pytest.approx(100 - len(wrong) / 10), 1000]
    assert numbers(app.get_by_key("home.n_wrong").markdown[0].value)[0] == len(wrong)
    shown = rows(app, f"home.wrong.{run_id}", images)
    assert shown == truth.index[worst][: len(shown)].tolist()
    opened = app.get_by_key("home.opened")
    assert says(opened, str(truth.labels[worst[0]]), str(said[worst[0]]))
    (page, choices), (_, gallery) = links(opened)
    assert gallery["view"] == "gallery"
    assert (page, choices["image"], choices["view"], choices["run"]) == (
        "mistakes",
        f"test-{shown[0]}",
        "explain",
        run_id,
    )


def test_the_reason_counts_the_labels_of_the_nearest_training_images(
    open_page: OpenPage, store: RunStore, sample_only: Path
) -> None:
    run_id = finished_run(store)
    data, app = load_dataset("mnist-sample"), open_page()
    row = rows(app, f"home.wrong.{run_id}", data.test.images)[0]
    distances = ((data.train.images.astype(float) - data.test.images[row]) ** 2).sum(axis=(1, 2))
    near = data.train.labels[np.argsort(distances)[:8]]
    truth = stored(store, run_id)
    counts = [int((near == label).sum()) for label in (truth.probabilities[row].argmax(), truth.labels[row])]
    (told,) = [text for text in texts(app.get_by_key("home.opened")) if text]
    assert numbers(told)[-3:] == [8, *counts]


def test_two_runs_are_compared_by_what_was_fixed_and_broken(open_page_at_rest: OpenPage, store: RunStore) -> None:
    first, second = finished_run(store, name="One", seed=0), finished_run(store, name="Two", seed=1)
    was, now = (one.probabilities.argmax(axis=1) == one.labels for one in (stored(store, first), stored(store, second)))
    fixed, broken = int((~was & now).sum()), int((was & ~now).sum())
    p_value = binomtest(fixed, fixed + broken).pvalue
    app = open_page_at_rest("home")
    assert_sound(app)
    verdict = app.get_by_key("home.verdict")
    assert figures(verdict) == [f"{was.mean():.2%}", f"{now.mean():.2%}"]
    told = numbers(" ".join(texts(verdict)))
    assert told[0] == 1000
    assert [numbers(link.proto.label) for link in verdict.get("page_link")] == [[fixed], [broken]]
    assert told[-1] == pytest.approx(p_value, abs=0.005)


def test_runs_on_different_data_are_neither_compared_nor_ranked_with_each_other(
    open_page_at_rest: OpenPage, store: RunStore
) -> None:
    better = finished_run(store, name="Better", epochs=4)
    worse = finished_run(store, name="Worse", epochs=1, seed=3)
    other = finished_run(store, name="On other images", dataset="optical-digits", epochs=1)
    accuracy = {run.run_id: run.summary.validation_accuracy or 0 for run in store.list()}
    app = open_page_at_rest("home")
    assert_sound(app)
    assert not is_shown(app, "home.verdict")
    best = [choices["run"] for _, choices in links(app.get_by_key("home.best"))]
    assert best == [other, max((better, worse), key=lambda run_id: accuracy[run_id])]
    sizes = [numbers(caption.value)[1] for caption in app.get_by_key("home.best").caption]
    assert sizes == [360, 1000]


def test_the_suggested_change_is_one_more_ordinary_run(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store)
    app = open_page()
    other = store.create(ExperimentConfig(architecture=SMALL, limit=100))
    with in_training(store, other):
        app.button(key="home.try").click().run()
        made = next(run for run in store.list() if run.run_id not in (run_id, other))
    base = store.get(run_id).config
    assert made.status is RunStatus.QUEUED
    assert made.config != base
    assert replace(made.config, training=base.training) == base  # only the training is changed


def test_a_run_without_a_score_says_why(open_page: OpenPage, store: RunStore) -> None:
    run_id = finished_run(store, tested=False, epochs=2)
    app = open_page()
    assert_sound(app)
    assert numbers(app.get_by_key("home.score").markdown[0].value)[:2] == [2, 2]
    assert not has_component(app, "home.wrong")
    store.set(run_id, status="failed", error="The disk is **full**.")
    assert r"\*\*full\*\*" in open_page().get_by_key("home.score").markdown[0].value


def test_a_drawing_is_predicted_by_the_bundled_network_as_mnist_would_have_it(open_page: OpenPage) -> None:
    app = open_page()
    assert not any(component(app, "home.answer.bars")["shares"])
    digit = load_dataset("mnist-sample").test.images[0]
    moved = np.roll(digit, (-3, 4), axis=(0, 1))
    for drawn in (digit, moved):
        sent = {"token": "home", "pixels": base64.b64encode(drawn.tobytes()).decode()}
        app.session_state["home.pad"] = {"drawn": sent}
        bars = component(app.run(), "home.answer.bars")
        np.testing.assert_allclose(bars["shares"], bundled_network().predict(digit[np.newaxis])[0], atol=2e-5)
        assert set(bars["roles"]) == {"", "predicted"}  # there is no true label that it could miss


def test_a_drawing_is_predicted_by_the_network_of_the_run(open_page: OpenPage, store: RunStore) -> None:
    run = store.get(finished_run(store))
    app, digit = open_page(), load_dataset("mnist-sample").test.images[0]
    app.session_state["home.pad"] = {"drawn": {"token": "home", "pixels": base64.b64encode(digit.tobytes()).decode()}}
    bars = component(app.run(), "home.answer.bars")
    expected = score_images(run.config.architecture, store.weights(run.run_id), UNIT, digit[np.newaxis])[0]
    np.testing.assert_allclose(bars["shares"], expected, atol=2e-5)
    assert says(app.get_by_key("home.bundled"), run.title, 4)


@pytest.mark.parametrize("sent", [None, "x", {"token": "home", "pixels": "A" * 5000}, {"token": "home", "pixels": 7}])
def test_a_drawing_that_cannot_be_is_an_empty_pad(open_page: OpenPage, sent: object) -> None:
    app = open_page()
    app.session_state["home.pad"] = {"drawn": sent}
    assert_sound(app.run())
    assert not any(component(app, "home.answer.bars")["shares"])


def test_the_bundled_network_says_what_it_is(open_page: OpenPage) -> None:
    network, app = bundled_network(), open_page()
    facts = (network.config.training.epochs, network.train_images, network.test_images, f"{network.test_accuracy:.2%}")
    assert says(app.get_by_key("home.bundled"), *facts, network.script)


def test_a_damaged_run_is_counted_and_the_page_stays(open_page: OpenPage, runs_folder: Path) -> None:
    before = open_page().caption.values
    folder = runs_folder / "20260101-120000-abcdef"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    app = open_page()
    assert_sound(app)
    assert [numbers(caption) for caption in app.caption.values if caption not in before] == [[1]]


def test_half_a_data_set_does_not_stop_the_page(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03")
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(tmp_path / "data"))
    app = open_page()
    assert_sound(app)
    assert says_that_the_sample_is_loaded(app)
