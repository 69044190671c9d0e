"""Shaping a network as a person does: typing, moving, undoing, and starting it once."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from mnist_core.designs.links import config_from_link, config_to_link
from mnist_core.jobs import queue
from mnist_core.locks import try_lock
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.conftest import Visitor
from tests.browser.finding import button, complaint, expect_facts, field, keyed, option

pytestmark = pytest.mark.browser


def open_design(visitor: Visitor, query: str = "") -> Page:
    page = visitor.open(f"/design{query}")
    rows(page).first.wait_for()
    visitor.settle()
    return page


def rows(page: Page) -> Locator:
    """The rows of layers, without those of input, output and sum."""
    return page.locator(".editor .list .row")


def kinds(page: Page) -> list[str]:
    """The kinds of the layers, in their order."""
    return rows(page).evaluate_all("all => all.map((row) => row.dataset.kind)")


def setting(page: Page, row: int, name: str) -> Locator:
    """The field of a layer's setting."""
    return rows(page).nth(row).locator(f'input[data-field="{name}"], select[data-field="{name}"]')


def shape(page: Page, row: int) -> Locator:
    return rows(page).nth(row).locator(".shape")


def total(page: Page) -> Locator:
    return page.locator(".editor .total .parameters")


def summary(page: Page) -> Locator:
    """The bar at the bottom, with Start."""
    return page.get_by_test_id("stBottomBlockContainer")


def expect_design(page: Page, *facts: float | str) -> None:
    """The bar at the bottom, which follows when all of the page has, names these."""
    expect_facts(summary(page), *facts)


def focused(page: Page) -> tuple[int, str]:
    """Row and name of the field or action of the table that has the focus."""
    row, name = page.evaluate(
        """() => {
          const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
          const root = roots.find((root) => root.querySelector(".editor"));
          const element = root.activeElement;
          if (!element) return [-1, ""];
          const rows = [...root.querySelectorAll(".list .row")];
          return [rows.indexOf(element.closest(".row")), element.dataset.field ?? element.dataset.action];
        }"""
    )
    return row, name


@pytest.mark.thorough
def test_consequences_follow_as_one_types(visitor: Visitor) -> None:
    page = open_design(visitor)
    expect(total(page)).to_have_text("421,642")
    filters = setting(page, 0, "filters")
    filters.click()
    page.keyboard.type("8", delay=30)
    expect(shape(page, 0)).to_have_text("28 x 28 x 8")
    page.keyboard.type("0", delay=30)
    expect(shape(page, 0)).to_have_text("28 x 28 x 80")
    assert focused(page) == (0, "filters")
    expect(filters).to_have_value("80")
    expect_design(page, 449_770)  # the rest of the page follows


@pytest.mark.thorough
def test_arrow_keys_count_up_and_down(visitor: Visitor) -> None:
    page = open_design(visitor)
    setting(page, 0, "kernel_size").press("ArrowUp")
    expect(shape(page, 0)).to_have_text("28 x 28 x 32")
    expect(rows(page).nth(0).locator(".parameters")).to_have_text("544")  # 4 x 4 x 32 and 32 biases


@pytest.mark.thorough
def test_bad_text_names_the_field_and_leaves_the_design_as_it_was(visitor: Visitor) -> None:
    page = open_design(visitor)
    filters = setting(page, 0, "filters")
    note = rows(page).nth(0).locator(".complaint")
    for text in ("abc", "-3", "0", "99999999999999999999", "3.5", ""):
        filters.fill(text)
        expect(note).to_have_attribute("data-field", "filters")
        expect_facts(note, 1, 1024)  # what is accepted
        expect(filters).to_have_attribute("aria-invalid", "true")
        expect(filters).to_have_value(text)
        expect(shape(page, 0)).to_have_text("28 x 28 x 32")
    setting(page, 0, "stride").focus()
    expect(filters).to_have_value("32")
    expect(note).to_be_visible()


def act(page: Page, row: int, action: str) -> None:
    """Press a button of a layer, and wait until the server has judged the edit."""
    press(page, rows(page).nth(row).locator(f'[data-action="{action}"]'))


def press(page: Page, place: Locator) -> None:
    place.click()
    page.wait_for_function(
        """() => {
          const hosts = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
          const editor = hosts.map((host) => host.shadowRoot.querySelector(".editor")).find(Boolean).editor;
          return editor.data.answered === editor.seq;
        }"""
    )


