"""Every table can be downloaded, under the name of the run, with what is on screen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import VIEWS, expect_no_complaint, keyed
from tests.browser.galleries import of_run, predicted

pytestmark = [pytest.mark.slow, pytest.mark.browser]

UNGUARDED = "Download as CSV"
"""What Streamlit calls a download of its own, which passes on texts that a spreadsheet would run as formulas."""
OTHERS = '[class*="st-key-design-layers"], [class*="st-key-inside-computation"]'
"""The form of a design, which is exported as a configuration, and pictures of a computation."""
DOWNLOADS = '[data-testid="stDownloadButton"]'


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


def downloaded(page: Page, button: Locator) -> tuple[str, list[list[str]]]:
    """The name of the file that a button gives, and its rows."""
    with page.expect_download() as started:
        button.click()
    content = Path(started.value.path()).read_bytes().decode()
    return started.value.suggested_filename, list(csv.reader(io.StringIO(content)))


def test_a_table_is_downloaded_as_it_stands(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open(f"/evaluate?run={finished_runs.newer}")
    place = keyed(page, "evaluate.classes")
    name, rows = downloaded(page, place.locator(".csv"))
    stored = of_run(finished_runs, finished_runs.newer)
    assert name.startswith("Newer")
    assert name.endswith(".csv")
    counts = np.bincount(stored.labels, minlength=10)
    assert len(rows) == 11
    for row, count in zip(rows[1:], counts, strict=True):
        assert str(count) in [cell.replace(",", "") for cell in row]
    lines = place.get_by_role("row").all_inner_texts()
    assert [" ".join(row).split() for row in rows[1:]] == [line.split() for line in lines[1:]]


def test_a_confusion_matrix_is_downloaded_with_its_labels(visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open(f"/evaluate?run={finished_runs.newer}&view=confusion")
    _, rows = downloaded(page, keyed(page, "evaluate.matrix").locator(".csv"))
    stored = of_run(finished_runs, finished_runs.newer)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (stored.labels, predicted(stored)), 1)
    found = [[int(cell.replace(",", "") or 0) for cell in row[1:]] for row in rows[1:]]
    assert found == matrix.tolist()


PLACES = [(page, view) for page, views in VIEWS.items() for view in views]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "view"), PLACES, ids=lambda part: str(part))
def test_every_table_has_its_download(name: str, view: str, visitor: Visitor, finished_runs: FinishedRuns) -> None:
    page = visitor.open(f"/{name}?run={finished_runs.newer}&with={finished_runs.older}&view={view}")
    visitor.wait_until_drawn()
    expect_no_complaint(page)
    for table in page.get_by_role("table").all():
        if not table.is_visible() or table.evaluate(f"table => Boolean(table.getRootNode().host?.closest('{OTHERS}'))"):
            continue
        offers = table.locator("xpath=following-sibling::*[contains(@class, 'csv')]")
        if name == "runs" and offers.count() == 0:  # all runs, not only those of one page of the table
            offers = page.locator(DOWNLOADS)
        expect(offers.first).to_be_visible()
    expect(
        page.get_by_test_id("stElementToolbarButton").filter(visible=True, has=page.get_by_label(UNGUARDED))
    ).to_have_count(0)
    frames = page.get_by_test_id("stDataFrame").filter(visible=True).count()
    assert page.locator(DOWNLOADS).filter(visible=True).count() >= frames
