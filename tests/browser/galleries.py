"""What the tests of Evaluate and Mistakes share: stored predictions, and the galleries that must show their digits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from playwright.sync_api import Locator, Page, expect

from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.store import RunStore
from tests.browser.conftest import FinishedRuns, Visitor
from tests.browser.finding import digits, ids
from tests.pages.evaluated_runs import stored

PAGE_SIZE = 120


def of_run(runs: FinishedRuns, run_id: str, file: str = "test") -> Predictions:
    """What a run answered, straight from its file."""
    return stored(RunStore(runs.folder / "runs"), run_id, file)


def predicted(predictions: Predictions) -> np.ndarray:
    return predictions.probabilities.argmax(axis=1)


def by_loss(predictions: Predictions, chosen: np.ndarray) -> list[int]:
    """Row numbers of the chosen digits (a mask or positions), the highest loss first."""
    positions = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
    true = predictions.probabilities[positions, predictions.labels[positions]]
    return predictions.index[positions[np.argsort(true, kind="stable")]].tolist()


def gallery(page: Page, name: str) -> Locator:
    """The digits of the gallery on the page called `name`."""
    return digits(page, f"{name}.digits.*")


def expect_rows(visitor: Visitor, grid: Locator, expected: Iterable[int], *, size: int = PAGE_SIZE) -> None:
    """The digits on all pages of a grid are exactly these, in this order; waits until the browser has drawn them."""
    wanted = [int(row) for row in expected]
    for start in range(0, len(wanted), size):
        if start:
            visitor.page.get_by_test_id("stPaginationNext").click()
        part = wanted[start : start + size]
        expect(grid).to_have_count(len(part))
        expect(grid.first).to_have_attribute("data-id", str(part[0]))
        visitor.settle()
        assert ids(grid) == part