def test_layers_are_added_moved_copied_and_removed(visitor: Visitor) -> None:
    page = open_design(visitor)
    start = ["conv", "max_pool", "conv", "max_pool", "flatten", "dense"]
    assert kinds(page) == start
    rows(page).nth(0).locator(".title").click()
    press(page, page.locator('.editor .adder [data-kind="batch_norm"]'))
    assert kinds(page) == [start[0], "batch_norm", *start[1:]]
    expect(shape(page, 1)).to_have_text("28 x 28 x 32")
    act(page, 1, "down")
    assert kinds(page) == [*start[:2], "batch_norm", *start[2:]]
    assert focused(page) == (2, "down")
    expect(shape(page, 2)).to_have_text("14 x 14 x 32")
    act(page, 2, "duplicate")
    act(page, 2, "remove")
    act(page, 2, "remove")
    assert kinds(page) == start
    expect(total(page)).to_have_text("421,642")
    undo = button(page, "design.undo")
    for expected in (7, 8, 7, 7, 6):
        undo.click()
        expect(rows(page)).to_have_count(expected)
        visitor.settle()
    assert kinds(page) == start
    expect(undo).to_be_disabled()


@pytest.mark.thorough
def test_undo_and_redo_by_key(visitor: Visitor) -> None:
    page = open_design(visitor)
    act(page, 0, "remove")
    expect(rows(page)).to_have_count(5)
    visitor.settle()
    page.keyboard.press("Control+z")
    expect(rows(page)).to_have_count(6)
    visitor.settle()
    rows(page).nth(1).locator('[data-action="up"]').focus()
    page.keyboard.press("Control+Shift+z")
    expect(rows(page)).to_have_count(5)


@pytest.mark.thorough
def test_the_last_step_back_reaches_the_whole_page(visitor: Visitor) -> None:
    page = open_design(visitor)
    epochs = field(page, "design.epochs.field")
    epochs.fill("25")
    epochs.press("Enter")
    expect_design(page, 25)
    button(page, "design.undo").click()
    expect(epochs).to_have_value("20")
    expect_design(page, 20)
    button(page, "design.redo").click()
    expect(epochs).to_have_value("25")
    expect_design(page, 25)


# Every message of the server reaches the page this much later, as over a slow line.
LATE = """
window.lateMilliseconds = 0;
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  addEventListener(kind, heard, options) {
    const later = (event) => setTimeout(() => heard.call(this, event), window.lateMilliseconds);
    super.addEventListener(kind, kind === "message" ? later : heard, options);
  }
  set onmessage(heard) {
    super.onmessage = (event) => setTimeout(() => heard.call(this, event), window.lateMilliseconds);
  }
};
"""


@pytest.mark.thorough
def test_clicks_faster_than_the_answers_do_not_stop_the_page(visitor_in_new_tab: Visitor) -> None:
    visitor = visitor_in_new_tab
    visitor.page.add_init_script(LATE)
    page = open_design(visitor)

    def pick(name: str) -> None:
        option(page, "design.recipe", list(RECIPES).index(name)).click()

    for name in ("mini-resnet", "mini-vgg"):  # pictures that the browser remembers, for a while
        pick(name)
        expect_design(page, RECIPES[name].parameters)
        visitor.settle()
    page.evaluate("window.lateMilliseconds = 1500")
    for name in ("lenet-5", "softmax-regression", "lenet-5", "mini-resnet", "mini-vgg", "lenet-5", "mini-resnet"):
        pick(name)
        page.wait_for_timeout(350)  # the pace of the clicks, not a wait for anything
    expect_design(page, RECIPES[name].parameters)
    visitor.settle()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.thorough
def test_what_is_typed_before_undo_is_answered_is_kept(visitor_in_new_tab: Visitor) -> None:
    visitor = visitor_in_new_tab
    visitor.page.add_init_script(LATE)
    page = open_design(visitor)
    act(page, 5, "remove")
    visitor.settle()
    page.evaluate("window.lateMilliseconds = 900")
    button(page, "design.undo").click()
    filters = setting(page, 0, "filters")
    filters.focus()
    page.keyboard.type("77", delay=15)
    expect(rows(page)).to_have_count(6)
    expect(shape(page, 0)).to_have_text("28 x 28 x 77")
    expect(filters).to_have_value("77")
    assert focused(page) == (0, "filters")


