"""A cell, a row or a column of the matrix opens exactly its digits."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, has_component, rows, says
from tests.pages.opening import OpenPage

PAGE_SIZE = 120


def test_the_matrix_is_that_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    matrix = confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1), labels=range(10))
    shown = component(open_page("evaluate", view="confusion"), "evaluate.matrix")["texts"]
    assert shown == [[str(count) if count else "" for count in row] for row in matrix]


@pytest.mark.parametrize("cell", [(4, 9), (7, 7), (0, 1)])
def test_a_cell_in_the_link_opens_its_digits(open_page: OpenPage, store: RunStore, cell: tuple[int, int]) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    behind = np.flatnonzero((predictions.labels == cell[0]) & (predicted == cell[1]))
    app = open_page("evaluate", view="confusion", cell=f"{cell[0]}-{cell[1]}")
    assert says(app, len(behind), *cell)
    if len(behind):
        assert set(rows(app, "evaluate.digits", load_dataset("mnist-sample").test.images)) == set(behind)
    else:
        assert not has_component(app, "evaluate.digits")


def test_picking_a_cell_a_row_or_a_column_opens_it(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    images = load_dataset("mnist-sample").test.images
    app = open_page("evaluate", view="confusion")
    for picked, behind, labels in (
        ("true-5", predictions.labels == 5, [5]),
        ("predicted-3", predicted == 3, [3]),
        ("cell-2-2", (predictions.labels == 2) & (predicted == 2), [2, 2]),
    ):
        app.session_state["evaluate.matrix"] = {"picked": picked}
        shown = rows(app.run(), "evaluate.digits", images)
        assert says(app, int(behind.sum()), *labels)
        assert len(shown) == len(set(shown)) == min(PAGE_SIZE, behind.sum())
        assert set(shown) <= set(np.flatnonzero(behind))


@pytest.mark.parametrize("sent", ["cell-4", "true-10", "cell-4-9-1", "", None, 3, ["cell-4-9"], "x" * 9999, {"a": 1}])
def test_a_pick_that_cannot_be_opens_nothing(open_page: OpenPage, store: RunStore, sent: object) -> None:
    app = open_page("evaluate", view="confusion")
    app.session_state["evaluate.matrix"] = {"picked": sent}
    assert_sound(app.run())
    assert not has_component(app, "evaluate.digits")


def test_without_a_mistake_there_are_no_pairs_and_that_is_said(open_page: OpenPage, store: RunStore) -> None:
    assert has_component(open_page("evaluate", view="confusion"), "evaluate.pairs")
    labels = stored(store, newest(store)).labels
    perfect = Predictions.of_split(labels, np.eye(10, dtype=np.float32)[labels])
    save_predictions(store.folder(newest(store)) / "predictions" / "test.npz", perfect)
    confused = open_page("evaluate", view="confusion").get_by_key("evaluate.confused")
    assert not has_component(confused, "evaluate.pairs")
    assert len(confused.caption) == 1
