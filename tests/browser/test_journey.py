"""The whole job as a person does it, on a machine that has only the bundled sample: from a link to a look inside."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from mnist_core.models.layers import Conv
from mnist_core.models.recipes import RECIPES, Recipe
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Visitor
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS = 2
SMALL_BATCH = 4  # so many batches that the training lasts for several ticks of the page, however fast the machine
TRAINING_SECONDS = 120
PROGRESS = re.compile(r"Epoch (\d+) of (\d+) · batch ([\d,]+) of ([\d,]+)")
READ_PROGRESS = "() => document.querySelector('[data-testid=\"stProgress\"]')?.innerText ?? ''"
GALLERY = "Digits of the selection"
GALLERY_PAGE = 120

Pair = tuple[int, int]


def test_a_person_explores_trains_and_finds_out_where_it_errs(visitor: Visitor) -> None:
    come_in_by_a_deep_link(visitor)
    explore(visitor)
    start_training(visitor, fastest_recipe_with_filters())
    store = RunStore(visitor.server.runs)
    (run_id,) = store.run_ids()
    watch(visitor, store, run_id)
    assert [metrics.epoch for metrics in store.history(run_id)] == [1, 2]
    cells = rows_of_cells(store, run_id)
    open_cells_of_the_matrix(visitor, cells)
    go_through_the_mistakes(visitor, cells)
    look_inside(visitor, store, run_id)


def fastest_recipe_with_filters() -> Recipe:
    with_filters = [
        recipe for recipe in RECIPES.values() if any(isinstance(layer, Conv) for layer in recipe.architecture.layers)
    ]
    return min(with_filters, key=lambda recipe: recipe.architecture.multiply_adds)


def come_in_by_a_deep_link(visitor: Visitor) -> None:
    page = visitor.open("/evaluate?view=confusion")
    expect(page.get_by_role("heading", name="Evaluate", level=1)).to_be_visible()
    expect(page.get_by_text("No run to show yet")).to_be_visible()


def explore(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go_to("Explore")
    expect(page.get_by_text("4,000").first).to_be_visible()
    digits = visitor.digits(re.compile("^All train"))
    digits.nth(7).click()
    page.wait_for_url(re.compile(r"[?&]image=train-\d+"))
    expect(digits.nth(7)).to_have_attribute("aria-pressed", "true")


def start_training(visitor: Visitor, recipe: Recipe) -> None:
    page = visitor.page
    visitor.go_to("Design")
    page.get_by_text(recipe.title, exact=True).first.click()
    bar = page.get_by_test_id("stBottom")
    expect(bar).to_contain_text(f"{recipe.parameters:,} parameters")
    for label, number in (("Epochs", EPOCHS), ("Batch size", SMALL_BATCH)):
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(str(number))
        field.press("Tab")
        visitor.settle()
    expect(bar).to_contain_text(f"{EPOCHS} epochs on mnist-sample")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="Train", level=1)).to_be_visible()


def watch(visitor: Visitor, store: RunStore, run_id: str) -> None:
    """Progress moves three times; it is still there, and moves on, after a reload in the middle of the training."""
    page = visitor.page
    before = moments(visitor, 3)
    page.reload()
    after = moments(visitor, 1)
    assert store.get(run_id).status is RunStatus.RUNNING, "the reload came too late to say anything"
    assert before == sorted(before)
    assert after[0] >= before[-1]
    wait_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, seconds=TRAINING_SECONDS)
    accuracy = store.get(run_id).summary.test_accuracy
    shown = page.get_by_test_id("stMetric").filter(has_text="Test accuracy").get_by_test_id("stMetricValue")
    expect(shown).to_have_text(f"{accuracy:.2%}")


def moments(visitor: Visitor, count: int) -> list[Pair]:
    """The next `count` different states of the progress bar, as (epoch, batch)."""
    seen: list[Pair] = []

    def has_moved_often_enough() -> bool:
        found = PROGRESS.search(visitor.page.evaluate(READ_PROGRESS))
        now = (int(found[1]), int(found[3].replace(",", ""))) if found else None
        if now is not None and now not in seen:
            seen.append(now)
        return len(seen) >= count

    wait_until(has_moved_often_enough, seconds=TRAINING_SECONDS)
    return seen


def rows_of_cells(store: RunStore, run_id: str) -> dict[Pair, set[int]]:
    """Rows of the test split by (true, predicted), counted straight from `predictions/test.npz`."""
    with np.load(store.folder(run_id) / "predictions" / "test.npz") as stored:
        index, labels, predicted = stored["index"], stored["labels"], stored["probabilities"].argmax(axis=1)
    cells: dict[Pair, set[int]] = {}
    for row, true, said in zip(index.tolist(), labels.tolist(), predicted.tolist(), strict=True):
        cells.setdefault((true, said), set()).add(row)
    return cells


def open_cells_of_the_matrix(visitor: Visitor, cells: dict[Pair, set[int]]) -> None:
    """The digits of a cell are those that the stored predictions have in it: neither more nor less."""
    page = visitor.page
    visitor.go_to("Evaluate")
    page.get_by_role("radio", name="Confusion").or_(page.get_by_role("button", name="Confusion")).first.click()
    for is_right in (False, True):
        of_one_page = [
            cell for cell, rows in cells.items() if (cell[0] == cell[1]) is is_right and len(rows) <= GALLERY_PAGE
        ]
        true, predicted = cell = max(of_one_page, key=lambda cell: len(cells[cell]))
        page.get_by_role("table").get_by_role(
            "button", name=re.compile(rf"^true {true}, predicted {predicted}:")
        ).click()
        page.wait_for_url(re.compile(rf"[?&]cell={true}-{predicted}\b"))
        expect(page.get_by_role("heading", name=re.compile(f"true {true}, predicted {predicted}"))).to_be_visible()
        expect(visitor.digits(GALLERY)).to_have_count(len(cells[cell]))
        wait_until(lambda cell=cell: rows_shown(visitor) == cells[cell])  # type: ignore[misc]


def rows_shown(visitor: Visitor) -> set[int]:
    names = visitor.digits(GALLERY).evaluate_all("all => all.map((button) => button.getAttribute('aria-label'))")
    rows = [re.match(r"test digit (\d+):", name) for name in names]
    assert all(rows), names[:3]
    return {int(row[1]) for row in rows if row}


def go_through_the_mistakes(visitor: Visitor, cells: dict[Pair, set[int]]) -> None:
    page = visitor.page
    wrong = set().union(*(rows for (true, predicted), rows in cells.items() if true != predicted))
    visitor.go_to("Mistakes")
    expect(page.get_by_text(re.compile(rf"\b{len(wrong):,} wrong digits"))).to_be_visible()
    digits = visitor.digits(GALLERY)
    expect(digits).to_have_count(min(len(wrong), GALLERY_PAGE))
    assert rows_shown(visitor) <= wrong
    digits.first.click()
    verdict = page.get_by_role("paragraph").filter(has_text=re.compile(r"True \d, predicted \d"))
    expect(verdict.first).to_be_visible()


def look_inside(visitor: Visitor, store: RunStore, run_id: str) -> None:
    page, run = visitor.page, store.get(run_id)
    visitor.go_to("Look inside")
    for row in run.config.architecture.rows[:-1]:
        expect(page.get_by_text(row.name, exact=True).first).to_be_visible()
    digits = visitor.digits("Digits to choose from")
    name = str(digits.nth(5).get_attribute("aria-label"))
    chosen = int(re.findall(r"\d+", name)[0])
    digits.nth(5).click()
    page.wait_for_url(re.compile(rf"[?&]image={chosen}\b"))
    expect(page.get_by_text(f"Test digit {chosen}", exact=True)).to_be_visible()
    page.get_by_role("radio", name="Filters").click()
    filters = page.get_by_role("group", name="Filters of conv_1").locator("button")
    expect(filters).to_have_count(run.config.architecture.rows[0].output_shape[-1])
