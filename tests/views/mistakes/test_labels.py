"""The label review saves what is pressed, shows what comes next, and counts under both labels as scikit-learn does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score
from streamlit.testing.v1 import AppTest

from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import DecisionKind
from mnist_core.data.label_overlay.store import decide, overlay_file
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, store, stored
from tests.pages.finding import (
    assert_sound,
    component,
    figures,
    has_component,
    is_shown,
    links,
    numbers,
    rows,
    says,
    texts,
)
from tests.pages.opening import OpenPage

__all__ = ["store"]


@pytest.fixture(autouse=True)
def own_data(store: RunStore, open_page: OpenPage, empty_data_folder: Path) -> Path:
    """A folder of data sets that only this test decides in."""
    return empty_data_folder


def suspects_by_hand(predictions: Predictions) -> list[int]:
    """Rows of the misclassified digits whose predicted label is as probable as for the images that have it."""
    said = predictions.probabilities
    usual = [said[predictions.labels == label, label].mean() for label in range(10)]
    gaps = {
        row: own.max() - own[label]
        for row, label, own in zip(predictions.index.tolist(), predictions.labels.tolist(), said, strict=True)
        if own.argmax() != label and own.max() >= usual[own.argmax()]
    }
    return sorted(gaps, key=lambda row: -gaps[row])


def saved(folder: Path) -> dict[tuple[str, int], tuple[str, int | None]]:
    """What is on disk about the sample."""
    path = overlay_file(folder, load_dataset("mnist-sample").sha256)
    items = json.loads(path.read_text())["decisions"] if path.is_file() else []
    return {(item["split"], item["row"]): (item["decision"], item.get("label")) for item in items}


def press(app: AppTest, what: str) -> AppTest:
    """One of the buttons for the open digit: `keep`, `ambiguous` or a label."""
    found = [button for button in app.button if (button.key or "").startswith(f"mistakes.review_{what}.")]
    (one,) = found
    return one.click().run()


def opened(app: AppTest) -> str:
    """What the address says is open."""
    (text,) = np.atleast_1d(app.query_params["image"])
    return str(text)


def listed(app: AppTest, split: str = "test") -> list[int]:
    return rows(app, "mistakes.reviewed", load_dataset("mnist-sample").split(split).images)


def review(open_page: OpenPage, **url: str) -> AppTest:
    app = open_page("mistakes", **{"view": "labels", **url})
    assert_sound(app)
    return app


def test_the_most_suspect_label_comes_first(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    expected = suspects_by_hand(predictions)
    app = review(open_page)
    assert listed(app) == expected
    assert opened(app) == f"test-{expected[0]}"
    assert says(app.get_by_key("mistakes.review_bar"), 1, len(expected), expected[0])
    own = predictions.probabilities[expected[0]]
    said = numbers(app.get_by_key("mistakes.review_words").markdown[0].value)
    label = predictions.labels[expected[0]]
    assert said == pytest.approx([label, 100 * own[label], own.argmax(), 100 * own.max()], abs=0.011)


def test_each_button_saves_its_decision_and_opens_the_next_label(
    open_page: OpenPage, store: RunStore, own_data: Path
) -> None:
    predictions = stored(store, newest(store))
    first, second, third, fourth, *_ = suspects_by_hand(predictions)
    new = (int(predictions.labels[second]) + 1) % 10
    app = press(review(open_page), "keep")
    assert opened(app) == f"test-{second}"
    app = press(press(app, f"{new}"), "ambiguous")
    assert opened(app) == f"test-{fourth}"
    assert saved(own_data) == {
        ("test", first): ("keep", None),
        ("test", second): ("relabel", new),
        ("test", third): ("ambiguous", None),
    }
    progress = app.get_by_key("mistakes.review_progress").get("progress")[0]
    assert numbers(progress.proto.text)[:2] == [3, len(suspects_by_hand(predictions))]
    assert opened(review(open_page)) == f"test-{fourth}"  # where nothing is open, the first that is left


def test_the_label_that_an_image_has_means_keep(open_page: OpenPage, store: RunStore, own_data: Path) -> None:
    predictions = stored(store, newest(store))
    row = suspects_by_hand(predictions)[0]
    press(review(open_page), f"{predictions.labels[row]}")
    assert saved(own_data) == {("test", row): ("keep", None)}


def test_accuracy_under_both_labels_is_that_of_scikit_learn(open_page: OpenPage, store: RunStore) -> None:
    predictions = stored(store, newest(store))
    first, second, third, *_ = suspects_by_hand(predictions)
    said = predictions.probabilities.argmax(axis=1)
    app = review(open_page)
    assert not has_component(app, "mistakes.both_labels")
    for what in (f"{said[first]}", "ambiguous", "keep"):
        app = press(app, what)
    labels, is_counted = predictions.labels.copy(), np.ones(1000, dtype=bool)
    labels[first], is_counted[second] = said[first], False
    original, reviewed = component(app, "mistakes.both_labels")["rows"]
    assert [cell[0] for cell in original[1:4]] == [
        "1,000",
        str((predictions.labels == said).sum()),
        f"{accuracy_score(predictions.labels, said):.2%}",
    ]
    assert [cell[0] for cell in reviewed[1:4]] == [
        "999",
        str((labels == said)[is_counted].sum()),
        f"{accuracy_score(labels[is_counted], said[is_counted]):.2%}",
    ]
    (sentence,) = texts(app.get_by_key("mistakes.reviewed_accuracy"))
    assert numbers(sentence)[-3:] == [1, 0, 1]  # to correct, to wrong, left out
    assert third in listed(app)


def test_undo_takes_the_last_decision_back_and_shows_its_digit(
    open_page: OpenPage, store: RunStore, own_data: Path
) -> None:
    first, second, *_ = suspects_by_hand(stored(store, newest(store)))
    app = review(open_page)
    assert app.button(key="mistakes.review_undo").disabled
    app = press(press(app, "keep"), "ambiguous")
    app.button(key="mistakes.review_undo").click().run()
    assert (opened(app), list(saved(own_data))) == (f"test-{second}", [("test", first)])
    held = review(open_page, split="validation")  # another tab, on the other split
    held.button(key="mistakes.review_undo").click().run()
    assert (opened(held), saved(own_data)) == (f"test-{first}", {})
    assert "split" not in held.query_params


def test_validation_images_are_rows_of_the_training_split(open_page: OpenPage, store: RunStore, own_data: Path) -> None:
    run_id = newest(store)
    predictions = stored(store, run_id, f"validation-{store.get(run_id).best_epoch:03d}")
    expected = suspects_by_hand(predictions)
    app = review(open_page, split="validation")
    assert listed(app, "train") == expected
    press(app, "keep")
    assert list(saved(own_data)) == [("train", expected[0])]


def test_a_digit_from_the_gallery_is_reviewed_and_can_be_left_to_review_again(
    open_page: OpenPage, store: RunStore, own_data: Path
) -> None:
    expected = suspects_by_hand(stored(store, newest(store)))
    row = next(row for row in range(1000) if row not in expected)
    app = press(review(open_page, image=f"test-{row}"), "ambiguous")
    assert opened(app) == f"test-{row}"
    assert listed(app) == [*expected, row]
    app.button(key="mistakes.review_remove").click().run()
    assert (saved(own_data), listed(app)) == ({}, expected)
    app.button(key="mistakes.review_next").click().run()
    assert opened(app) == f"test-{expected[0]}"


def test_the_list_is_filtered_by_decision_and_reopens_a_digit(open_page: OpenPage, store: RunStore) -> None:
    first, second, third, *rest = suspects_by_hand(stored(store, newest(store)))
    app = press(press(press(review(open_page), "keep"), "ambiguous"), "keep")
    assert listed(app) == [first, second, third, *rest]
    kept = review(open_page, reviewed="keep", image=f"test-{rest[0]}")
    assert listed(kept) == [first, third]
    assert listed(review(open_page, reviewed="ambiguous")) == [second]
    assert listed(review(open_page, reviewed="open")) == rest
    assert not has_component(review(open_page, reviewed="relabel"), "mistakes.reviewed")
    (key,) = [element.key for element in kept.get("bidi_component") if element.key.startswith("mistakes.reviewed.")]
    kept.session_state[key] = {"picked": 1}
    kept.run()
    assert opened(kept) == f"test-{third}"
    assert says(kept.get_by_key("mistakes.review_bar"), third)


def test_decisions_are_about_images_whichever_run_is_open(open_page: OpenPage, store: RunStore, own_data: Path) -> None:
    new, old = store.run_ids()
    row = suspects_by_hand(stored(store, new))[0]
    press(review(open_page, run=new), "ambiguous")
    assert row in listed(review(open_page, run=old, reviewed="ambiguous"))


def test_all_reviewed_and_nothing_suspect_are_said(open_page: OpenPage, store: RunStore, own_data: Path) -> None:
    run_id = newest(store)
    sample, predictions = load_dataset("mnist-sample"), stored(store, run_id)
    for row in suspects_by_hand(predictions):
        decide(own_data, sample.sha256, ImageRef(split=SplitName.TEST, row=row), DecisionKind.KEEP)
    app = review(open_page)
    assert not app.info
    assert app.get_by_key("mistakes.review_progress").get("progress")[0].proto.value == 100
    perfect = Predictions.of_split(predictions.labels, np.eye(10, dtype=np.float32)[predictions.labels])
    save_predictions(store.folder(run_id) / "predictions" / "test.npz", perfect)
    app = review(open_page)
    assert len(app.info) == 1
    assert not is_shown(app, "mistakes.review_bar")


def test_without_the_images_of_the_run_nothing_can_be_reviewed(open_page: OpenPage, store: RunStore) -> None:
    store.update(newest(store), lambda document: document["dataset"].update(sha256="0" * 64))
    app = review(open_page)
    assert len(app.info) == 1
    assert not is_shown(app, "mistakes.review_bar")


def test_a_damaged_file_is_a_sentence_and_the_scores_stay(open_page: OpenPage, own_data: Path) -> None:
    path = overlay_file(own_data, load_dataset("mnist-sample").sha256)
    path.parent.mkdir()
    path.write_text("{")
    (sentence,) = open_page("mistakes", view="labels").error.values
    assert path.name in sentence.replace("\\", "")
    app = open_page("evaluate")
    assert_sound(app)
    assert len(figures(app.get_by_key("evaluate.figures"))) == 5
    assert path.read_text() == "{"


def to_review(app: AppTest) -> list[dict[str, str]]:
    return [query for page, query in links(app) if page == "mistakes" and query.get("view") == "labels"]


def test_the_scores_link_to_the_review_once_there_are_decisions(
    open_page: OpenPage, store: RunStore, own_data: Path
) -> None:
    predictions = stored(store, newest(store))
    sample = load_dataset("mnist-sample")
    assert to_review(open_page("evaluate")) == []
    row = suspects_by_hand(predictions)[0]
    decide(own_data, sample.sha256, ImageRef(split=SplitName.TEST, row=row), DecisionKind.AMBIGUOUS)
    app = open_page("evaluate")
    (label,) = [link.proto.label for link in app.get("page_link") if "view=labels" in link.proto.query_string]
    rest = np.arange(1000) != row
    right = (predictions.labels == predictions.probabilities.argmax(axis=1))[rest]
    assert numbers(label) == [pytest.approx(100 * right.mean(), abs=0.006), 1]
    (address,) = to_review(app)
    assert listed(review(open_page, **address))[0] == row
    assert to_review(open_page("evaluate", split="validation")) == []  # nothing is decided about those


def test_suspect_labels_on_explore_lead_to_their_review(open_page_at_rest: OpenPage, store: RunStore) -> None:
    run_id = newest(store)
    app = open_page_at_rest("explore", view="data_quality", odd="suspects", run=run_id)
    (address,) = to_review(app)
    assert (address["run"], address["split"]) == (run_id, "validation")
