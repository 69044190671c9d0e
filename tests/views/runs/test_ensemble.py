"""The ensemble is scored like a run, opens the digits behind its numbers, and doubts labels only with a reason."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support, top_k_accuracy_score

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_rows
from tests.finished_runs import finished_run
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


def both(store: RunStore) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The ids of the runs, the true labels, and the mean of their probabilities, (N, 10)."""
    ids = sorted(store.run_ids())
    found = [stored(store, run_id) for run_id in ids]
    return ids, found[0].labels, np.mean([one.probabilities.astype(np.float64) for one in found], axis=0)


def open_ensemble(open_page: OpenPage, ids: list[str], **more: str) -> Any:
    app = open_page("runs", view="ensemble", runs=".".join(ids), **more)
    assert_sound(app)
    return app


def test_its_figures_are_those_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, mean = both(store)
    predicted = mean.argmax(axis=1)
    app = open_ensemble(open_page, ids)
    accuracy, wrong, _, top2, f1, _ = figures(app.get_by_key("runs.ensemble.figures"))
    assert accuracy == f"{(predicted == labels).mean():.2%}"
    assert numbers(wrong) == [(predicted != labels).sum(), 1000]
    assert top2 == f"{top_k_accuracy_score(labels, mean, k=2):.2%}"
    assert f1 == f"{f1_score(labels, predicted, average='macro'):.2%}"
    precision, recall, _, _ = precision_recall_fscore_support(labels, predicted, labels=range(10))
    table = component(app, "runs.ensemble.classes")["rows"]
    written = ["100%" if share == 1 else f"{share:.2%}" for share in (*precision, *recall)]
    assert [row[1][0] for row in table] + [row[2][0] for row in table] == written


