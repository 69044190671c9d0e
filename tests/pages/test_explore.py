"""The Explore page on the sample and on stranger data: every view opens by its link, and none ever fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.shared.settings.dataset_notice import FETCH_COMMAND
from dashboard.views.explore.choices import ExploreView
from mnist_core.data.dataset import Split
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.imported_sets import save_imported
from tests.pages.finding import assert_sound, component, has_component, says
from tests.pages.opening import OpenPage

GRID = "explore.grid"


def test_it_says_which_data_is_loaded_and_how_to_get_all(open_page: OpenPage) -> None:
    app = open_page("explore")
    assert_sound(app)
    assert says(app, load_dataset("mnist-sample").title, 4000, 1000, FETCH_COMMAND)
    assert component(app, GRID)["count"] == 400


@pytest.mark.parametrize("view", ExploreView)
def test_every_view_opens_by_its_link(open_page_at_rest: OpenPage, view: str) -> None:
    app = open_page_at_rest("explore", view=view)
    assert_sound(app)
    assert app.segmented_control(key="linked.explore_view").value == view


@pytest.mark.parametrize("name", ["optical-digits", "mnist-sample"])
def test_every_data_set_can_be_explored(open_page: OpenPage, name: str) -> None:
    app = open_page("explore", data=name)
    assert_sound(app)
    dataset = load_dataset(name)
    assert says(app, dataset.title, len(dataset.train), len(dataset.test))
    assert component(app, GRID)["count"] == 400


def test_hidden_views_do_not_run(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", view="classes")
    assert_sound(app)
    assert not has_component(app, GRID)
    assert len(app.file_uploader) == 0


def test_a_run_on_other_data_is_not_mixed_with_this_one(open_page: OpenPage, runs_folder: Path) -> None:
    run_id = finished_run(RunStore(runs_folder))
    sorts = {
        data: open_page("explore", run=run_id, data=data, sort="-loss").selectbox(key="explore_sort.by")
        for data in ("mnist-sample", "optical-digits")
    }
    assert [sort.value for sort in sorts.values()] == ["loss", "row"]
    app = open_page("explore", run=run_id, data="optical-digits", sort="-loss")
    assert_sound(app)
    assert says(app.get_by_key("origin"), load_dataset("mnist-sample").title)  # what it was trained on instead


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ({"data": "nothing"}, "nothing"),
        ({"image": "train-999999"}, "999,999"),
        ({"data": "<script>"}, "<script>"),
    ],
)
def test_a_link_to_what_is_not_there_is_explained(open_page: OpenPage, url: dict[str, str], missing: str) -> None:
    app = open_page("explore", **url)
    assert_sound(app)
    (warning,) = app.warning
    assert missing in warning.value.replace("\\", "")
    assert "<" not in warning.value.replace("\\<", "")
    assert has_component(app, GRID)


@pytest.mark.parametrize(
    "url",
    [
        {"view": "nothing"},
        {"sort": "nothing", "where": "nothing:1~2"},
        {"page": "99999"},
        {"chosen": "AAAA"},
        {"view": "embedding", "map": "network_tsne", "colour": "correct"},
        {"view": "measures", "measure": "nothing", "x": "loss"},
        {"view": "augmentation", "augment": "rotation_degrees:999,nothing:1,seed:x", "scaling": "nothing"},
        {"view": "data_quality", "odd": "suspects"},
    ],
    ids=str,
)
def test_a_link_that_means_nothing_does_no_harm(open_page_at_rest: OpenPage, url: dict[str, str]) -> None:
    assert_sound(open_page_at_rest("explore", **url))


def test_a_damaged_data_set_is_a_sentence_and_the_others_can_still_be_opened(
    open_page: OpenPage, empty_data_folder: Path
) -> None:
    place = empty_data_folder / "imported" / "broken"
    place.mkdir(parents=True)
    (place / "images.npz").write_bytes(b"not an archive")
    app = open_page("explore", data="broken")
    assert_sound(app)
    assert [says(app, "broken"), len(app.warning), has_component(app, GRID)] == [True, 1, True]
    app = open_page("explore", view="data_sets")
    assert_sound(app)
    assert any("images" in warning.value for warning in app.warning)


def test_a_class_without_images_leaves_every_view_standing(
    open_page_at_rest: OpenPage, empty_data_folder: Path
) -> None:
    """Seven images of three classes, some of them empty."""
    images = np.zeros((7, 28, 28), np.uint8)
    images[2:, 5:20, 8:12] = 255
    few = Split(images=images, labels=np.array([1, 1, 1, 4, 4, 7, 7], np.uint8))
    about = {"name": "few", "title": "Few **things**", "source": "test", "licence": "none"}
    save_imported(empty_data_folder, about, few, few.take([0, 3]))
    for view in ExploreView:
        app = open_page_at_rest("explore", data="few", view=view, image="train-3")
        assert_sound(app)
        written = [markdown.value for markdown in app.markdown]
        assert any("Few \\*\\*things\\*\\*" in text for text in written)
        assert not any("Few **things**" in text for text in written)
