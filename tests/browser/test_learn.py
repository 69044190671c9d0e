"""Lessons in a real browser: taken by clicks on the real pages, left, gone on with, and with real trainings."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sklearn.metrics import confusion_matrix

from dashboard.shared.lessons.catalogue import LESSONS
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.store import RunStore
from tests.browser.conftest import FinishedRuns, Server, Visitor, serving
from tests.browser.finding import button, cell, choose, expect_no_complaint, keyed, links
from tests.browser.galleries import gallery, of_run

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SORTED_BY_CONFIDENCE = 1
"""Position in the box with the orders."""
TRAINING_SECONDS = 120


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture
def predictions(finished_runs: FinishedRuns) -> Predictions:
    return of_run(finished_runs, finished_runs.newer)


def begin(visitor: Visitor, name: str) -> None:
    """Open a lesson by its card."""
    page = visitor.page
    links(keyed(page, f"link_card.learn.{name}"), LESSONS[name].page).click()
    page.wait_for_url(re.compile(rf"/{LESSONS[name].page}\?.*lesson={name}\.0p"))
    visitor.settle()


def predict(visitor: Visitor, position: int) -> None:
    """Choose an option, and go on to the trial."""
    page = visitor.page
    keyed(page, "lesson.predict").locator("label:has(input)").nth(position).click()
    press(visitor, "predicted")
    expect(keyed(page, "lesson.trial")).to_be_visible()


def press(visitor: Visitor, name: str) -> None:
    """Press the button of a phase: `predicted`, `see`, `next`."""
    expect(button(visitor.page, f"lesson.{name}")).to_be_enabled()
    button(visitor.page, f"lesson.{name}").click()
    visitor.settle()


def way(page: Page, target: str) -> Locator:
    """The link of the lesson to a page."""
    return links(keyed(page, "lesson"), target)


def expect_place(page: Page, place: str) -> None:
    page.wait_for_url(re.compile(rf"[?&]lesson={re.escape(place)}(&|$)"))


@pytest.mark.thorough
def test_a_lesson_is_taken_on_the_pages_left_and_gone_on_with(
    visitor: Visitor, finished_runs: FinishedRuns, predictions: Predictions
) -> None:
    page = visitor.open(f"/learn?run={finished_runs.newer}")
    begin(visitor, "mistakes")
    predict(visitor, 0)
    way(page, "evaluate").click()
    counts = confusion_matrix(predictions.labels, predictions.probabilities.argmax(axis=1))
    np.fill_diagonal(counts, 0)
    fewest, most = (np.argwhere(counts == count)[0] for count in (counts[counts > 0].min(), counts.max()))
    cell(page, *map(int, fewest)).click()
    visitor.settle()
    expect(button(page, "lesson.see")).to_be_disabled()
    cell(page, *map(int, most)).click()
    press(visitor, "see")
    expect(keyed(page, "lesson")).to_contain_text(str(counts.max()))
    press(visitor, "next")
    predict(visitor, 1)
    expect_place(page, "mistakes.1t.01")

    button(page, "lesson.close").click()
    expect(keyed(page, "lesson")).to_have_count(0)
    visitor.go_to("learn")
    links(keyed(page, "link_card.learn.mistakes"), "evaluate").click()
    expect_place(page, "mistakes.1t.01")
    page.reload()
    expect(keyed(page, "lesson.trial")).to_be_visible()

    way(page, "mistakes").click()
    page.wait_for_url(re.compile("/mistakes"))
    visitor.settle()
    choose(page, "mistakes_sort.by", SORTED_BY_CONFIDENCE)
    visitor.settle()
    gallery(page, "mistakes").first.click()
    press(visitor, "see")
    press(visitor, "next")
    predict(visitor, 0)
    way(page, "mistakes").click()  # a link from the page to itself
    visitor.settle()
    press(visitor, "see")
    press(visitor, "next")
    page.wait_for_url(re.compile(r"[?&]done=mistakes(&|$)"))
    visitor.go_to("learn")
    expect_no_complaint(page)


@pytest.mark.thorough
def test_a_step_back_in_the_browser_leaves_the_lesson_where_it_is(
    visitor: Visitor, finished_runs: FinishedRuns
) -> None:
    page = visitor.open(f"/evaluate?run={finished_runs.newer}&lesson=confidence.0p")
    predict(visitor, 1)
    visitor.open_view("evaluate", "calibration")
    press(visitor, "see")
    expect_place(page, "confidence.0a.1")
    visitor.go_to("mistakes")
    page.go_back()
    page.wait_for_url(re.compile("/evaluate"))
    visitor.settle()
    page.go_back()
    visitor.settle()
    expect_place(page, "confidence.0a.1")


@pytest.mark.thorough
def test_a_lesson_sees_the_trainings_that_it_asked_for(
    browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path
) -> None:
    with serving(tmp_path_factory.mktemp("lesson"), sample_data_folder) as running:
        visitor = Visitor(browser.pages[0], running)
        store = RunStore(running.runs)
        page = visitor.open("/learn")
        begin(visitor, "convolution")
        for position in (1, 2):
            predict(visitor, position)
            way(page, "design").click()
            visitor.settle()
            button(page.get_by_test_id("stBottom"), "design.start").click()
            page.wait_for_url(re.compile("/train"))
            expect(button(page, "lesson.see")).to_be_enabled(timeout=1000 * TRAINING_SECONDS)
            press(visitor, "see")
            expect(keyed(page, "lesson")).to_contain_text(f"{store.get(store.run_ids()[0]).summary.test_accuracy:.2%}")
            press(visitor, "next")
        assert len(store.run_ids()) == 2
        predict(visitor, 1)
        expect(button(page, "lesson.see")).to_be_disabled()
        way(page, "runs").click()
        page.wait_for_url(re.compile("view=ledger"))
        press(visitor, "see")
        press(visitor, "next")
        page.wait_for_url(re.compile("done=convolution"))
        visitor.leave()
