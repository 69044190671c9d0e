"""Runs in a real browser, on runs that nobody changes: found, sorted, opened, compared and exported."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect
from sklearn.metrics import accuracy_score, confusion_matrix

from dashboard.views.runs.choices import OUTCOMES, LedgerOutcome
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.comparison import Outcome
from mnist_core.runs.store import RunStore
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import button, cell, digits, expect_facts, field, ids, keyed, option, switch
from tests.browser.galleries import by_loss, expect_rows, gallery, of_run, predicted
from tests.browser.run_table import expect_runs, heading, pick, row_link, run_line, run_lines

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture
def store(finished_runs: FinishedRuns) -> RunStore:
    return RunStore(finished_runs.folder / "runs")


def type_into(visitor: Visitor, choice: str, text: str) -> None:
    box = field(visitor.page, f"linked.{choice}*")
    box.fill(text)
    box.press("Enter")
    visitor.settle()


def test_runs_are_found_and_sorted_and_the_link_brings_them_back(
    visitor: Visitor, finished_runs: FinishedRuns, store: RunStore
) -> None:
    newest = [finished_runs.newer, finished_runs.older, finished_runs.lenet]
    page = visitor.open("/runs")
    expect_runs(page, newest)
    type_into(visitor, "runs_text", "oLDER")
    expect_runs(page, [finished_runs.older])
    type_into(visitor, "runs_text", "")
    type_into(visitor, "runs_filters", "seed=0, epochs>2")
    expect_runs(page, [finished_runs.newer])
    type_into(visitor, "runs_filters", "")
    by_score = sorted(newest, key=lambda run_id: -(store.get(run_id).summary.validation_accuracy or -1))
    for direction, expected in (("descending", by_score), ("ascending", [*by_score[1::-1], by_score[2]])):
        heading(page, "validation_accuracy").click()
        expect(keyed(page, "runs.table").locator("th[aria-sort]")).to_have_attribute("aria-sort", direction)
        expect_runs(page, expected)  # the run without a score is the last one, both ways
    visitor.settle()
    page.reload()
    visitor.settle()
    expect_runs(page, [*by_score[1::-1], by_score[2]])


@pytest.mark.parametrize("name", ["evaluate", "train", "mistakes", "inside"])
@pytest.mark.thorough
def test_one_click_opens_a_run_on_a_page(visitor: Visitor, finished_runs: FinishedRuns, name: str) -> None:
    page = visitor.open("/runs")
    row_link(page, finished_runs.older, name).click()
    page.wait_for_url(re.compile(rf"/{name}\?.*run={finished_runs.older}"))
    visitor.settle()
    page.go_back()
    expect_runs(page, [finished_runs.newer, finished_runs.older, finished_runs.lenet])


@pytest.mark.thorough
def test_repeats_are_one_row_that_unfolds(visitor: Visitor, finished_runs: FinishedRuns, store: RunStore) -> None:
    page = visitor.open("/runs?repeats=grouped")
    expect(run_lines(page)).to_have_count(2)
    group = run_lines(page).first
    scores = sorted(
        store.get(run_id).summary.test_accuracy or 0 for run_id in (finished_runs.newer, finished_runs.older)
    )
    expect_facts(group, 2, *(f"{100 * score:.2f}%" for score in (sum(scores) / 2, *scores)))
    group.locator("button[aria-expanded]").click()
    expect(run_lines(page)).to_have_count(4)
    expect(run_line(page, finished_runs.older)).to_be_visible()
    group.locator("button[aria-expanded]").click()
    expect(run_lines(page)).to_have_count(2)


@pytest.mark.thorough
def test_the_export_has_all_runs(visitor: Visitor, finished_runs: FinishedRuns, store: RunStore) -> None:
    page = visitor.open("/runs")
    with page.expect_download() as started:
        button(page, "runs.export").click()
    lines = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    assert [line["run_id"] for line in lines] == [finished_runs.newer, finished_runs.older, finished_runs.lenet]
    scores = [store.get(line["run_id"]).summary.test_accuracy for line in lines]
    assert [float(line["test_accuracy"]) if line["test_accuracy"] else None for line in lines] == scores


@pytest.mark.thorough
def test_two_runs_are_selected_and_compared(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open("/runs")
    pick(visitor, finished_runs.older)
    pick(visitor, finished_runs.newer)
    follow(visitor, 0)
    page.wait_for_url(re.compile("view=compare"))
    before, after = (of_run(finished_runs, run_id) for run_id in (finished_runs.older, finished_runs.newer))
    expected = np.subtract(*(confusion_matrix(one.labels, predicted(one), labels=range(10)) for one in (after, before)))
    true, said = (int(place) for place in np.argwhere(expected * (1 - np.eye(10)) != 0)[0])
    expect(cell(page, true, said, key="runs.change")).to_have_text(f"{expected[true, said]:+d}".replace("-", "−"))
    cell(page, true, said, key="runs.change").click()
    moved = (before.labels == true) & ((predicted(before) == said) != (predicted(after) == said))
    expect(digits(page, "runs.moved")).to_have_count(int(moved.sum()))
    assert ids(digits(page, "runs.moved")) == before.index[moved].tolist()
    expect(keyed(page, "runs.networks").locator("tbody tr")).to_have_count(5)


@pytest.mark.parametrize(
    "outcome",
    [LedgerOutcome.FIXED, *(pytest.param(one, marks=pytest.mark.thorough) for one in LedgerOutcome if one != "fixed")],
)
def test_an_outcome_of_the_ledger_shows_exactly_its_digits(
    visitor: Visitor, finished_runs: FinishedRuns, outcome: LedgerOutcome
) -> None:
    page = visitor.open(f"/runs?view=ledger&run={finished_runs.newer}&with={finished_runs.older}")
    option(page, "linked.runs_outcome*", list(OUTCOMES).index(outcome)).click()
    visitor.settle()
    before, after = (of_run(finished_runs, run_id) for run_id in (finished_runs.older, finished_runs.newer))
    was, now = (predicted(one) == one.labels for one in (before, after))
    wanted = {Outcome.BOTH_RIGHT: was & now, Outcome.FIXED: ~was & now, Outcome.BROKEN: was & ~now,
              Outcome.BOTH_WRONG: ~was & ~now}[OUTCOMES[outcome]]  # fmt: skip
    expect_rows(visitor, gallery(page, "runs.ledger"), by_loss(after, wanted))


@pytest.mark.thorough
def test_a_digit_of_the_ledger_is_the_one_that_is_opened(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open(f"/runs?view=ledger&run={finished_runs.newer}&with={finished_runs.older}&outcome=broken")
    before, after = (of_run(finished_runs, run_id) for run_id in (finished_runs.older, finished_runs.newer))
    broken = by_loss(after, (predicted(before) == before.labels) & (predicted(after) != after.labels))
    expect(gallery(page, "runs.ledger")).to_have_count(len(broken))
    gallery(page, "runs.ledger").nth(1).click()
    page.wait_for_url(re.compile(rf"image=test-{broken[1]}\b"))
    label = load_dataset("mnist-sample").test.labels[broken[1]]
    expect_facts(keyed(page, "runs.ledger.card.words"), broken[1], int(label))


@pytest.mark.thorough
def test_the_ensemble_is_the_average_of_its_runs(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    chosen = (finished_runs.older, finished_runs.newer)
    page = visitor.open(f"/runs?view=ensemble&runs={'.'.join(chosen)}")
    each = [of_run(finished_runs, run_id) for run_id in chosen]
    assert all(np.array_equal(one.index, each[0].index) for one in each)
    mean = np.mean([one.probabilities.astype(np.float64) for one in each], axis=0)
    n_wrong = int((mean.argmax(axis=1) != each[0].labels).sum())
    score = accuracy_score(each[0].labels, mean.argmax(axis=1))
    expect_facts(keyed(page, "runs.ensemble.figures"), f"{100 * score:.2f}%", n_wrong)
    wrong = np.all([predicted(one) != one.labels for one in each], axis=0)
    expect(digits(page, "runs.wrong")).to_have_count(min(120, int(wrong.sum())))
    assert set(ids(digits(page, "runs.wrong"))) <= set(each[0].index[wrong].tolist())


@pytest.mark.thorough
def test_shift_selects_a_range_and_the_keyboard_sorts(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open("/runs")
    boxes: Locator = keyed(page, "runs.table").locator("td input")
    boxes.first.click()
    boxes.nth(2).click(modifiers=["Shift"])
    visitor.settle()
    expect(keyed(page, "runs.table").locator('tr[aria-selected="true"]')).to_have_count(3)
    heading(page, "name").focus()
    page.keyboard.press("Enter")
    visitor.settle()
    expect(keyed(page, "runs.table").locator("th[aria-sort]")).to_have_count(1)
    expect(keyed(page, "runs.table").locator('tr[aria-selected="true"]')).to_have_count(3)
    expect(heading(page, "name")).to_be_focused()


@pytest.mark.thorough
def test_columns_and_settings_are_chosen_and_kept(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open("/runs?columns=name.batch_size.optimizer")
    expect(keyed(page, "runs.table").locator("th button")).to_have_count(4)  # and that by which it is sorted
    expect(run_line(page, finished_runs.newer).locator('[data-column="optimizer"]')).to_have_text(
        "adam", ignore_case=True
    )
    button(page, "runs.columns.open").click()
    switch(page, "linked.runs_repeats*")
    visitor.settle()
    visitor.go_to("evaluate")
    visitor.go_to("runs")
    expect(keyed(page, "runs.table").locator("th button")).to_have_count(4)
    expect(run_lines(page)).to_have_count(2)


def follow(visitor: Visitor, place: int) -> None:
    """A link above the table, counted from 0: Compare, Ledger, Ensemble."""
    actions = keyed(visitor.page, "runs.actions")
    actions.locator("a").filter(visible=True).nth(place).click()
    visitor.settle()