@pytest.mark.thorough
def test_augmentation_stays_open_as_it_is_turned_on(visitor: Visitor) -> None:
    page = open_design(visitor)
    expander = keyed(page, "design.augmentation").locator("summary")
    expander.click()
    rotation = field(page, "design.rotation_degrees")
    rotation.fill("10")
    rotation.press("Enter")
    preview = keyed(page, "design.augmentation").locator("img")
    expect(preview).to_be_visible()
    expect(rotation).to_have_value("10")
    expander.click()
    expect(preview).to_have_count(0)
    expect_facts(keyed(page, "design.augmentation_place").get_by_test_id("stCaptionContainer"), 10)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_price_is_measured_on_demand(visitor: Visitor) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=200, epochs=3)
    page = open_design(visitor, f"?design={config_to_link(config)}")
    figures = page.get_by_test_id("stMetricValue")
    unknown = figures.filter(has_text=re.compile("^–$"))
    expect(unknown).to_have_count(2)  # an epoch, and all of them
    button(page, "design.measure").click()
    expect(button(page, "design.measure")).to_be_disabled()
    expect(unknown).to_have_count(0, timeout=180_000)
    expect_facts(keyed(page, "design.benchmark"), "float32")  # a batch in this precision
    expect(summary(page)).to_contain_text(figures.nth(1).inner_text())  # what all epochs take
    expect(button(page, "design.measure")).to_be_enabled()


@pytest.mark.thorough
def test_a_layer_is_dragged_to_its_place(visitor: Visitor) -> None:
    page = open_design(visitor)
    rows(page).nth(5).scroll_into_view_if_needed()
    page.mouse.wheel(0, 200)
    visitor.wait_until_drawn()
    handle = rows(page).nth(5).locator(".position").bounding_box()
    target = rows(page).nth(4).locator(".position").bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + target["height"] / 2, steps=4)
    page.mouse.up()
    assert kinds(page)[4:] == ["dense", "flatten"]
    expect_facts(page.locator(".editor .problem"), 5)
    expect(rows(page).nth(4)).to_have_class(re.compile("at-fault"))


@pytest.mark.thorough
def test_an_impossible_stack_is_named_and_cannot_be_started(visitor: Visitor) -> None:
    page = open_design(visitor)
    start = button(page, "design.start")
    expect(start).to_be_enabled()
    setting(page, 2, "kernel_size").fill("28")
    setting(page, 2, "padding").select_option("valid")
    expect_facts(page.locator(".editor .problem"), 3, "28 x 28")  # the layer and its window
    expect(rows(page).nth(2)).to_have_class(re.compile("at-fault"))
    expect(shape(page, 3)).to_have_text("–")
    expect(start).to_be_disabled()
    setting(page, 2, "kernel_size").fill("3")
    expect(page.locator(".editor .problem")).to_be_hidden()
    expect(start).to_be_enabled()


@pytest.mark.thorough
def test_an_edit_takes_nothing_from_another_field(visitor: Visitor) -> None:
    """A half typed setting stays, under the cursor and in sight, whatever the layers do.

    Not to the pixel: advice comes and goes further up, and the browser evens that out only as a rule.
    """
    page = open_design(visitor)
    epochs = field(page, "design.epochs.field")
    setting(page, 5, "units").fill("64")
    epochs.evaluate("field => field.scrollIntoView({block: 'center'})")
    epochs.fill("123")  # typed, not yet taken over
    expect(total(page)).to_have_text("220,234")
    visitor.settle()
    expect(epochs).to_have_value("123")
    expect(epochs).to_be_focused()
    expect(epochs).to_be_in_viewport(ratio=1)
    epochs.press("Enter")
    expect_design(page, 123)


@pytest.mark.thorough
def test_a_setting_that_cannot_be_is_named_and_put_back(visitor: Visitor) -> None:
    page = open_design(visitor)
    epochs = field(page, "design.epochs.field")
    note = keyed(page, "design.epochs.field").get_by_test_id("stCaptionContainer")
    for text in ("-5", "0", "2.5", ""):
        epochs.fill(text)
        epochs.press("Enter")
        expect_facts(note, 1, 10_000)  # the range that is allowed
        expect(epochs.last).to_have_value("20")
        expect(epochs).to_have_count(1)  # for a moment, the new field stands beside the old one
    epochs.fill("3")
    epochs.press("Enter")
    expect(note).to_have_count(0)


