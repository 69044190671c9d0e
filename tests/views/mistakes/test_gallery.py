"""The gallery shows the digits that the stored predictions say, in every order and with every filter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.evaluation.training_history import Category
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, has_component, numbers, rows, says, texts
from tests.pages.opening import OpenPage

PAGE_SIZE = 120


def shown_rows(app: AppTest, split: str = "test") -> list[int]:
    """Row numbers of the digits in the gallery, in the order shown."""
    return rows(app, "mistakes.digits", load_dataset("mnist-sample").split(split).images)


def wrong(predictions: Predictions) -> np.ndarray:
    return np.flatnonzero(predictions.labels != predictions.probabilities.argmax(axis=1))


def test_all_mistakes_the_highest_loss_first(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    found = wrong(predictions)
    true = predictions.probabilities[found, predictions.labels[found]]
    app = open_page("mistakes")
    assert says(app, len(found))
    assert shown_rows(app) == found[np.argsort(true, kind="stable")].tolist()[:PAGE_SIZE]


@pytest.mark.parametrize("sort", ["-confidence", "confidence", "margin", "index", "-loss", "loss"])
def test_each_order_is_the_one_it_says(open_page: OpenPage, store: RunStore, sort: str) -> None:
    predictions = stored(store, newest(store))
    found = wrong(predictions)
    ranked = np.sort(predictions.probabilities[found], axis=1)
    values = {
        "confidence": ranked[:, -1],
        "margin": ranked[:, -1] - ranked[:, -2],
        "index": found,
        "loss": -predictions.probabilities[found, predictions.labels[found]],
    }[sort.removeprefix("-")]
    order = np.argsort(-values if sort.startswith("-") else values, kind="stable")
    assert shown_rows(open_page("mistakes", sort=sort)) == found[order].tolist()[:PAGE_SIZE]


def test_sorted_by_a_measure(open_page_at_rest: OpenPage, store: RunStore) -> None:
    found = wrong(stored(store, newest(store)))
    ink = compute_measures(load_dataset("mnist-sample")).test.column("ink")[found]
    app = open_page_at_rest("mistakes", sort="-ink")
    assert shown_rows(app) == found[np.argsort(-ink, kind="stable")].tolist()[:PAGE_SIZE]


def test_filters_by_true_and_predicted_label(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    predicted = predictions.probabilities.argmax(axis=1)
    chosen = np.isin(predictions.labels, [3, 5]) & np.isin(predicted, [8, 3]) & (predicted != predictions.labels)
    app = open_page("mistakes", true="35", predicted="38")
    assert set(shown_rows(app)) == set(np.flatnonzero(chosen).tolist())
    assert says(app, int(chosen.sum()), 3, 5, 8)


def test_right_ones_too(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    app = open_page("mistakes", true="1", which="all", sort="index")
    assert shown_rows(app) == np.flatnonzero(predictions.labels == 1).tolist()[:PAGE_SIZE]


def test_a_page_later_shows_what_comes_next(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("mistakes", which="all", sort="index", page="3")
    assert shown_rows(app) == list(range(240, 360))
    assert shown_rows(open_page("mistakes", which="all", sort="index", page="999")) == list(range(960, 1000))


def test_a_filter_by_fate_is_a_count_by_hand(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    epochs = [stored(store, run_id, f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([item.labels == item.probabilities.argmax(axis=1) for item in epochs])
    never = ~right.any(axis=0)
    app = open_page("mistakes", split="validation", fate=Category.NEVER.value.replace(" ", "-"), which="all")
    assert says(app, int(never.sum()), Category.NEVER.value)
    assert set(shown_rows(app, "train")) == set(epochs[0].index[never].tolist())


def test_a_stopped_run_shows_its_validation_mistakes(open_page: OpenPage, runs_folder: Path, sample_only: Path) -> None:
    store = RunStore(runs_folder)
    run_id = finished_run(store, tested=False, epochs=2)
    predictions = stored(store, run_id, f"validation-{store.get(run_id).best_epoch:03d}")
    app = open_page("mistakes")
    found = predictions.index[wrong(predictions)]
    assert says(app, len(found))
    assert set(shown_rows(app, "train")) <= set(found)


def written(probability: float) -> str:
    """With two decimals, but never as certain."""
    return ">99.99%" if probability >= 0.99995 else f"{probability:.2%}"


def test_true_and_predicted_label_and_confidence_stand_below_each_digit(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    app = open_page("mistakes", which="all", sort="index")
    assert component(app, "mistakes.digits")["captions"] == [
        (f"{true}→{said.argmax()}" if true != said.argmax() else f"{true}") + f"\n{written(said.max())}"
        for true, said in zip(predictions.labels[:PAGE_SIZE], predictions.probabilities[:PAGE_SIZE], strict=True)
    ]


def test_a_run_without_mistakes_is_praised(open_page: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    (nothing_passes,) = open_page("mistakes", true="0", predicted="0").info.values
    labels = stored(store, run_id).labels
    perfect = Predictions.of_split(labels, np.eye(10, dtype=np.float32)[labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    app = open_page("mistakes")
    (praise,) = app.info.values
    assert praise != nothing_passes
    assert not has_component(app, "mistakes.digits")


def test_the_gallery_can_be_split_by_what_the_compared_run_gets_right(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    here, there = (stored(store, run_id).correct for run_id in (new, old))
    images = load_dataset("mnist-sample").test.images
    for word, is_right in (("correct", there), ("wrong", ~there)):
        app = open_page("mistakes", run=new, there=word, **{"with": old})
        assert sorted(rows(app, "mistakes.digits", images)) == np.flatnonzero(~here & is_right).tolist()
    assert len(rows(open_page("mistakes", run=new, there="wrong"), "mistakes.digits", images)) == (~here).sum()


def test_the_counts_of_a_comparison_open_the_digits_that_they_count(open_page: OpenPage, store: RunStore) -> None:
    new, old = store.run_ids()
    here, there = (stored(store, run_id).correct for run_id in (new, old))
    images = load_dataset("mnist-sample").test.images
    for outcome, is_meant in (("fixed", here & ~there), ("broken", ~here & there)):
        app = open_page("mistakes", run=new, **{"with": old})
        button = app.button(key=f"comparison.{outcome}")
        assert button.label.startswith(f"{is_meant.sum():,} ")
        button.click().run()
        assert sorted(rows(app, "mistakes.digits", images)) == np.flatnonzero(is_meant).tolist()


def test_only_filters_that_are_applied_are_named(open_page: OpenPage, store: RunStore) -> None:
    """Without its images, digits cannot be told by how they are written."""
    run_id = newest(store)
    store.update(run_id, lambda document: document["dataset"].update(sha256="0" * 64))
    app = open_page("mistakes", range="ink:100~120", sort="-slant")
    assert_sound(app)
    assert not any({100, 120} <= set(numbers(text)) for text in texts(app))
    assert next(box for box in app.selectbox if "sort" in box.key).value == "loss"
