"""The digits that moved between two runs can be exported."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix

from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_rows, exported_table
from tests.pages.evaluated_runs import stored
from tests.pages.finding import assert_sound, component
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
