"""Evaluate: what it says equals what scikit-learn computes from the stored predictions, and bad runs are explained."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import Split
from mnist_core.data.imports.store import save_imported
from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.evaluation.weak_slices import weak_slices
from mnist_core.probing.robustness import measure_robustness, robustness_path
from mnist_core.probing.scored_data import score_data
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage, finished_run
from tests.pages.conftest import OpenPage
from tests.pages.evaluated_runs import finished_folder, newest, store, stored

__all__ = ["finished_folder", "store"]

VIEWS = ("scores", "confusion", "calibration", "time", "handwriting", "robustness", "other")


def texts(app: AppTest) -> str:
    parts = [*app.title, *app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader]
    return "\n".join(part.value for part in parts)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def component_data(app: AppTest, key: str) -> dict:
    """What the page sent to one of our own components."""
    found = [element.proto for element in app.get("bidi_component") if f"-{key}" in element.proto.id]
    assert found, f"no component {key}"
    return json.loads(found[0].json)


@pytest.mark.parametrize("split", ["test", "validation"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_both_splits(open_page: OpenPage, store: RunStore, view: str, split: str) -> None:
    app = open_page("evaluate", view=view, split=split)
    assert not app.exception
    assert not app.error


def test_the_figures_are_those_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    app = open_page("evaluate")
    right = predictions.labels == predictions.probabilities.argmax(axis=1)
    shown = metrics(app)
    assert shown["Accuracy on test digits"] == f"{right.mean():.2%}"
    assert shown["Wrong"] == f"{(~right).sum()} of 1,000"
    probabilities = predictions.probabilities.astype(np.float64)
    loss = log_loss(predictions.labels, probabilities / probabilities.sum(axis=1, keepdims=True), labels=range(10))
    assert float(shown["Loss"]) == pytest.approx(loss, abs=1e-4)
    assert "**1,000 test digits**" in texts(app)
    assert "**epoch 4** of 4 (the best on validation)" in texts(app)


def test_validation_is_never_called_test(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("evaluate", split="validation")
    predictions = stored(store, newest(store), "validation-004")
    right = predictions.labels == predictions.probabilities.argmax(axis=1)
    assert metrics(app)["Accuracy on validation digits"] == f"{right.mean():.2%}"
    assert "**800 validation digits**" in texts(app)
    assert "test digits**" not in texts(app)


def test_the_newest_run_is_shown_and_a_link_names_another(open_page: OpenPage, store: RunStore) -> None:
    first, second = sorted(store.run_ids())
    assert metrics(open_page("evaluate"))["Accuracy on test digits"] == f"{stored(store, second).accuracy:.2%}"
    assert (
        metrics(open_page("evaluate", run=first))["Accuracy on test digits"] == f"{stored(store, first).accuracy:.2%}"
    )


@pytest.mark.parametrize("cell", [(4, 9), (7, 7), (0, 1)])
def test_a_cell_in_the_link_opens_its_digits(open_page: OpenPage, store: RunStore, cell: tuple[int, int]) -> None:
    predictions = stored(store, newest(store))
    count = confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1), labels=range(10))[cell]
    app = open_page("evaluate", view="confusion", cell=f"{cell[0]}-{cell[1]}")
    noun = "digit" if count == 1 else "digits"
    assert f"{count} {noun}: true {cell[0]}, predicted {cell[1]}" in texts(app)


def test_picking_a_cell_a_row_or_a_column_opens_it(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    app = open_page("evaluate", view="confusion")
    app.session_state["evaluate.matrix"] = {"picked": "true-5"}
    assert f"{(predictions.labels == 5).sum()} digits: true 5" in texts(app.run())
    app.session_state["evaluate.matrix"] = {"picked": "predicted-3"}
    assert f"{(predicted == 3).sum()} digits: predicted 3" in texts(app.run())
    app.session_state["evaluate.matrix"] = {"picked": "cell-2-2"}
    assert f"{((predictions.labels == 2) & (predicted == 2)).sum()} digits: true 2, predicted 2" in texts(app.run())


@pytest.mark.parametrize("sent", ["cell-4", "true-10", "cell-4-9-1", "", None, 3, ["cell-4-9"], "x" * 9999, {"a": 1}])
def test_a_pick_that_cannot_be_opens_nothing(open_page: OpenPage, store: RunStore, sent: object) -> None:
    app = open_page("evaluate", view="confusion")
    app.session_state["evaluate.matrix"] = {"picked": sent}
    app.run()
    assert not app.exception
    assert not app.error
    assert "predicted" not in "".join(part.value for part in app.subheader)


def test_precision_opens_the_false_finds_and_recall_the_missed(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    precision, recall, _, _ = precision_recall_fscore_support(predictions.labels, predicted, labels=range(10))
    app = open_page("evaluate")
    rows = component_data(app, "evaluate.classes")["rows"]
    assert [row[1][0] for row in rows] == [f"{share:.2%}" for share in precision]
    assert [row[2][0] for row in rows] == [f"{share:.2%}" for share in recall]
    app.session_state["evaluate.classes"] = {"picked": "8-1"}
    assert f"{((predicted == 8) & (predictions.labels != 8)).sum()} digits: predicted 8, wrong ones only" in texts(
        app.run()
    )
    app.session_state["evaluate.classes"] = {"picked": "8-2"}
    assert f"{((predicted != 8) & (predictions.labels == 8)).sum()} digits: true 8, wrong ones only" in texts(app.run())


def test_without_runs_it_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("evaluate")
    assert not app.exception
    assert "No run to show yet" in texts(app)


def test_a_run_before_its_first_epoch_is_explained(open_page: OpenPage, store: RunStore) -> None:
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"), name="Waiting")
    assert "Nothing to evaluate yet" in texts(open_page("evaluate", run=waiting))
    store.set(waiting, status="stopped")
    assert "ended before its first epoch" in texts(open_page("evaluate", run=waiting))
    store.set(waiting, status="failed", error="The disk is full.")
    assert "The disk is full" in texts(open_page("evaluate", run=waiting)).replace("\\", "")
    assert metrics(open_page("evaluate"))  # without a link, a run with results is opened


def test_a_stopped_run_shows_its_validation_digits(open_page: OpenPage, runs_folder: Path, sample_only: Path) -> None:
    finished_run(RunStore(runs_folder), tested=False, epochs=2)
    app = open_page("evaluate")
    assert "ended before the test digits were scored" in texts(app)
    assert "800 validation digits" in texts(app)
    assert "Accuracy on validation digits" in metrics(app)


@pytest.mark.parametrize("view", VIEWS)
def test_damaged_test_predictions_are_named_and_the_rest_is_shown(
    open_page: OpenPage, store: RunStore, view: str
) -> None:
    damage(store.folder(newest(store)) / "predictions" / "test.npz")
    app = open_page("evaluate", view=view)
    assert not app.exception
    assert not app.error
    if view not in ("time", "robustness", "other"):
        assert "cannot be read" in texts(app)
        assert "800 validation digits" in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_epoch_does_not_stop_the_page(open_page: OpenPage, store: RunStore, view: str) -> None:
    damage(store.folder(newest(store)) / "predictions" / "validation-004.npz")
    app = open_page("evaluate", view=view, split="validation")
    assert not app.exception
    assert not app.error
    if view == "time":
        assert "after epoch 4 cannot be read" in texts(app)
    elif view in ("scores", "confusion"):
        assert "after epoch 3" in texts(app) or "epoch 3" in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_all_figures_are_there_without_the_data_set(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    store.update(run_id, lambda document: document["config"].update(dataset="gone"))
    app = open_page("evaluate", view=view, cell="4-9")
    assert not app.exception
    assert not app.error
    if view in ("scores", "confusion", "calibration"):
        assert "The data set gone is not on this machine" in texts(app).replace("\\", "")
    if view == "scores":
        assert metrics(app)["Accuracy on test digits"] == f"{stored(store, run_id).accuracy:.2%}"


def test_digits_of_other_data_are_not_shown_as_those_that_were_scored(open_page: OpenPage, store: RunStore) -> None:
    store.update(newest(store), lambda document: document["dataset"].update(sha256="0" * 64))
    assert "is not the one this run was scored on" in texts(open_page("evaluate"))


@pytest.mark.parametrize("view", VIEWS)
def test_a_missing_class_is_said_and_everything_else_works(open_page: OpenPage, store: RunStore, view: str) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id)
    without = predictions.take(predictions.labels != 5)
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", without)
    app = open_page("evaluate", view=view)
    assert not app.exception
    assert not app.error
    if view in ("scores", "confusion", "calibration", "handwriting"):
        assert "no digit with the label 5" in texts(app)


def test_a_perfect_run_has_nothing_to_complain_about(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id)
    perfect = Predictions.of_split(predictions.labels, np.eye(10, dtype=np.float32)[predictions.labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    for view in VIEWS:
        app = open_page("evaluate", view=view)
        assert not app.exception
        assert not app.error
    assert "Not a single digit is wrong" in texts(open_page("evaluate", view="confusion"))


def test_user_text_is_never_markup(open_page: OpenPage, store: RunStore) -> None:
    store.set(newest(store), status="failed", error="**bold** [x](javascript:1)", name="**name**")
    app = open_page("evaluate", run=newest(store))
    assert "**name**" not in texts(app)


def test_temperature_is_fitted_on_validation_and_shown_on_test(open_page: OpenPage, store: RunStore) -> None:
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    run_id = newest(store)
    validation = stored(store, run_id, "validation-004")
    logits = np.log(np.maximum(validation.probabilities.astype(np.float64), 1e-7))

    def loss(value: float) -> float:
        return float(-log_softmax(logits / value, axis=1)[np.arange(len(logits)), validation.labels].mean())

    best = minimize_scalar(loss, bounds=(0.1, 5), method="bounded").x
    app = open_page("evaluate", view="calibration")
    assert float(metrics(app)["Temperature"]) == pytest.approx(best, abs=0.01)
    assert "fitted on the validation digits after epoch 4" in texts(app)


def test_digits_that_the_run_was_trained_on_are_named_when_they_are_scored(
    open_page: OpenPage, store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "more-data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    run_id = newest(store)
    sample = load_dataset("mnist-sample")
    rows = stored(store, run_id, "validation-001").index
    trained = np.setdiff1d(np.arange(len(sample.train)), rows)
    mixed = Split(
        images=np.concatenate([sample.train.images[[*trained[:6], *rows[:3]]], 255 - sample.test.images[:2]]),
        labels=np.concatenate([sample.train.labels[[*trained[:6], *rows[:3]]], sample.test.labels[:2]]),
    )
    about = {"name": "mixed", "title": "Mixed", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), mixed)
    score_data(store, run_id, "mixed")
    shown = texts(open_page("evaluate", view="other", data="mixed"))
    assert "6 of these 11 digits are among the images this run was trained on" in shown
    assert "and 3 more among those its best epoch was chosen by" in shown
    score_data(store, run_id, "optical-digits")
    shown = texts(open_page("evaluate", view="other", data="optical-digits"))
    assert "None of these digits is among the training images of this run" in shown


def test_a_digit_is_shown_at_every_strength_also_when_all_are_right(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    found = measure_robustness(store, run_id, names=("rotation",))
    path = robustness_path(store, store.get(run_id))
    with np.load(path) as file:
        arrays = dict(file)
    arrays["predicted"][0, 0] = arrays["labels"]
    np.savez(path, **arrays)
    app = open_page("evaluate", view="robustness", corruption="rotation", strength="1")
    assert "**0 of 1,000 digits are wrong**" in texts(app)
    assert len(component_data(app, "evaluate.corrupted_row")["names"]) == 9
    app = open_page("evaluate", view="robustness", corruption="rotation", strength="8")
    first = found.rows[np.flatnonzero(found.predicted[0, 7] != found.labels)[0]]
    assert f"**Test digit {first} at every strength**" in texts(app)


def test_runs_that_look_the_same_are_told_apart_in_the_chart(open_page: OpenPage, store: RunStore) -> None:
    twins = [finished_run(store, name="Twin", epochs=1) for _ in range(2)]
    for run_id in twins:
        measure_robustness(store, run_id, names=("rotation",))
    app = open_page("evaluate", view="robustness", run=twins[0])
    app.multiselect[0].select(twins[1]).run()
    assert not app.exception
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    names = {trace["name"] for trace in drawn if trace.get("name")}
    assert {name[-6:] for name in names} == {run_id[-6:] for run_id in twins}
    app.selectbox[0].set_value(twins[1]).run()  # the run that was compared with is now the one that is looked at
    assert not app.exception
    assert app.multiselect[0].value == []


def test_a_run_that_is_training_shows_what_is_there_so_far(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    (store.folder(run_id) / "predictions" / "test.npz").unlink()
    store.set(run_id, status="running")
    with (store.folder(run_id) / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker does
        shown = texts(open_page("evaluate"))
    assert "The test digits are scored when training has ended." in shown
    assert "**800 validation digits**" in shown
    assert "**epoch 4** of 4 so far (the best on validation)" in shown
    assert "This run is still training." in shown


def test_weak_groups_are_sentences_with_the_figures_of_the_other_half(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    groups = weak_slices(predictions, compute_measures(load_dataset("mnist-sample")).test.to_frame())
    rows = component_data(open_page("evaluate", view="handwriting"), "evaluate.groups")["rows"]
    assert len(rows) == len(groups) > 0
    for row, group in zip(rows, groups, strict=True):
        other = group.confirmation
        wrong, elsewhere = other.n_wrong / other.n, other.n_wrong_elsewhere / other.n_elsewhere
        assert row[0][0].lower() == (
            f"{group.name}: {wrong:.1%} wrong against {elsewhere:.1%} elsewhere, {other.n} digits".lower()
        )


def test_the_epoch_slider_moves_scores_and_matrix(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    for epoch in (1, 3):
        app = open_page("evaluate", view="time", epoch=str(epoch))
        predictions = stored(store, run_id, f"validation-{epoch:03d}")
        right = predictions.labels == predictions.probabilities.argmax(axis=1)
        assert metrics(app)["Accuracy"] == f"{right.mean():.2%}"
        matrix = confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1), labels=range(10))
        shown = component_data(app, "evaluate.time_matrix")["texts"]
        assert shown == [[str(count) if count else "" for count in row] for row in matrix]
        assert f"800 validation digits after epoch {epoch}**" in texts(app)
