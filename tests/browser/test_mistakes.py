"""Mistakes in a real browser: filters, orders, keyboard, operating on a digit, and files to take away."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.training_history import CATEGORIES, Category
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.runs.store import RunStore
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import button, choose, digits, expect_facts, field, figure, ids, keyed, option
from tests.browser.galleries import by_loss, expect_rows, gallery, of_run, predicted
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SORTED_BY_CONFIDENCE = 1
"""Position in the box with the orders."""


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture
def predictions(finished_runs: FinishedRuns) -> Predictions:
    return of_run(finished_runs, finished_runs.newer)


def open_mistakes(visitor: Visitor, runs: FinishedRuns, query: str = "") -> Page:
    return visitor.open(f"/mistakes?run={runs.newer}{query and '&'}{query}")


def expect_digits(visitor: Visitor, expected: Iterable[int]) -> None:
    expect_rows(visitor, gallery(visitor.page, "mistakes"), expected)


def press_label(visitor: Visitor, side: str, label: int) -> None:
    pill = option(visitor.page, f"linked.mistakes_{side}", label)
    pill.click()
    expect(pill).to_have_attribute("aria-pressed", "true")
    visitor.settle()


def expect_opened(page: Page, row: int, place: int, n: int) -> None:
    """The open digit is this row of the split, at this place among those of the gallery."""
    expect_facts(keyed(page, "mistakes.opened_digit"), row, place, n)


@pytest.mark.thorough
def test_filters_sorting_and_another_page_in_between(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_mistakes(visitor, finished_runs)
    wrong = np.flatnonzero(predicted(predictions) != predictions.labels)
    expect_facts(keyed(page, "mistakes.shown"), len(wrong))
    expect_digits(visitor, by_loss(predictions, wrong))
    for side, labels in (("true", (8, 9)), ("predicted", (3, 4))):
        for label in labels:
            press_label(visitor, side, label)
    chosen = wrong[np.isin(predictions.labels[wrong], [8, 9]) & np.isin(predicted(predictions)[wrong], [3, 4])]
    expect_facts(keyed(page, "mistakes.shown"), len(chosen), 8, 9, 3, 4)
    expect_digits(visitor, by_loss(predictions, chosen))
    choose(page, "mistakes_sort.by", SORTED_BY_CONFIDENCE)
    page.wait_for_url(re.compile("sort=-confidence"))
    visitor.settle()
    confidence = predictions.probabilities.max(axis=1)[chosen]
    by_confidence = chosen[np.argsort(-confidence, kind="stable")].tolist()
    expect_digits(visitor, by_confidence)
    visitor.go_to("evaluate")
    visitor.go_to("mistakes")
    expect_digits(visitor, by_confidence)
    page.reload()
    visitor.settle()
    expect_digits(visitor, by_confidence)
    button(page, "mistakes.clear").click()
    expect_digits(visitor, wrong[np.argsort(-predictions.probabilities.max(axis=1)[wrong], kind="stable")])


def test_a_click_opens_that_digit_and_its_case(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_mistakes(visitor, finished_runs)
    following = by_loss(predictions, predicted(predictions) != predictions.labels)
    expect(gallery(page, "mistakes").nth(7)).to_have_attribute("data-id", str(following[7]))
    gallery(page, "mistakes").nth(7).click()
    page.wait_for_url(re.compile(rf"image=test-{following[7]}\b"))
    expect_facts(keyed(page, "mistakes.card.words"), following[7])
    button(page, "mistakes.open_case").click()
    expect_opened(page, following[7], 8, len(following))
    visitor.settle()  # the keys are for the view that is open, not for the one that is left
    for key, place in (("j", 8), ("k", 7), ("k", 6)):
        page.keyboard.press(key)
        expect_opened(page, following[place], place + 1, len(following))


@pytest.mark.thorough
def test_arrow_keys_move_through_the_gallery_and_enter_opens(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_mistakes(visitor, finished_runs)
    expect(gallery(page, "mistakes").first).to_be_visible()
    rows = ids(gallery(page, "mistakes"))
    gallery(page, "mistakes").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"image=test-{rows[1]}\b"))
    expect_facts(keyed(page, "mistakes.card.words"), rows[1])


@pytest.mark.thorough
def test_the_case_shows_the_nearest_training_digits_of_the_run(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    store = RunStore(finished_runs.folder / "runs")
    page = open_mistakes(visitor, finished_runs, "view=explain&image=17")
    grid = digits(page, "mistakes.neighbours.*")
    expect(grid).to_have_count(8)
    weights = store.weights(finished_runs.newer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(visitor.server.data))
        kept = store_hidden_vectors(store, finished_runs.newer)
    image = load_dataset("mnist-sample").test.images[17].astype(np.float32) / 255
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    answer = np.maximum(
        np.einsum("rcij,ijf->rcf", windows, weights["conv_1/kernel"][:, :, 0]) + weights["conv_1/bias"], 0
    )
    own = answer.reshape(13, 2, 13, 2, 4).max(axis=(1, 3)).reshape(-1)
    nearest = np.argsort(np.linalg.norm(kept.vectors - own, axis=1), kind="stable")[:8]
    assert ids(grid) == kept.rows[nearest].tolist()


@pytest.mark.thorough
def test_fates_open_exactly_their_digits(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_mistakes(visitor, finished_runs, "view=training_history&split=validation")
    epochs = [of_run(finished_runs, finished_runs.newer, f"validation-{epoch:03d}") for epoch in range(1, 5)]
    right = np.array([predicted(item) == item.labels for item in epochs])
    never = epochs[0].index[~right.any(axis=0)]
    forgotten = epochs[0].index[right.any(axis=0) & ~right[-1]]
    figure(page, "mistakes.fates", CATEGORIES.index(Category.NEVER), 1).click()
    best = epochs[-1]
    expect_digits(visitor, by_loss(best, np.isin(best.index, never)))
    figure(page, "mistakes.fates", CATEGORIES.index(Category.FORGOTTEN), 1).click()
    expect_digits(visitor, by_loss(best, np.isin(best.index, forgotten)))
    first = int(by_loss(best, np.isin(best.index, forgotten))[0])
    gallery(page, "mistakes").first.click()
    expect_facts(keyed(page, "mistakes.history"), first)
    visitor.open_view("mistakes", "gallery")
    wrong = np.isin(best.index, forgotten) & (predicted(best) != best.labels)
    expect_facts(keyed(page, "mistakes.shown"), int(wrong.sum()))
    expect_digits(visitor, by_loss(best, wrong))


def answer_of(page: Page) -> tuple[str, list[str]]:
    """What is said of the digit as it is by now: the sentence, and the ten probabilities."""
    answer = keyed(page, "mistakes.answer")
    shares = answer.locator('[role="listitem"]').evaluate_all("all => all.map((line) => line.ariaLabel)")
    return answer.get_by_test_id("stMarkdown").first.inner_text(), shares


def wait_for_answer(visitor: Visitor) -> tuple[str, list[str]]:
    expect(keyed(visitor.page, "mistakes.answer").locator('[role="listitem"]')).to_have_count(10)
    visitor.settle()
    return answer_of(visitor.page)


def differs(now: tuple[str, list[str]], before: tuple[str, list[str]]) -> bool:
    """The probabilities are other ones, and the sentence is another one."""
    return now[0] != before[0] and now[1] != before[1]


@pytest.mark.thorough
def test_a_stroke_changes_the_answer_and_reset_brings_it_back(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_mistakes(visitor, finished_runs, "view=edit&image=3")
    before = wait_for_answer(visitor)
    box = keyed(page, "mistakes.pad").locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    wait_until(lambda: differs(answer_of(page), before))
    visitor.settle()
    keyed(page, "mistakes.pad").locator('[data-action="reset"]').click()
    wait_until(lambda: answer_of(page) == before)


@pytest.mark.thorough
def test_turning_a_digit_asks_about_the_turned_one(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = open_mistakes(visitor, finished_runs, "view=edit&image=3")
    before = wait_for_answer(visitor)
    field(page, "mistakes.operate.rotate.*").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_until(lambda: differs(answer_of(page), before))
    visitor.settle()
    button(page, "mistakes.operate.back").click()
    wait_until(lambda: answer_of(page) == before)


@pytest.mark.thorough
def test_what_is_exported_is_what_is_selected(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = open_mistakes(visitor, finished_runs, "view=export&true=9&sort=-confidence")
    wrong = np.flatnonzero((predicted(predictions) != predictions.labels) & (predictions.labels == 9))
    confidence = predictions.probabilities.max(axis=1)
    expected = wrong[np.argsort(-confidence[wrong], kind="stable")].tolist()
    files = {}
    for ending in ("csv", "png", "zip"):
        with page.expect_download() as started:
            button(page, f"mistakes.export.{ending}").click()
        files[ending] = Path(started.value.path()).read_bytes()
    lines = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert [int(line["index"]) for line in lines] == expected
    assert [float(line["confidence"]) for line in lines] == pytest.approx(confidence[expected].tolist(), rel=1e-4)
    assert {"ink", "slant", "probability_9"} <= set(lines[0])
    images = load_dataset("mnist-sample").test.images
    sheet = np.asarray(Image.open(io.BytesIO(files["png"])))
    np.testing.assert_array_equal(sheet[:28, :28], images[expected[0]])
    with zipfile.ZipFile(io.BytesIO(files["zip"])) as archive:
        pictures = [name for name in archive.namelist() if name.startswith("images/")]
        assert [int(name[7:12]) for name in pictures] == expected
        first = np.asarray(Image.open(io.BytesIO(archive.read(pictures[0]))))
        np.testing.assert_array_equal(first, images[expected[0]])
