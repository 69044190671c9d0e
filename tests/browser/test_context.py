"""What all pages have in common once there is a run: the bar, its boxes, and text that can be read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.navigation import available_specs
from tests.browser.conftest import Server, Visitor
from tests.browser.finding import field, keyed
from tests.thorough import some_of

pytestmark = pytest.mark.browser

PAGES = tuple(spec.name for spec in available_specs())
SOME = ("explore", "tune")
PLACES = """(bar) => [...bar.children].map((box) => {
  const { x, y, height } = box.getBoundingClientRect();
  return [x, y, height].map(Math.round);
})"""
SMALL_TEXT = """(least) => {
  const found = {};
  const walker = document.createTreeWalker(document.querySelector('[data-testid="stApp"]'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < least) found[walker.currentNode.data.trim().slice(0, 40)] = size;
  }
  return found;
}"""
LEAST_TEXT = 12


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


def bar_of(page: Page) -> list[list[int]]:
    return keyed(page, "context").evaluate(PLACES)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", some_of(PAGES, always=SOME))
def test_every_page_has_the_bar_at_the_same_place_and_no_small_text(visitor: Visitor, name: str) -> None:
    page = visitor.open("/mistakes")
    visitor.wait_until_drawn()
    expected = bar_of(page)
    assert len(expected) == 6
    visitor.open("/" if name == PAGES[0] else f"/{name}")
    visitor.wait_until_drawn()
    assert bar_of(page) == expected
    assert page.evaluate(SMALL_TEXT, LEAST_TEXT) == {}


@pytest.mark.parametrize("width", [700, 1000])
def test_the_name_of_the_run_has_room_in_a_narrow_window(visitor: Visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 720})
    page = visitor.open("/evaluate")
    visitor.wait_until_drawn()
    boxes = keyed(page, "context").evaluate("(bar) => [...bar.children].map((box) => box.getBoundingClientRect())")
    assert boxes[0]["width"] > 200
    assert max(box["right"] for box in boxes) <= width


def test_escape_closes_a_box_and_changes_nothing(visitor: Visitor) -> None:
    page = visitor.open("/mistakes")
    visitor.wait_until_drawn()
    box = field(page, "context.run*")
    before, address = box.input_value(), page.url
    box.click()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    visitor.settle()
    expect(box).to_have_value(before)
    assert page.url == address
