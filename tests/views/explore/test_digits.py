"""The grid shows what the link or the person asks for, and the open digit what a run may say of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import stratified_parts
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run, overfitted_run
from tests.pages.finding import assert_sound, has_component, rows, says
from tests.pages.opening import OpenPage

GRID = "explore.grid"


def shown_rows(app: AppTest, split: str) -> list[int]:
    return rows(app, GRID, load_dataset("mnist-sample").split(split).images)


def shown_labels(app: AppTest, split: str) -> set[int]:
    return set(load_dataset("mnist-sample").split(split).labels[shown_rows(app, split)].tolist())


def test_filters_that_nothing_passes_say_so(open_page_at_rest: OpenPage) -> None:
    app = open_page_at_rest("explore", where="ink:700~", labels="1")
    assert_sound(app)
    assert len(app.info) == 1
    assert says(app, 0, 4000, 1, "700.0")
    assert not has_component(app, GRID)


def test_a_filter_by_label_and_its_end(open_page: OpenPage) -> None:
    app = open_page("explore", labels="4", split="test")
    found = np.flatnonzero(load_dataset("mnist-sample").test.labels == 4)
    assert says(app, len(found), 1000, 4)
    assert shown_rows(app, "test") == found.tolist()
    app.button("explore.clear").click().run()
    assert says(app, 1000)
    assert "labels" not in app.query_params
    assert shown_rows(app, "test") == list(range(400))


def test_pressing_a_label_filters_and_is_in_the_link(open_page: OpenPage) -> None:
    app = open_page("explore", page="3")
    app.button_group("linked.explore_labels").set_value([2, 7]).run()
    assert app.query_params["labels"] == "27"
    assert "page" not in app.query_params
    assert shown_labels(app, "train") == {2, 7}


def test_sorting_by_the_loss_of_a_run(open_page: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store)
    app = open_page("explore", run=run_id, sort="-loss", split="test", size="50")
    losses = store.predictions(run_id, "test").losses
    assert shown_rows(app, "test") == np.argsort(-losses, kind="stable")[:50].tolist()


@pytest.mark.parametrize("has_learned_from_it", [False, True])
def test_a_training_image_has_a_verdict_only_if_the_run_did_not_learn_from_it(
    open_page: OpenPage, runs_folder: Path, has_learned_from_it: bool
) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store, name="My run")
    validation = store.predictions(run_id, "validation")
    row = (
        next(row for row in range(4000) if row not in validation.index) if has_learned_from_it else validation.index[0]
    )
    reading = open_page("explore", run=run_id, image=f"train-{row}").get_by_key("explore.reading")
    said, confidence = validation.probabilities[0].argmax(), validation.probabilities[0].max()
    has_verdict = says(reading, "My run", int(said), f"{confidence:.2%}")
    assert has_verdict is not has_learned_from_it
    assert says(reading, "My run")  # in any case it is told what the run has to do with it


def test_an_image_that_a_run_did_not_use_is_not_called_one_that_it_trained_on(
    open_page: OpenPage, runs_folder: Path
) -> None:
    """Of 4,000 training images, a run with a limit of 300 uses 300."""
    store = RunStore(runs_folder)
    run_id = overfitted_run(store, limit=300)
    kept, _ = stratified_parts(load_dataset("mnist-sample").train.labels, 300, seed=0)
    row = next(row for row in range(4000) if row not in kept and row >= 60)  # the first 60 have predictions
    reading = open_page("explore", run=run_id, image=f"train-{row}").get_by_key("explore.reading")
    assert says(reading, 300)
    used = next(int(row) for row in kept if row >= 60)
    reading = open_page("explore", run=run_id, image=f"train-{used}").get_by_key("explore.reading")
    assert not says(reading, 300)


@pytest.mark.parametrize("split", ["test", "train"])
def test_how_many_neighbours_have_the_same_label_is_counted_and_said(open_page: OpenPage, split: str) -> None:
    """By all distances, as numpy has them, for a digit whose neighbours have different labels; it is none of them."""
    dataset = load_dataset("mnist-sample")
    pixels = dataset.train.images.reshape(len(dataset.train), -1).astype(np.float64)
    for row, (image, label) in enumerate(zip(dataset.split(split).images, dataset.split(split).labels, strict=True)):
        distances = np.square(pixels - image.reshape(-1)).sum(axis=1)
        if split == "train":
            distances[row] = np.inf
        n_same = int((dataset.train.labels[np.argsort(distances, kind="stable")[:8]] == label).sum())
        if 3 <= n_same <= 5:
            break
    app = open_page("explore", image=f"{split}-{row}")
    assert says(app, n_same, 8, f"all {len(dataset.train):,}")
