"""The verdict above the scores: its numbers are counted from the stored predictions, its links show what they say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from scipy.stats import binomtest, fisher_exact
from sklearn.metrics import confusion_matrix, recall_score

from dashboard.views.evaluate.choices import FURTHER
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import assert_sound, component, figures, has_component, links, rows, says, texts
from tests.pages.opening import OpenPage

VERDICT = "evaluate.verdict"


def addresses(app: Any) -> dict[str, dict[str, str]]:
    """Where the links of the verdict lead, by the view."""
    return {query.get("view", "scores"): query for _, query in links(app.get_by_key(VERDICT))}


def save(store: RunStore, labels: np.ndarray, predicted: np.ndarray, confidence: float = 0.9) -> None:
    probabilities = np.full((len(labels), 10), (1 - confidence) / 9, dtype=np.float32)
    probabilities[np.arange(len(labels)), predicted] = confidence
    path = store.folder(newest(store)) / "predictions" / "test.npz"
    save_predictions(path, Predictions.of_split(labels, probabilities))


def test_the_accuracy_and_the_confusion_are_those_of_the_predictions(open_page: OpenPage, store: RunStore) -> None:
    found = stored(store, newest(store))
    predicted = found.probabilities.argmax(axis=1)
    n_wrong = int((predicted != found.labels).sum())
    app = open_page("evaluate")
    assert_sound(app)
    verdict = app.get_by_key(VERDICT)
    interval = binomtest(1000 - n_wrong, 1000).proportion_ci(0.95, method="wilson")
    assert says(verdict, n_wrong, 1000, f"{1 - n_wrong / 1000:.2%}", f"{interval.low:.2%}", f"{interval.high:.2%}")
    matrix = confusion_matrix(found.labels, predicted, labels=range(10)) * (1 - np.eye(10, dtype=int))
    true, other = map(int, addresses(app)["confusion"]["cell"].split("-"))
    assert matrix[true, other] == matrix.max()
    assert says(verdict, int(matrix.max()), n_wrong, str(true), str(other))


def test_the_links_open_the_digits_that_the_sentences_count(open_page: OpenPage, store: RunStore) -> None:
    found = stored(store, newest(store))
    predicted = found.probabilities.argmax(axis=1)
    images = load_dataset("mnist-sample").test.images
    to = addresses(open_page("evaluate"))
    true, other = map(int, to["confusion"]["cell"].split("-"))
    shown = rows(open_page("evaluate", **to["confusion"]), "evaluate.digits", images)
    assert set(shown) == set(np.flatnonzero((found.labels == true) & (predicted == other)))
    label = int(to["scores"]["line"].removeprefix("missed-"))
    shown = rows(open_page("evaluate", **to["scores"]), "evaluate.digits", images)
    assert set(shown) == set(np.flatnonzero((found.labels == label) & (predicted != label)))
    assert_sound(open_page("evaluate", **to["calibration"]))
    assert_sound(open_page("mistakes", **to["gallery"]))


def test_a_class_is_named_only_if_it_stands_out(open_page: OpenPage, store: RunStore) -> None:
    labels = stored(store, newest(store)).labels
    predicted = labels.copy()
    eights = np.flatnonzero(labels == 8)
    predicted[eights[: len(eights) // 4]] = 3
    save(store, labels, predicted)
    app = open_page("evaluate")
    recall = recall_score(labels, predicted, average=None)[8]
    assert fisher_exact([[25, 75], [0, 900]], alternative="greater").pvalue < 0.001
    assert addresses(app)["scores"]["line"] == "missed-8"
    assert says(app.get_by_key(VERDICT), "8", f"{recall:.2%}", "100%")  # of all others
    predicted = labels.copy()
    predicted[np.flatnonzero(labels == 8)[:2]] = 3
    save(store, labels, predicted)
    verdict = open_page("evaluate").get_by_key(VERDICT)
    assert says(verdict, "8", "98.00%")  # the lowest, with its interval
    assert not says(verdict, "8", "98.00%", "100%")  # and not against the others


def test_a_network_without_mistakes_has_neither_confusion_nor_weak_class(open_page: OpenPage, store: RunStore) -> None:
    labels = stored(store, newest(store)).labels
    save(store, labels, labels, confidence=0.999)
    app = open_page("evaluate")
    assert_sound(app)
    assert set(addresses(app)) <= {"calibration", "handwriting"}


def test_the_verdict_follows_the_split_and_the_epoch(open_page: OpenPage, store: RunStore) -> None:
    early = stored(store, newest(store), "validation-001")
    n_wrong = int((early.probabilities.argmax(axis=1) != early.labels).sum())
    app = open_page("evaluate", split="validation", epoch="1")
    assert says(app.get_by_key(VERDICT), n_wrong, len(early))
    for query in addresses(app).values():
        assert (query["run"], query["split"], query["epoch"]) == (newest(store), "validation", "1")
    opened = open_page("evaluate", **addresses(app)["confusion"])
    assert figures(open_page("evaluate", **addresses(app)["scores"]).get_by_key("evaluate.figures"))[0] == (
        f"{1 - n_wrong / len(early):.2%}"
    )
    assert has_component(opened, "evaluate.digits")


def make_wide_digits_wrong(store: RunStore) -> np.ndarray:
    """Predictions in which every other wide digit is wrong; returns the predicted labels."""
    data = load_dataset("mnist-sample").test
    inked = data.images.max(axis=1) > 0
    width = 28 - inked[:, ::-1].argmax(axis=1) - inked.argmax(axis=1)
    labels, predicted = data.labels, data.labels.copy()
    wide = np.flatnonzero(width >= np.quantile(width, 0.9))
    predicted[wide[::2]] = (labels[wide[::2]] + 1) % 10
    save(store, labels, predicted)
    return predicted


def test_a_confirmed_weak_slice_is_named_and_opened(open_page_at_rest: OpenPage, store: RunStore) -> None:
    """Wide digits are wrong on purpose."""
    data, predicted = load_dataset("mnist-sample").test, make_wide_digits_wrong(store)
    to = addresses(open_page_at_rest("evaluate"))["handwriting"]
    assert to["group"] == "0"
    shown = rows(open_page_at_rest("evaluate", **to), "evaluate.digits", data.images)
    assert np.mean(predicted[shown] != data.labels[shown]) > np.mean(predicted != data.labels)


def test_without_the_images_nothing_is_said_about_handwriting(open_page_at_rest: OpenPage, store: RunStore) -> None:
    store.update(newest(store), lambda document: document["dataset"].update(sha256="0" * 64))
    app = open_page_at_rest("evaluate")
    assert_sound(app)
    assert "handwriting" not in addresses(app)
    assert component(app, "evaluate.classes")["rows"]


def test_of_confusions_that_tie_the_link_opens_none(open_page: OpenPage, store: RunStore) -> None:
    labels = stored(store, newest(store)).labels
    predicted = labels.copy()
    for true, other in ((3, 5), (4, 9)):
        predicted[np.flatnonzero(labels == true)[:8]] = other
    save(store, labels, predicted)
    app = open_page("evaluate")
    assert says(app.get_by_key(VERDICT), 8, 16, "3 predicted as 5", "4 as 9")
    assert "cell" not in addresses(app)["confusion"]


def test_a_plain_page_says_nothing_whose_link_leads_to_a_view_that_it_leaves_out(
    open_page_at_rest: OpenPage, store: RunStore
) -> None:
    assert "calibration" in addresses(open_page_at_rest("evaluate"))
    app = open_page_at_rest("evaluate", plain="yes")
    assert_sound(app)
    assert not {view.value for view in FURTHER} & set(addresses(app))
    assert {"confusion", "scores", "gallery"} <= set(addresses(app))


def test_the_numbers_of_a_weak_slice_are_the_same_where_its_link_leads_to(
    open_page_at_rest: OpenPage, store: RunStore
) -> None:
    make_wide_digits_wrong(store)
    app = open_page_at_rest("evaluate")
    shares = re.findall(r"[0-9.]+%", texts(app.get_by_key(VERDICT))[-1])  # the slice comes last
    assert len(shares) == 2
    to = addresses(app)["handwriting"]
    headline = " ".join(texts(open_page_at_rest("evaluate", **to).get_by_key("evaluate.chosen")))
    assert re.findall(r"[0-9.]+%", headline) == shares