@pytest.mark.thorough
def test_the_address_restores_the_form(visitor: Visitor) -> None:
    page = open_design(visitor)
    steps = page.evaluate("history.length")
    setting(page, 5, "units").fill("77")
    expect_design(page, 261_145)
    page.wait_for_url(lambda url: config_from_link(url.partition("design=")[2]).architecture.parameters == 261_145)
    assert page.evaluate("history.length") == steps  # typing leaves no trail to click back through
    page.reload()
    rows(page).first.wait_for()
    expect(setting(page, 5, "units")).to_have_value("77")
    expect_design(page, 261_145)


@pytest.mark.thorough
def test_a_broken_link_is_a_sentence(visitor: Visitor) -> None:
    page = open_design(visitor, "?design=1brokenlink")
    expect(complaint(page)).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
    expect(total(page)).to_have_text("421,642")


@pytest.mark.thorough
def test_the_picture_shows_every_tensor(visitor: Visitor) -> None:
    page = open_design(visitor)
    expect(keyed(page, "design.picture").locator("svg > g")).to_have_count(8)
    with page.expect_download() as waiting:
        button(page, "design.svg").click()
    assert waiting.value.path().read_text(encoding="utf-8").startswith("<svg")


def upload(page: Page, document: dict[str, Any]) -> None:
    content = json.dumps(document).encode()
    keyed(page, "design.upload").locator('input[type="file"]').set_input_files(
        FilePayload(name="design.json", mimeType="application/json", buffer=content)
    )


@pytest.mark.thorough
def test_a_design_is_exported_as_a_file_and_opened_again(visitor: Visitor) -> None:
    page = open_design(visitor)
    with page.expect_download() as waiting:
        button(page, "design.json").click()
    document = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert document == config_from_recipe("two-conv", dataset="mnist-sample").to_dict()
    document["training"]["epochs"] = 0
    upload(page, document)
    expect(complaint(page)).to_contain_text(re.compile("epochs", re.IGNORECASE))
    expect_facts(complaint(page), 1, 10_000)  # the range that is allowed
    document["training"]["epochs"] = 2
    upload(page, document)
    expect_design(page, 2, "MNIST sample")


@pytest.mark.thorough
def test_a_deleted_design_is_not_followed_by_the_next(visitor: Visitor) -> None:
    page = open_design(visitor)
    for name in ("first", "second"):
        field(page, "design.save_as").fill(name)
        button(page, "design.save").click()
        expect(field(page, "design.saved")).to_have_value(name)
    button(page, "design.asks_to_delete.second").click()
    button(page, "design.delete.second").click()
    expect(field(page, "design.saved")).to_have_value("first")
    expect(button(page, "design.delete.first")).to_have_count(0)
    visitor.settle()
    expect(button(page, "design.delete.first")).to_have_count(0)


@contextmanager
def busy_machine(store: RunStore) -> Iterator[None]:
    """A run that seems to train, so that others wait in the queue."""
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"))
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    store.set(run_id, status=RunStatus.RUNNING.value)
    try:
        yield
    finally:
        for run in queue.queued(store):
            queue.stop(store, run.run_id)
        store.set(run_id, status=RunStatus.STOPPED.value)
        os.close(lock)


def test_twenty_quick_presses_on_start_make_one_run(visitor: Visitor) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=100, epochs=1)
    store = RunStore(visitor.server.runs)
    with busy_machine(store):
        page = open_design(visitor, f"?design={config_to_link(config)}")
        before = set(store.run_ids())
        start = button(page, "design.start")
        expect(start).to_be_enabled()
        start.evaluate("button => { for (let i = 0; i < 20; i++) button.click(); }")
        page.wait_for_url("**/train?run=*")
        visitor.settle()
        expect(keyed(page, "train.progress")).to_be_visible()
        (made,) = set(store.run_ids()) - before
        assert made in page.url
        assert store.get(made).config == config
        assert store.get(made).status is RunStatus.QUEUED
