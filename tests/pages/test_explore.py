"""The Explore page on the sample: what it says, what it leaves out, and that it never fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.server.background import jobs
from dashboard.views.explore.choices import TITLES as VIEWS
from mnist_core.data.dataset import Split
from mnist_core.data.imports.store import save_imported
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.pages.conftest import OpenPage
from tests.waiting import wait_until


@pytest.fixture
def open_explore(open_page: OpenPage) -> OpenPage:
    """Opens the page once nothing is worked on in the background any more."""

    def opened(**url: str) -> AppTest:
        app = open_page("explore", **url)
        for _ in range(4):
            running = [job for job in jobs()._jobs.values() if job.is_running]
            if not running:
                break
            for job in running:
                wait_until(lambda: not job.is_running, seconds=60)  # noqa: B023 - waited for at once
        app.run()
        assert not app.exception
        return app

    return opened


def texts(app: AppTest) -> str:
    kinds = [*app.markdown, *app.caption, *app.subheader, *app.warning, *app.error, *app.info, *app.success]
    return "\n".join(element.value for element in kinds)


def rows_in_grid(app: AppTest) -> list[str]:
    """What the grid says of each of its digits."""
    import json

    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        if data.get("label", "").startswith("All "):
            return data["names"]
    return []


def test_it_says_which_data_is_loaded_and_how_to_get_all(open_explore: OpenPage) -> None:
    app = open_explore()
    assert "**MNIST sample**: 4,000 digits to train, 1,000 to test." in texts(app)
    assert "make data" in texts(app)
    assert len(rows_in_grid(app)) == 400


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_by_its_link(open_explore: OpenPage, view: str) -> None:
    app = open_explore(view=view)
    assert not app.error
    assert texts(app)


@pytest.mark.parametrize("name", ["optical-digits", "mnist-sample"])
def test_every_data_set_can_be_explored(open_explore: OpenPage, name: str) -> None:
    app = open_explore(data=name)
    assert load_dataset(name).title in texts(app)
    assert len(rows_in_grid(app)) == 400


def test_hidden_views_do_not_run(open_explore: OpenPage) -> None:
    app = open_explore(view="classes")
    assert rows_in_grid(app) == []
    assert "Import your own" not in texts(app)


def test_filters_that_nothing_passes_say_so(open_explore: OpenPage) -> None:
    app = open_explore(where="ink:700~", labels="1")
    assert "No digits fit." in texts(app)
    assert "**0** of 4,000: label 1 · Ink from 700.0" in texts(app)


def test_a_filter_by_label_and_its_end(open_explore: OpenPage) -> None:
    app = open_explore(labels="4", split="test")
    n = int((load_dataset("mnist-sample").test.labels == 4).sum())
    assert f"**{n}** of 1,000: label 4" in texts(app)
    assert {name.split(",")[0] for name in rows_in_grid(app)} == {"Label 4"}
    app.button("explore.clear").click().run()
    assert "**1,000** test digits" in texts(app)
    assert "labels" not in app.query_params


def test_pressing_a_label_filters_and_is_in_the_link(open_explore: OpenPage) -> None:
    app = open_explore(page="3")
    app.button_group("linked.explore_labels").set_value([2, 7]).run()
    assert app.query_params["labels"] in ("27", ["27"])
    assert "page" not in app.query_params
    assert {name.split(",")[0] for name in rows_in_grid(app)} == {"Label 2", "Label 7"}


def test_sorting_by_the_loss_of_a_run(open_explore: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    app = open_explore(run=run_id, sort="-loss", split="test", size="50")
    losses = store.predictions(run_id, "test").losses
    expected = np.argsort(-losses, kind="stable")[:50]
    assert [int(name.split(" image ")[1].split(",")[0]) for name in rows_in_grid(app)] == expected.tolist()


def test_a_training_image_has_a_verdict_only_if_the_run_did_not_learn_from_it(
    open_explore: OpenPage, runs_folder: Path
) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    validated = int(store.predictions(run_id, "validation").index[0])
    learned = next(row for row in range(4000) if row not in store.predictions(run_id, "validation").index)
    assert "reads it as" in texts(open_explore(run=run_id, image=f"train-{validated}"))
    assert "learned from this image" in texts(open_explore(run=run_id, image=f"train-{learned}"))


def test_the_last_hidden_layer_of_a_run_is_a_map(open_explore: OpenPage, runs_folder: Path) -> None:
    run_id = finished_run(RunStore(runs_folder))
    app = open_explore(view="map", map="network_pca", run=run_id, split="test", colour="correct")
    app.run()
    assert not app.error
    assert "in which the outputs of" in texts(app)


def test_a_run_on_other_data_is_not_offered(open_explore: OpenPage, runs_folder: Path) -> None:
    run_id = finished_run(RunStore(runs_folder))
    app = open_explore(run=run_id, data="optical-digits", sort="-loss")
    assert not app.error
    assert app.selectbox("linked.run").options == ["No run"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ({"data": "nothing"}, "The data set nothing is not on this machine."),
        ({"image": "train-999999"}, "This data set has no training image 999,999."),
        ({"data": "<script>"}, "is not on this machine"),
    ],
)
def test_a_link_to_what_is_not_there_is_explained(open_explore: OpenPage, url: dict[str, str], said: str) -> None:
    app = open_explore(**url)
    assert said in texts(app)
    assert rows_in_grid(app)


@pytest.mark.parametrize(
    "url",
    [
        {"view": "nothing"},
        {"sort": "nothing", "where": "nothing:1~2"},
        {"page": "99999"},
        {"chosen": "AAAA"},
        {"view": "map", "map": "network_tsne", "colour": "correct"},
        {"view": "measures", "measure": "nothing", "x": "loss"},
        {"view": "preview", "augment": "rotation_degrees:999,nothing:1,seed:x", "scaling": "nothing"},
        {"view": "oddities", "odd": "suspects"},
    ],
)
def test_a_link_that_means_nothing_does_no_harm(open_explore: OpenPage, url: dict[str, str]) -> None:
    app = open_explore(**url)
    assert not app.error


def test_a_damaged_data_set_is_a_sentence_and_the_others_can_still_be_opened(
    open_explore: OpenPage, sample_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    place = folder / "imported" / "broken"
    place.mkdir(parents=True)
    (place / "images.npz").write_bytes(b"not an archive")
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    assert "The data set broken is not on this machine" in texts(open_explore(data="broken"))
    app = open_explore(view="sources")
    assert any("images" in warning.value for warning in app.warning)


def test_a_class_without_images_leaves_every_view_standing(
    open_explore: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven images of three classes, some of them empty."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    images = np.zeros((7, 28, 28), np.uint8)
    images[2:, 5:20, 8:12] = 255
    few = Split(images=images, labels=np.array([1, 1, 1, 4, 4, 7, 7], np.uint8))
    about = {"name": "few", "title": "Few **things**", "source": "test", "licence": "none"}
    save_imported(folder, about, few, few.take([0, 3]))
    for view in VIEWS:
        app = open_explore(data="few", view=view, image="train-3")
        assert not app.error, view
    assert "Few \\*\\*things\\*\\*" in texts(app)


def test_the_class_images_count_what_is_there(open_explore: OpenPage) -> None:
    app = open_explore(view="classes")
    labels = np.concatenate([load_dataset("mnist-sample").split(name).labels for name in ("train", "test")])
    counts = np.bincount(labels)
    assert f"({counts.max():,})" in texts(app)


def test_an_image_and_its_copy_are_found(
    open_explore: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    sample = load_dataset("mnist-sample", folder)
    about = {"name": "twins", "title": "Twins", "source": "test", "licence": "none"}
    save_imported(folder, about, sample.train.take(range(50)), sample.train.take([7, 60, 61]))
    app = open_explore(data="twins", view="oddities", odd="exact")
    assert "2 images are in 1 groups of equal ones, 1 of which reach across both splits." in texts(app)


def test_the_preview_shows_draws_that_the_link_repeats(open_explore: OpenPage) -> None:
    import json

    def sheet(app: AppTest) -> str:
        drawn = [json.loads(element.proto.json) for element in app.get("bidi_component")]
        return next(data["sheet"] for data in drawn if data.get("label") == "Draws of digits")

    link = {"view": "preview", "augment": "rotation_degrees:20,seed:4"}
    first = open_explore(**link)
    again = sheet(open_explore(**link))
    assert sheet(first) == again
    first.button("explore.redraw").click().run()
    assert sheet(first) != again
    assert "seed:5" in str(first.query_params["augment"])
    first.button("explore.reset").click().run()
    assert "every distortion is off" in texts(first)
