"""Whether a page fits into its window."""

from __future__ import annotations

from playwright.sync_api import ViewportSize

from tests.browser.conftest import Visitor

WIDE = ViewportSize(width=1280, height=720)
PHONE = ViewportSize(width=390, height=844)

# What reaches beyond the right edge of the window and is in no box that scrolls or cuts it off; and, because the whole
# page lies in a box that scrolls, by how much that one can be moved sideways.
BEYOND_THE_EDGE = """() => {
  const edge = document.documentElement.clientWidth + 1;
  const main = document.querySelector('[data-testid="stMain"]');
  const isHeld = (element) => {
    for (let box = element.parentElement; box && box !== main; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return true;
    return false;
  };
  const found = main.scrollWidth > main.clientWidth + 1 ? [`the page by ${main.scrollWidth - main.clientWidth}`] : [];
  for (const element of main.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (box.width && box.height && box.right > edge && !isHeld(element))
      found.push(`${element.tagName} ${element.dataset.testid ?? element.className} to ${Math.round(box.right)}`);
  }
  return found.slice(0, 5);
}"""


def expect_to_fit(visitor: Visitor) -> None:
    """Nothing reaches beyond the window, also when it becomes as narrow as a phone's."""
    page = visitor.page
    visitor.wait_until_drawn()
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.wait_for_function(f"() => ({BEYOND_THE_EDGE})().length === 0")  # charts follow the window a little later
