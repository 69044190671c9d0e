"""Runs side by side: the curves of repeats, and the digits that moved, which can be exported."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix
from streamlit.testing.v1 import AppTest

from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_rows, exported_table
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import stored
from tests.pages.finding import assert_sound, component, figure
from tests.pages.opening import OpenPage


def test_the_digits_that_moved_are_exported_as_the_later_run_predicts_them(
    open_page: OpenPage, store: RunStore, exported: ExportedFiles
) -> None:
    ids = sorted(store.run_ids())
    first, second = (stored(store, run_id) for run_id in ids)
    said = [one.probabilities.argmax(axis=1) for one in (first, second)]
    change = np.subtract(*(confusion_matrix(first.labels, one, labels=range(10)) for one in said[::-1]))
    true, predicted = np.argwhere(change * (1 - np.eye(10)) != 0)[0]
    app = open_page("runs", view="compare", runs=".".join(ids), cell=f"{true}-{predicted}")
    assert_sound(app)
    moved = component(app, "runs.moved")["ids"]
    assert exported_rows(exported) == moved
    assert [int(row["predicted"]) for row in exported_table(exported)] == said[1][moved].tolist()


def test_repeats_are_one_curve_if_wanted(open_page: OpenPage, store: RunStore) -> None:
    ids = sorted(store.run_ids())
    accuracies = np.array([_validation_accuracies(store, run_id) for run_id in ids])
    app = open_page("runs", view="compare", runs=".".join(ids), as_one="yes")
    assert_sound(app)
    lower, upper, line = figure(app, "runs.curves")["data"]
    for trace, expected in ((lower, accuracies.min(0)), (upper, accuracies.max(0)), (line, np.median(accuracies, 0))):
        assert trace["y"] == pytest.approx(expected)


def test_runs_that_differ_in_more_than_the_seed_stay_apart(open_page: OpenPage, store: RunStore) -> None:
    shorter = finished_run(store, name="Shorter", epochs=2, seed=0)
    ids = sorted([*store.run_ids()])
    app = open_page("runs", view="compare", runs=".".join(ids), as_one="yes")
    drawn = figure(app, "runs.curves")["data"]
    assert [len(trace["x"]) for trace in drawn if trace.get("name")] == [4, 4, 4, 2]  # a band, its line, the other run
    alone = open_page("runs", view="compare", runs=".".join((ids[0], shorter)))
    assert (_has_toggle(app), _has_toggle(alone)) == (True, False)


def test_the_ring_of_the_best_epoch_is_explained_where_it_is_drawn(open_page: OpenPage, store: RunStore) -> None:
    ids = ".".join(sorted(store.run_ids()))
    for more in ({}, {"as_one": "yes"}):
        app = open_page("runs", view="compare", runs=ids, **more)
        drawn = [one for one in figure(app, "runs.curves")["data"] if one.get("marker", {}).get("symbol")]
        explained = [caption for caption in app.caption if "ring" in caption.value and "best epoch" in caption.value]
        assert bool(explained) == bool(drawn) == (not more)


def _has_toggle(app: AppTest) -> bool:
    return any("as_one" in str(toggle.key) for toggle in app.toggle)


def _validation_accuracies(store: RunStore, run_id: str) -> list[float]:
    """After each epoch, counted over the stored predictions."""
    found = [np.load(path) for path in sorted((store.folder(run_id) / "predictions").glob("validation-*.npz"))]
    return [float((one["probabilities"].argmax(axis=1) == one["labels"]).mean()) for one in found]
