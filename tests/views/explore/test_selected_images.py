"""Images selected in a scatter plot stay those that were selected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.state.packing import packed
from dashboard.state.url_selection import UrlSelection, selection_of
from mnist_core.data.dataset import Dataset, Split, SplitName
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, component, has_component, numbers, setting, texts
from tests.pages.opening import OpenPage

N_SELECTED = 40
LIST, GRID = "explore.picked", "explore.grid"


@pytest.fixture
def sets(empty_data_folder: Path) -> tuple[Dataset, Dataset]:
    """Two data sets of the same size with the same images in another order."""
    sample = load_dataset("mnist-sample")
    for shift, name in enumerate(("set-a", "set-c")):
        about = {"name": name, "title": name.upper(), "source": "test", "licence": "none"}
        train, test = (_rolled(split, shift) for split in (sample.train, sample.test))
        save_imported(empty_data_folder, about, train, test)
    first, second = load_dataset("set-a"), load_dataset("set-c")
    return first, second


def _rolled(split: Split, shift: int) -> Split:
    return Split(images=np.roll(split.images, shift, axis=0).copy(), labels=np.roll(split.labels, shift).copy())


def link(dataset: Dataset, *, is_old: bool) -> str:
    """The selection of some images of a data set in a link; one that `is_old` does not name the data set."""
    shown = map_rows(dataset, SplitName.TRAIN)
    selection = selection_of(shown[:N_SELECTED], shown, dataset, SplitName.TRAIN)
    assert selection is not None
    return packed(selection.bits) if is_old else UrlSelection().write(selection)


@pytest.mark.parametrize("is_old", [False, True])
def test_another_run_does_not_select_other_images_in_their_place(
    open_page_at_rest: OpenPage, runs_folder: Path, sets: tuple[Dataset, Dataset], is_old: bool
) -> None:
    store = RunStore(runs_folder)
    first, second = (finished_run(store, dataset=dataset.name, epochs=1) for dataset in sets)
    app = open_page_at_rest("explore", run=first, view="embedding", chosen=link(sets[0], is_old=is_old))
    assert component(app, LIST)["count"] == N_SELECTED
    setting(app.selectbox, "context.run").set_value(second).run()
    assert_sound(app)
    assert not has_component(app, LIST)
    assert "chosen" not in app.query_params


@pytest.mark.parametrize("is_old", [False, True])
def test_the_grid_shows_the_selection_of_its_own_data_set_only(
    open_page: OpenPage, sets: tuple[Dataset, Dataset], is_old: bool
) -> None:
    chosen = link(sets[0], is_old=is_old)
    app = open_page("explore", data="set-a", chosen=chosen)
    np.testing.assert_array_equal(component(app, GRID)["ids"], map_rows(sets[0], SplitName.TRAIN)[:N_SELECTED])
    app = open_page("explore", data="set-c", chosen=link(sets[0], is_old=False))
    assert_sound(app)
    assert numbers(texts(app.get_by_key("explore.summary"))[0]) == [len(sets[1].train)]
    app = open_page("explore", data="set-a", split="test", chosen=link(sets[0], is_old=False))
    assert numbers(texts(app.get_by_key("explore.summary"))[0]) == [len(sets[0].test)]
