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
from tests.browser.finding import (
    button,
    digits,
    expect_facts,
    expect_no_complaint,
    expect_pressed,
    field,
    ids,
    keyed,
    links,
    numbers,
    option,
    tiles,
)
from tests.browser.finding import cell as matrix_cell
from tests.browser.galleries import PAGE_SIZE, gallery
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS = 2
SMALL_BATCH = 4  # so many batches that the training lasts for several ticks of the page, however fast the machine
TRAINING_SECONDS = 120
READ_PROGRESS = "() => document.querySelector('.st-key-train-progress')?.innerText ?? ''"

Pair = tuple[int, int]


@pytest.mark.thorough
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
    expect_no_complaint(page)
    expect(links(page.get_by_test_id("stMain"), "design")).to_be_visible()  # where a first run comes from
    expect(field(page, "context.run*")).to_be_disabled()


def explore(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go_to("explore")
    expect_facts(keyed(page, "explore.summary"), 4_000)
    shown = digits(page, "explore.grid.*")
    shown.nth(7).click()
    page.wait_for_url(re.compile(r"[?&]image=train-7\b"))
    expect_pressed(shown, 7)


def start_training(visitor: Visitor, recipe: Recipe) -> None:
    page = visitor.page
    visitor.go_to("design")
    option(page, "design.recipe", list(RECIPES).index(recipe.name)).click()
    bar = page.get_by_test_id("stBottom")
    expect_facts(bar, recipe.parameters)
    for name, value in (("epochs", EPOCHS), ("batch_size", SMALL_BATCH)):
        field(page, f"design.{name}.field").fill(str(value))
        field(page, f"design.{name}.field").press("Tab")
        visitor.settle()
    expect_facts(bar, EPOCHS, "MNIST sample")
    button(page, "design.start").click()
    page.wait_for_url(re.compile(r"/train\?.*\brun="))


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
    values = keyed(page, "train.figures").get_by_test_id("stMetricValue")
    expect(values.filter(has_text=f"{accuracy:.2%}").first).to_be_visible()


def moments(visitor: Visitor, count: int) -> list[Pair]:
    """The next `count` different states of the progress bar, as (epoch, batch)."""
    seen: list[Pair] = []

    def has_moved_often_enough() -> bool:
        told = numbers(visitor.page.evaluate(READ_PROGRESS))  # epoch of epochs, batch of batches
        now = (int(told[0]), int(told[2])) if len(told) >= 4 and told[1] == EPOCHS else None
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
    visitor.go_to("evaluate")
    visitor.open_view("evaluate", "confusion")
    for is_right in (False, True):
        of_one_page = [
            cell for cell, rows in cells.items() if (cell[0] == cell[1]) is is_right and len(rows) <= PAGE_SIZE
        ]
        true, predicted = cell = max(of_one_page, key=lambda cell: len(cells[cell]))
        matrix_cell(page, true, predicted).click()
        page.wait_for_url(re.compile(rf"[?&]cell={true}-{predicted}\b"))
        expect_facts(keyed(page, "evaluate.chosen"), len(cells[cell]), true, predicted)
        shown = gallery(page, "evaluate")
        expect(shown).to_have_count(len(cells[cell]))
        wait_until(lambda shown=shown, cell=cell: set(ids(shown)) == cells[cell])  # type: ignore[misc]


def go_through_the_mistakes(visitor: Visitor, cells: dict[Pair, set[int]]) -> None:
    page = visitor.page
    wrong = set().union(*(rows for (true, predicted), rows in cells.items() if true != predicted))
    visitor.go_to("mistakes")
    expect_facts(keyed(page, "mistakes.shown"), len(wrong))
    shown = gallery(page, "mistakes")
    expect(shown).to_have_count(min(len(wrong), PAGE_SIZE))
    rows = ids(shown)
    assert set(rows) <= wrong
    true, predicted = next(labels for labels, cell in cells.items() if rows[0] in cell)
    shown.first.click()
    expect_facts(keyed(page, "mistakes.card.words"), rows[0], true, predicted)


def look_inside(visitor: Visitor, store: RunStore, run_id: str) -> None:
    page, run = visitor.page, store.get(run_id)
    visitor.go_to("inside")
    for row in run.config.architecture.rows[:-1]:
        expect(page.get_by_text(row.name, exact=True).first).to_be_visible()
    button(page, "inside.other_digits").click()
    offered = digits(page, "inside.digits.*")
    expect(offered.nth(5)).to_be_visible()
    chosen = ids(offered)[5]
    offered.nth(5).click()
    page.wait_for_url(re.compile(rf"[?&]image=test-{chosen}\b"))
    expect_facts(keyed(page, "inside.digit"), chosen)
    visitor.open_view("inside", "filters")
    expect(tiles(page, "inside.filters.*")).to_have_count(run.config.architecture.rows[0].output_shape[-1])