def test_it_is_compared_with_the_most_accurate_run_image_by_image(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, mean = both(store)
    right = [stored(store, run_id).probabilities.argmax(axis=1) == labels for run_id in ids]
    best = max(right, key=np.sum)
    together = mean.argmax(axis=1) == labels
    fixed, broken = int((together & ~best).sum()), int((best & ~together).sum())
    assert fixed != broken
    app = open_ensemble(open_page, ids)
    *_, gain = figures(app.get_by_key("runs.ensemble.figures"))
    assert numbers(gain) == [pytest.approx(abs(fixed - broken) / 10)]
    (said,) = texts(app.get_by_key("runs.ensemble.verdict"))
    p_value = binomtest(fixed, fixed + broken).pvalue
    assert ("p < 0.001" in said) if p_value < 0.001 else numbers(said)[-1] == pytest.approx(p_value, abs=0.005)
    names = [store.get(run_id).title for run_id in ids]
    assert [name in said for name in names] == [(one is best) for one in right]


def test_all_of_the_most_accurate_runs_are_named(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, _ = both(store)
    for place, run_id in enumerate(ids):
        sure = np.full((len(labels), 10), 0.001, dtype=np.float32)
        sure[np.arange(len(labels)), labels] = 0.991
        sure[place, [labels[place], (labels[place] + 1) % 10]] = 0.001, 0.991
        predictions = Predictions.of_split(labels, sure)
        save_predictions(store.folder(run_id) / "predictions" / "test.npz", predictions)
    app = open_ensemble(open_page, ids)
    assert says(app.get_by_key("runs.ensemble.verdict"), *(store.get(run_id).title for run_id in ids))


def test_the_columns_of_the_agreement_are_numbered(open_page: OpenPage, store: RunStore) -> None:
    ids, *_ = both(store)
    app = open_ensemble(open_page, ids)
    (table,) = app.dataframe
    columns = json.loads(table.proto.columns)
    titles = [store.get(run_id).title for run_id in ids]
    assert [columns[title]["label"] for title in titles] == ["1", "2"] == list(table.value.iloc[:, 0])
    assert all(columns[title]["width"] for title in titles)


def test_the_button_that_takes_another_run_says_what_it_does_here(open_page: OpenPage, store: RunStore) -> None:
    labels = {
        view: open_page("runs", view=view, run=sorted(store.run_ids())[0]).button(key="empty_state.remedy").label
        for view in ("compare", "ensemble", "ledger")
    }
    assert labels["compare"] == labels["ledger"] != labels["ensemble"]
    assert all("Run one" in label and "Run two" in label for label in labels.values())


def test_a_cell_opens_its_digits_with_what_each_run_predicts(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, mean = both(store)
    matrix = confusion_matrix(labels, mean.argmax(axis=1), labels=range(10))
    true, predicted = map(int, np.argwhere(matrix * (1 - np.eye(10)) > 0)[0])
    app = open_ensemble(open_page, ids)
    assert not has_component(app, "runs.ensemble.digits")
    app.session_state["runs.confusion"] = {"picked": f"cell-{true}-{predicted}"}
    app.run()
    assert_sound(app)
    behind = np.flatnonzero((labels == true) & (mean.argmax(axis=1) == predicted))
    shown = rows(app, "runs.ensemble.digits", load_dataset("mnist-sample").test.images)
    assert set(shown) == set(behind)
    assert app.query_params["ensemble_cell"] == f"{true}-{predicted}"
    explained = {query["run"]: query for page, query in links(app) if page == "mistakes" and "image" in query}
    assert set(explained) == set(ids)
    assert {query["image"] for query in explained.values()} == {f"test-{shown[0]}"}


def test_a_number_of_a_class_opens_its_digits(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, mean = both(store)
    app = open_ensemble(open_page, ids)
    app.session_state["runs.ensemble.classes"] = {"picked": "8-2"}
    shown = rows(app.run(), "runs.ensemble.digits", load_dataset("mnist-sample").test.images)
    assert set(shown) == set(np.flatnonzero((labels == 8) & (mean.argmax(axis=1) != 8)))


@pytest.mark.parametrize("sent", ["cell-4", "true-10", None, ["cell-4-9"], "x" * 9999])
def test_a_pick_that_cannot_be_opens_nothing(open_page: OpenPage, store: RunStore, sent: object) -> None:
    app = open_ensemble(open_page, both(store)[0])
    app.session_state["runs.confusion"] = {"picked": sent}
    assert_sound(app.run())
    assert not has_component(app, "runs.ensemble.digits")


def test_digits_that_are_wrong_in_all_runs_can_be_exported(
    open_page: OpenPage, store: RunStore, exported: ExportedFiles
) -> None:
    ids, labels, _ = both(store)
    app = open_ensemble(open_page, ids)
    assert is_shown(app, "runs.wrong.export.open")
    wrong = np.all([stored(store, run_id).probabilities.argmax(axis=1) != labels for run_id in ids], axis=0)
    assert set(exported_rows(exported)) == set(np.flatnonzero(wrong))
    assert set(exported) == {"csv", "png", "zip"}


def test_two_runs_that_are_often_wrong_make_no_label_suspect(open_page: OpenPage, store: RunStore) -> None:
    ids, labels, _ = both(store)
    app = open_ensemble(open_page, ids)
    assert not any(component(app, "runs.wrong")["marks"])
    said = [stored(store, run_id).probabilities.argmax(axis=1) for run_id in ids]
    n_agreed = int(((said[0] == said[1]) & (said[0] != labels)).sum())
    assert says(app, n_agreed)


def test_three_accurate_runs_that_contradict_a_label_make_it_suspect(open_page: OpenPage, store: RunStore) -> None:
    finished_run(store, name="Run three", seed=7)
    labels = stored(store, store.run_ids()[0]).labels
    predicted = labels.copy()
    predicted[:4] = (labels[:4] + 1) % 10
    sure = np.full((len(labels), 10), 0.001, dtype=np.float32)
    sure[np.arange(len(labels)), predicted] = 0.991
    for run_id in store.run_ids():
        save_predictions(store.folder(run_id) / "predictions" / "test.npz", Predictions.of_split(labels, sure))
    app = open_ensemble(open_page, store.run_ids())
    wrong = component(app, "runs.wrong")
    assert wrong["count"] == 4
    assert wrong["marks"] == [True] * 4
    assert says(app, "98%", "95%")
