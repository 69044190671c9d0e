"""The digits of a selection and those that a muted filter changes can be exported."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.state.url_selection import UrlSelection, selection_of
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.probing.knock_out import knock_out
from mnist_core.runs.store import RunStore
from tests.exported_files import ExportedFiles, exported_images, exported_rows, exported_table
from tests.finished_runs import finished_run
from tests.pages.finding import assert_sound, component
from tests.pages.opening import OpenPage


@pytest.fixture
def run_id(store: RunStore, sample: Dataset) -> str:
    return finished_run(store, epochs=1)


def test_the_digits_inside_the_lasso_are_exported_with_their_predicted_labels(
    open_page_at_rest: OpenPage, exported: ExportedFiles, store: RunStore, sample: Dataset, run_id: str
) -> None:
    selection = selection_of(np.array([3, 77, 500]), np.arange(len(sample.test)), sample, SplitName.TEST)
    assert_sound(open_page_at_rest("inside", view="representation", chosen=UrlSelection().write(selection)))
    assert exported_rows(exported) == [3, 77, 500]
    said = store.predictions(run_id, "test").probabilities.argmax(axis=1)[[3, 77, 500]]
    table = exported_table(exported)
    assert [int(row["predicted"]) for row in table] == said.tolist()
    assert [row["is_correct"] == str(True) for row in table] == (said == sample.test.labels[[3, 77, 500]]).tolist()
    np.testing.assert_array_equal(list(exported_images(exported).values()), sample.test.images[[3, 77, 500]])


@pytest.mark.parametrize("changed", ["broken", "fixed"])
def test_the_digits_that_a_muted_filter_changes_are_exported(
    open_page: OpenPage, exported: ExportedFiles, store: RunStore, run_id: str, changed: str
) -> None:
    found = knock_out(store, run_id, "conv_1")
    was, now = found.clean == found.labels, found.predicted == found.labels
    is_changed = was & ~now if changed == "broken" else ~was & now
    muted = int(is_changed.sum(axis=1).argmax())
    assert is_changed[muted].any()
    app = open_page("inside", view="knock_out", muted=str(muted), changed=changed)
    assert_sound(app)
    rows, table = exported_rows(exported), exported_table(exported)
    assert rows == found.rows[is_changed[muted]].tolist()
    assert component(app, "inside.changed")["ids"] == rows[:60]
    assert [int(row["predicted"]) for row in table] == found.clean[is_changed[muted]].tolist()
    assert [int(row["predicted_muted"]) for row in table] == found.predicted[muted][is_changed[muted]].tolist()
