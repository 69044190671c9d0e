"""The table of runs in the browser: its rows, headings, boxes and links."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitor
from tests.browser.finding import keyed


def run_lines(page: Page) -> Locator:
    """All rows."""
    return keyed(page, "runs.table").locator("tbody tr")


def run_line(page: Page, run_id: str) -> Locator:
    """The row of a run."""
    return keyed(page, "runs.table").locator(f'tbody tr[data-id="{run_id}"]')


def run_cell(page: Page, run_id: str, column: str) -> Locator:
    """What stands in a column of a run."""
    return run_line(page, run_id).locator(f'[data-column="{column}"]')


def expect_runs(page: Page, run_ids: Sequence[str]) -> None:
    """The rows are those of these runs, in this order."""
    lines = run_lines(page)
    expect(lines).to_have_count(len(run_ids))
    for place, run_id in enumerate(run_ids):
        expect(lines.nth(place)).to_have_attribute("data-id", run_id)


def heading(page: Page, column: str) -> Locator:
    """The button that sorts by a column."""
    return keyed(page, "runs.table").locator(f'th button[data-column="{column}"]')


def row_link(page: Page, run_id: str, name: str) -> Locator:
    """The link of a run to the page called `name`."""
    return run_line(page, run_id).locator(f'a[data-link="{name}"]')


def pick(visitor: Visitor, run_id: str) -> None:
    """Select a run, or deselect it."""
    box = run_line(visitor.page, run_id).locator("input")
    was = box.is_checked()
    box.click()
    visitor.settle()
    expect(box).to_be_checked(checked=not was)
