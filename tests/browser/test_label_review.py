"""The label review by keyboard: no click before, nothing while a person types, and all of it there after a reload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from mnist_core.data.label_overlay.store import overlay_file
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.relabelled import suspects
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, digits, expect_facts, field, ids, keyed
from tests.finished_runs import finished_run
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A dashboard with one run and a folder of data sets that only these tests decide in."""
    folder = tmp_path_factory.mktemp("reviewing")
    finished_run(RunStore(folder / "runs"))
    with serving(folder, folder / "data", port=port) as running:
        yield running


@pytest.fixture
def rows(server: Server) -> Iterator[list[int]]:
    """The test digits with a suspect label, in their order; whatever was decided about them is forgotten at the end."""
    store = RunStore(server.runs)
    predictions = store.predictions(store.run_ids()[0], "test")
    yield predictions.index[suspects(predictions)].tolist()
    decisions_file(server).unlink(missing_ok=True)


def decisions_file(server: Server) -> Path:
    return overlay_file(server.data, load_dataset("mnist-sample").sha256)


def saved(server: Server) -> list[tuple[int, str]]:
    path = decisions_file(server)
    found = json.loads(path.read_text())["decisions"] if path.is_file() else []
    return [(item["row"], item["decision"]) for item in found]


def expect_open(visitor: Visitor, row: int) -> None:
    visitor.page.wait_for_url(re.compile(rf"image=test-{row}\b"))
    expect_facts(keyed(visitor.page, "mistakes.review_bar"), row)
    visitor.settle()


def open_review(visitor: Visitor) -> Page:
    page = visitor.open("/mistakes?view=labels")
    visitor.wait_until_drawn()
    return page


def test_labels_are_reviewed_by_keys_alone_and_stay_so_after_a_reload(visitor: Visitor, rows: list[int]) -> None:
    page = open_review(visitor)
    expect_open(visitor, rows[0])
    page.keyboard.press("y")
    expect_open(visitor, rows[1])
    label = int(load_dataset("mnist-sample").test.labels[rows[1]])
    page.keyboard.press(f"{(label + 1) % 10}")
    expect_open(visitor, rows[2])
    page.keyboard.press("a")
    expect_open(visitor, rows[3])
    decided = [(rows[0], "keep"), (rows[1], "relabel"), (rows[2], "ambiguous")]
    assert saved(visitor.server) == decided
    page.reload()
    expect_open(visitor, rows[3])
    expect_facts(keyed(page, "mistakes.review_progress"), 3, len(rows))
    page.keyboard.press("u")
    expect_open(visitor, rows[2])
    wait_until(lambda: saved(visitor.server) == decided[:2])
    page.keyboard.press("k")
    expect_open(visitor, rows[1])
    page.keyboard.press("j")
    expect_open(visitor, rows[2])


def test_keys_decide_nothing_while_somebody_types_or_presses_a_shortcut_of_the_browser(
    visitor: Visitor, rows: list[int]
) -> None:
    page = open_review(visitor)
    expect_open(visitor, rows[0])
    page.keyboard.press("Control+a")
    field(page, "context.run*").first.click()
    page.keyboard.type("ak7u")
    page.keyboard.press("Escape")
    visitor.settle()
    assert saved(visitor.server) == []
    expect_open(visitor, rows[0])


@pytest.mark.thorough
def test_a_key_that_is_held_down_decides_about_one_label(visitor: Visitor, rows: list[int]) -> None:
    page = open_review(visitor)
    expect_open(visitor, rows[0])
    page.keyboard.down("y")
    expect_open(visitor, rows[1])
    for _ in range(5):
        page.keyboard.down("y")  # what a browser sends while it is held
        visitor.settle()
    page.keyboard.up("y")
    expect_open(visitor, rows[1])
    assert saved(visitor.server) == [(rows[0], "keep")]
    page.keyboard.press("y")
    expect_open(visitor, rows[2])
    page.keyboard.down("u")
    expect_open(visitor, rows[1])
    page.keyboard.down("u")
    page.keyboard.up("u")
    visitor.settle()
    assert saved(visitor.server) == [(rows[0], "keep")]


@pytest.mark.thorough
def test_a_click_in_the_list_opens_a_digit_to_decide_anew(visitor: Visitor, rows: list[int]) -> None:
    page = open_review(visitor)
    expect_open(visitor, rows[0])
    page.keyboard.press("a")
    expect_open(visitor, rows[1])
    grid = digits(page, "mistakes.reviewed.*")
    assert ids(grid) == rows
    grid.first.click()
    expect_open(visitor, rows[0])
    button(page, f"mistakes.review_keep.test-{rows[0]}").click()
    expect_open(visitor, rows[1])
    assert saved(visitor.server) == [(rows[0], "keep")]
