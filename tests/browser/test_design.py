"""Shaping a network as a person does: typing, moving, undoing, and starting it once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from mnist_core.designs.links import config_from_link, config_to_link
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

TABLE = "Layers of the network"


def open_design(visitor: Visitor, query: str = "") -> Page:
    page = visitor.open(f"/design{query}")
    rows(page).first.wait_for()
    visitor.settle()
    return page


def rows(page: Page) -> Locator:
    """The rows of layers, without those of input, output and sum."""
    return page.locator(".editor .list .row")


def titles(page: Page) -> list[str]:
    return [text.split("\n")[0] for text in rows(page).locator(".title").all_inner_texts()]


def shape(page: Page, row: int) -> Locator:
    return rows(page).nth(row).locator(".shape")


def total(page: Page) -> Locator:
    return page.locator(".editor .total .parameters")


def summary(page: Page) -> Locator:
    """The bar at the bottom, with Start."""
    return page.get_by_test_id("stBottomBlockContainer")


def focused_label(page: Page) -> str:
    """What the focused field or button is called, inside the editor too."""
    return str(
        page.evaluate(
            """() => {
              let element = document.activeElement;
              while (element && element.shadowRoot && element.shadowRoot.activeElement) {
                element = element.shadowRoot.activeElement;
              }
              return element ? element.getAttribute("aria-label") : "";
            }"""
        )
    )


def test_consequences_follow_as_one_types(visitor: Visitor) -> None:
    page = open_design(visitor)
    expect(total(page)).to_have_text("421,642")
    filters = page.get_by_label("Filters, layer 1, convolution")
    filters.click()
    page.keyboard.type("8", delay=30)
    expect(shape(page, 0)).to_have_text("28 x 28 x 8")
    page.keyboard.type("0", delay=30)
    expect(shape(page, 0)).to_have_text("28 x 28 x 80")
    assert focused_label(page) == "Filters, layer 1, convolution"
    expect(filters).to_have_value("80")
    expect(summary(page)).to_contain_text("449,770 parameters")  # the rest of the page follows


def test_arrow_keys_count_up_and_down(visitor: Visitor) -> None:
    page = open_design(visitor)
    page.get_by_label("Kernel size, layer 1, convolution").press("ArrowUp")
    expect(shape(page, 0)).to_have_text("28 x 28 x 32")
    expect(rows(page).nth(0).locator(".parameters")).to_have_text("544")  # 4 x 4 x 32 and 32 biases


def test_bad_text_names_the_field_and_leaves_the_design_as_it_was(visitor: Visitor) -> None:
    page = open_design(visitor)
    filters = page.get_by_label("Filters, layer 1, convolution")
    for text in ("abc", "-3", "0", "99999999999999999999", "3.5", ""):
        filters.fill(text)
        complaint = rows(page).nth(0).locator(".complaint")
        expect(complaint).to_contain_text("Invalid value for `filters`. Expected an integer from 1 to 1024.")
        expect(filters).to_have_value(text)
        expect(shape(page, 0)).to_have_text("28 x 28 x 32")
    page.get_by_label("Stride, layer 1, convolution").focus()
    expect(filters).to_have_value("32")
    expect(complaint).to_be_visible()


def press(page: Page, name: str) -> None:
    """Press a button of the table, and wait until the server has judged the edit."""
    page.get_by_role("button", name=name).click()
    page.wait_for_function(
        """() => {
          const hosts = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
          const editor = hosts.map((host) => host.shadowRoot.querySelector(".editor")).find(Boolean).editor;
          return editor.data.answered === editor.seq;
        }"""
    )


def test_layers_are_added_moved_copied_and_removed(visitor: Visitor) -> None:
    page = open_design(visitor)
    start = ["Convolution", "Max pooling", "Convolution", "Max pooling", "Flatten", "Dense"]
    assert titles(page) == start
    rows(page).nth(0).locator(".title").click()
    press(page, "Add batch normalisation")
    assert titles(page) == [start[0], "Batch normalisation", *start[1:]]
    expect(shape(page, 1)).to_have_text("28 x 28 x 32")
    press(page, "Move down layer 2, batch normalisation")
    assert titles(page) == [*start[:2], "Batch normalisation", *start[2:]]
    assert focused_label(page) == "Move down layer 3, batch normalisation"
    expect(shape(page, 2)).to_have_text("14 x 14 x 32")
    press(page, "Duplicate layer 3, batch normalisation")
    press(page, "Remove layer 3, batch normalisation")
    press(page, "Remove layer 3, batch normalisation")
    assert titles(page) == start
    expect(total(page)).to_have_text("421,642")
    undo = page.get_by_role("button", name="Undo")
    for expected in (7, 8, 7, 7, 6):
        undo.click()
        expect(rows(page)).to_have_count(expected)
        visitor.settle()
    assert titles(page) == start
    expect(undo).to_be_disabled()


def test_undo_and_redo_by_key(visitor: Visitor) -> None:
    page = open_design(visitor)
    press(page, "Remove layer 1, convolution")
    expect(rows(page)).to_have_count(5)
    visitor.settle()
    page.keyboard.press("Control+z")
    expect(rows(page)).to_have_count(6)
    visitor.settle()
    page.get_by_role("button", name="Move up layer 2, max pooling").focus()
    page.keyboard.press("Control+Shift+z")
    expect(rows(page)).to_have_count(5)


def test_the_last_step_back_reaches_the_whole_page(visitor: Visitor) -> None:
    page = open_design(visitor)
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("25")
    epochs.press("Enter")
    expect(summary(page)).to_contain_text("25 epochs on")
    page.get_by_role("button", name="Undo").click()
    expect(epochs).to_have_value("20")
    expect(summary(page)).to_contain_text("20 epochs on")
    page.get_by_role("button", name="Redo").click()
    expect(epochs).to_have_value("25")
    expect(summary(page)).to_contain_text("25 epochs on")


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


def test_clicks_faster_than_the_answers_do_not_stop_the_page(visitor: Visitor) -> None:
    visitor.page.add_init_script(LATE)
    page = open_design(visitor)

    def pick(name: str) -> None:
        page.get_by_test_id("stButtonGroup").get_by_text(RECIPES[name].title, exact=True).click()

    for name in ("mini-resnet", "mini-vgg"):  # pictures that the browser remembers, for a while
        pick(name)
        expect(summary(page)).to_contain_text(f"{RECIPES[name].parameters:,} parameters")
        visitor.settle()
    page.evaluate("window.lateMilliseconds = 1500")
    for name in ("lenet-5", "softmax-regression", "lenet-5", "mini-resnet", "mini-vgg", "lenet-5", "mini-resnet"):
        pick(name)
        page.wait_for_timeout(350)  # the pace of the clicks, not a wait for anything
    expect(summary(page)).to_contain_text(f"{RECIPES[name].parameters:,} parameters")
    visitor.settle()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_typed_before_undo_is_answered_is_kept(visitor: Visitor) -> None:
    visitor.page.add_init_script(LATE)
    page = open_design(visitor)
    press(page, "Remove layer 6, dense")
    visitor.settle()
    page.evaluate("window.lateMilliseconds = 900")
    page.get_by_role("button", name="Undo").click()
    filters = page.get_by_label("Filters, layer 1, convolution")
    filters.focus()
    page.keyboard.type("77", delay=15)
    expect(rows(page)).to_have_count(6)
    expect(shape(page, 0)).to_have_text("28 x 28 x 77")
    expect(filters).to_have_value("77")
    assert focused_label(page) == "Filters, layer 1, convolution"


def test_augmentation_stays_open_as_it_is_turned_on(visitor: Visitor) -> None:
    page = open_design(visitor)
    page.get_by_text("Augmentation", exact=True).click()
    rotation = page.get_by_label("Rotation (degrees)", exact=True)
    rotation.fill("10")
    rotation.press("Enter")
    expect(page.get_by_text("First row: digits as they are.")).to_be_visible()
    expect(rotation).to_have_value("10")
    page.get_by_text("Augmentation", exact=True).click()
    expect(page.get_by_text("Augmentation is on: rotation (degrees) 10.")).to_be_visible()


@pytest.mark.slow
def test_the_price_is_measured_on_demand(visitor: Visitor) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=200, epochs=3)
    page = open_design(visitor, f"?design={config_to_link(config)}")
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("button", name="Measure", exact=True)).to_be_disabled()
    expect(summary(page)).to_contain_text("about", timeout=180_000)
    expect(page.get_by_text("A batch takes")).to_be_visible()
    expect(page.get_by_role("button", name="Measure again")).to_be_enabled()


def test_a_layer_is_dragged_to_its_place(visitor: Visitor) -> None:
    page = open_design(visitor)
    rows(page).nth(5).scroll_into_view_if_needed()
    page.mouse.wheel(0, 200)
    handle = rows(page).nth(5).locator(".position").bounding_box()
    target = rows(page).nth(4).locator(".position").bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + target["height"] / 2, steps=4)
    page.mouse.up()
    assert titles(page)[4:] == ["Dense", "Flatten"]
    expect(page.locator(".editor .problem")).to_contain_text("Layer 5 (dense) cannot be built. It needs a flat vector")


def test_an_impossible_stack_is_named_and_cannot_be_started(visitor: Visitor) -> None:
    page = open_design(visitor)
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()
    page.get_by_label("Kernel size, layer 3, convolution").fill("28")
    page.get_by_label("Padding, layer 3, convolution").select_option("valid")
    sentence = "Layer 3 (convolution) cannot be built. Its 28 x 28 window is larger than its input."
    expect(page.locator(".editor .problem")).to_contain_text(sentence)
    expect(shape(page, 3)).to_have_text("–")
    expect(start).to_be_disabled()
    page.get_by_label("Kernel size, layer 3, convolution").fill("3")
    expect(page.locator(".editor .problem")).to_be_hidden()
    expect(start).to_be_enabled()


def test_an_edit_takes_nothing_from_another_field(visitor: Visitor) -> None:
    """A half typed setting stays, under the cursor and in sight, whatever the layers do.

    Not to the pixel: advice comes and goes further up, and the browser evens that out only as a rule.
    """
    page = open_design(visitor)
    epochs = page.get_by_label("Epochs", exact=True)
    page.get_by_label("Units, layer 6, dense").fill("64")
    epochs.evaluate("field => field.scrollIntoView({block: 'center'})")
    epochs.fill("123")  # typed, not yet taken over
    expect(total(page)).to_have_text("220,234")
    visitor.settle()
    expect(epochs).to_have_value("123")
    expect(epochs).to_be_focused()
    expect(epochs).to_be_in_viewport(ratio=1)
    epochs.press("Enter")
    expect(summary(page)).to_contain_text("123 epochs on")


def test_a_setting_that_cannot_be_is_named_and_put_back(visitor: Visitor) -> None:
    page = open_design(visitor)
    epochs = page.get_by_label("Epochs", exact=True)
    for text in ("-5", "0", "2.5", ""):
        epochs.fill(text)
        epochs.press("Enter")
        received = text or "None"
        sentence = f"Invalid value for `epochs`. Expected an integer from 1 to 10000. Received: {received}."
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(epochs).to_have_value("20")
    epochs.fill("3")
    epochs.press("Enter")
    expect(page.get_by_text("Invalid value for")).to_be_hidden()


def test_the_address_restores_the_form(visitor: Visitor) -> None:
    page = open_design(visitor)
    steps = page.evaluate("history.length")
    page.get_by_label("Units, layer 6, dense").fill("77")
    expect(summary(page)).to_contain_text("261,145 parameters")
    page.wait_for_url(lambda url: config_from_link(url.partition("design=")[2]).architecture.parameters == 261_145)
    assert page.evaluate("history.length") == steps  # typing leaves no trail to click back through
    page.reload()
    rows(page).first.wait_for()
    expect(page.get_by_label("Units, layer 6, dense")).to_have_value("77")
    expect(summary(page)).to_contain_text("261,145 parameters")


def test_a_broken_link_is_a_sentence(visitor: Visitor) -> None:
    page = open_design(visitor, "?design=1brokenlink")
    expect(page.get_by_text("The design in the link cannot be read.")).to_be_visible()
    expect(total(page)).to_have_text("421,642")


def test_the_picture_shows_every_tensor(visitor: Visitor) -> None:
    page = open_design(visitor)
    picture = page.get_by_role("region", name="Picture of the network")
    expect(picture.locator("svg > g")).to_have_count(8)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Picture as SVG").click()
    assert waiting.value.path().read_text(encoding="utf-8").startswith("<svg")


def upload(page: Page, document: dict[str, Any]) -> None:
    content = json.dumps(document).encode()
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        FilePayload(name="design.json", mimeType="application/json", buffer=content)
    )


def test_a_design_is_taken_along_and_opened_again(visitor: Visitor) -> None:
    page = open_design(visitor)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download design.json").click()
    document = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert document == config_from_recipe("two-conv", dataset="mnist-sample").to_dict()
    document["training"]["epochs"] = 0
    upload(page, document)
    expect(page.get_by_text("Invalid value for `epochs`")).to_be_visible()
    document["training"]["epochs"] = 2
    upload(page, document)
    expect(summary(page)).to_contain_text("2 epochs on")


def test_a_deleted_design_is_not_followed_by_the_next(visitor: Visitor) -> None:
    page = open_design(visitor)
    for name in ("first", "second"):
        page.get_by_label("Name of the design", exact=True).fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_test_id("stSelectbox").locator("input").last).to_have_value(name)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_text("Deleted.")).to_be_visible()
    expect(page.get_by_role("button", name="Yes, delete it")).to_be_hidden()
    visitor.settle()
    expect(page.get_by_role("button", name="Yes, delete it")).to_be_hidden()


def test_twenty_quick_presses_on_start_make_one_run(visitor: Visitor) -> None:
    config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=100, epochs=1)
    page = open_design(visitor, f"?design={config_to_link(config)}")
    store = RunStore(visitor.server.runs)
    before = set(store.run_ids())
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_enabled()
    button.evaluate("button => { for (let i = 0; i < 20; i++) button.click(); }")
    page.wait_for_url("**/train?run=*")
    visitor.settle()
    expect(page.get_by_role("heading", name="Train", exact=True, level=1)).to_be_visible()
    (made,) = set(store.run_ids()) - before
    assert made in page.url
    assert store.get(made).config == config
