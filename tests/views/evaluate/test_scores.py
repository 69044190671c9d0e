"""Scores are those that scikit-learn computes from the stored predictions, and open the digits behind them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, precision_recall_fscore_support, top_k_accuracy_score

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import component, figures, links, numbers, rows, says, texts
from tests.pages.opening import OpenPage


def test_the_figures_are_those_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    right = predictions.labels == predicted
    accuracy, wrong, loss, top2, f1 = figures(open_page("evaluate").get_by_key("evaluate.figures"))
    assert accuracy == f"{right.mean():.2%}"
    assert numbers(wrong) == [(~right).sum(), 1000]
    probabilities = predictions.probabilities.astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert float(loss) == pytest.approx(log_loss(predictions.labels, probabilities, labels=range(10)), abs=1e-4)
    assert top2 == f"{top_k_accuracy_score(predictions.labels, probabilities, k=2):.2%}"
    assert f1 == f"{f1_score(predictions.labels, predicted, average='macro'):.2%}"


def test_a_plain_page_has_the_first_figures_alone(open_page: OpenPage, store: RunStore) -> None:
    address = {"with": store.run_ids()[1]}
    all_figures = figures(open_page("evaluate", **address).get_by_key("evaluate.figures"))
    plain = open_page("evaluate", plain="yes", **address)
    assert figures(plain.get_by_key("evaluate.figures")) == all_figures[:3]
    assert not any("F1 " in text or "op-2" in text for text in texts(plain) if "accuracy" in text)


def written(share: float) -> str:
    """With two decimals, unless it is all of them."""
    return "100%" if share == 1 else f"{share:.2%}"


def test_precision_opens_the_false_finds_and_recall_the_missed(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    precision, recall, _, _ = precision_recall_fscore_support(predictions.labels, predicted, labels=range(10))
    images = load_dataset("mnist-sample").test.images
    app = open_page("evaluate")
    table = component(app, "evaluate.classes")["rows"]
    assert [row[1][0] for row in table] == [written(share) for share in precision]
    assert [row[2][0] for row in table] == [written(share) for share in recall]
    false, missed = (predicted == 8) & (predictions.labels != 8), (predicted != 8) & (predictions.labels == 8)
    for picked, behind in (("8-1", false), ("8-2", missed)):
        app.session_state["evaluate.classes"] = {"picked": picked}
        assert set(rows(app.run(), "evaluate.digits", images)) == set(np.flatnonzero(behind))


def test_the_link_to_the_mistakes_of_an_epoch_leads_to_those_of_that_epoch(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = newest(store)
    early = stored(store, run_id, "validation-001")
    n_wrong = int((early.labels != early.probabilities.argmax(axis=1)).sum())
    app = open_page("evaluate", split="validation", epoch="1")
    (address,) = [query for page, query in links(app) if page == "mistakes" and query.get("view") == "gallery"]
    assert says(open_page("mistakes", **address), f"{n_wrong}")
    compared = open_page("evaluate", split="validation", epoch="1", **{"with": store.run_ids()[1]})
    found = [query for page, query in links(compared) if page == "mistakes" and "there" in query]
    assert [query["epoch"] for query in found] == ["1", "1"]
