"""A data set is the one that was chosen, though another one has the same title."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.views.evaluate.other_data import PICKED
from dashboard.views.export.importing import DATASET
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.imported_sets import save_imported
from tests.pages.evaluated_runs import store
from tests.pages.finding import assert_sound, setting
from tests.pages.opening import OpenPage, look_for_components_once, open_page, open_page_at_rest

__all__ = ["look_for_components_once", "open_page", "open_page_at_rest", "store"]

NAMES = ("set-a", "set-b")


@pytest.fixture
def same_titles(store: RunStore, empty_data_folder: Path) -> None:
    """Two small data sets with one title, beside the runs of the sample."""
    sample = load_dataset("mnist-sample")
    for start, name in enumerate(NAMES):
        about = {"name": name, "title": "Homework", "source": "test", "licence": "none"}
        rows = range(start * 60, start * 60 + 60)
        save_imported(empty_data_folder, about, sample.train.take(rows), sample.test.take(rows))


@pytest.mark.usefixtures("same_titles")
@pytest.mark.parametrize("name", NAMES)
def test_another_tab_shows_the_data_set_of_the_link(open_page: OpenPage, name: str) -> None:
    app = open_page("explore", data=name)
    setting(app.segmented_control, "linked.explore_view").set_value("classes")
    app.run()
    assert_sound(app)
    assert app.query_params["data"] == name


@pytest.mark.usefixtures("same_titles")
@pytest.mark.parametrize("name", NAMES)
def test_the_chosen_data_set_stays_chosen(open_page_at_rest: OpenPage, name: str) -> None:
    design, evaluate = open_page_at_rest("design"), open_page_at_rest("evaluate", view="other_data")
    for app, key in ((design, "design.dataset"), (evaluate, PICKED), (_importing(open_page_at_rest), DATASET)):
        setting(app.selectbox, key).set_value(name).run()
        app.run()
        assert_sound(app)
        assert setting(app.selectbox, key).value == name


def _importing(open_page: OpenPage) -> AppTest:
    """The page Export, with a model that waits to be imported."""
    app = open_page("export", view="import")
    app.file_uploader[0].set_value([("model.keras", b"any", "application/octet-stream")])
    return app.run()
