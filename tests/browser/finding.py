"""Where things are on a page: by the keys its code gives them, by place and by value, never by their wording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from dashboard.views.draw.choices import DrawView
from dashboard.views.evaluate.choices import EvaluateView
from dashboard.views.explore.choices import ExploreView
from dashboard.views.export.choices import ExportView
from dashboard.views.inside.choices import InsideView
from dashboard.views.mistakes.choices import MistakesView
from dashboard.views.runs.choices import RunsView
from dashboard.views.tune.choices import TuneView

VIEWS: Mapping[str, tuple[str, ...]] = {
    "explore": tuple(ExploreView),
    "evaluate": tuple(EvaluateView),
    "mistakes": tuple(MistakesView),
    "inside": tuple(InsideView),
    "draw": tuple(DrawView),
    "runs": tuple(RunsView),
    "export": tuple(ExportView),
    "tune": tuple(TuneView),
}
"""The views of each page that has some, in the order of its picker; the first needs no word in the link."""

_NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?")


def keyed(scope: Page | Locator, key: str) -> Locator:
    """What the page drew under `key`; a key that ends in `*` stands for all that begin so, such as one for each run."""
    name = "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.removesuffix("*"))
    return scope.locator(f'[class*=" {name}"]' if key.endswith("*") else f".{name}")


def button(scope: Page | Locator, key: str) -> Locator:
    """The button, download button or popover with this key. With a tooltip there are two, of which one is shown."""
    kinds = '[data-testid^="stBaseButton"], [data-testid="stPopoverButton"]'
    return keyed(scope, key).locator(kinds).filter(visible=True)


def links(scope: Page | Locator, page: str) -> Locator:
    """Links to the page of the dashboard called `page`. With a tooltip there are two, of which one is shown."""
    return scope.locator(f'a[href^="{page}"], a[href*="/{page}"]').filter(visible=True)


def field(scope: Page | Locator, key: str) -> Locator:
    """The input of a text field, number, slider, box or switch."""
    return keyed(scope, key).locator("input")


def icon(place: Locator) -> Locator:
    """The Material symbol of a button or a line; its text is its name, such as `play_arrow`."""
    return place.get_by_test_id("stIconMaterial")


def option(scope: Page | Locator, key: str, position: int) -> Locator:
    """One of the buttons of a segmented control or of pills, counted from 0."""
    return keyed(scope, key).locator("button[data-variant]").nth(position)


def view_option(page: Page, name: str, view: str) -> Locator:
    """The button of the view picker on the page `name` that opens `view`."""
    return option(page, f"linked.{name}_view*", VIEWS[name].index(view))


def choose(page: Page, key: str, wanted: int | str) -> None:
    """Open a select box and take an option: by its position, or by a text that the test knows to be in it."""
    field(page, key).click()
    options = page.get_by_role("option")
    found = options.filter(has_text=wanted) if isinstance(wanted, str) else options.nth(wanted)
    found.click()


def switch(page: Page, key: str) -> None:
    """Turn a toggle on or off."""
    keyed(page, key).locator("label").click()


def choose_files(page: Page, *paths: Path) -> None:
    """Choose files of this machine in the uploader of the page."""
    page.locator('input[type="file"]').set_input_files([str(path) for path in paths])


def expander_with(scope: Page | Locator, content: Locator) -> Locator:
    """What opens and closes the expander that holds `content`."""
    return scope.get_by_test_id("stExpander").filter(has=content).locator("summary")


# Our own components --------------------------------------------------------------------------------------------------


def digits(scope: Page | Locator, key: str) -> Locator:
    """The digits of a grid."""
    return keyed(scope, key).locator(".digits button")


def ids(grid: Locator) -> list[int]:
    """Which images the digits of a grid are, in their order."""
    return [int(text) for text in grid.evaluate_all("all => all.map((button) => button.dataset.id)")]


def tiles(scope: Page | Locator, key: str) -> Locator:
    """The filters or feature maps of a grid."""
    return keyed(scope, key).locator(".tiles .grid button")


def cell(page: Page, true: int | None, predicted: int | None, *, key: str = "evaluate.matrix") -> Locator:
    """A cell of the confusion matrix; with None for one label, the row or the column of the other."""
    row, column = (-1 if label is None else label for label in (true, predicted))
    return keyed(page, key).locator(f'button[data-row="{row}"][data-column="{column}"]')


def figure(page: Page, key: str, row: int, column: int) -> Locator:
    """A figure in a table of numbers that can be picked."""
    return keyed(page, key).locator(f'button[data-place="{row}-{column}"]')


# Facts ---------------------------------------------------------------------------------------------------------------


def numbers(text: str) -> list[float]:
    """All numbers in a text, in their order."""
    return [float(found.replace(",", "").replace("−", "-")) for found in _NUMBER.findall(text)]


def number(value: float) -> re.Pattern[str]:
    """`value` standing by itself in a text, with or without commas between thousands."""
    forms = {re.escape(form) for form in (f"{value:,}", f"{value}", f"{value:g}" if value % 1 else f"{int(value)}")}
    return re.compile(rf"(?<![\d.,])(?:{'|'.join(sorted(forms))})(?!\d|[.,]\d)")


def expect_facts(place: Locator, *facts: float | str) -> None:
    """All of these are named in this place, whatever the sentence: numbers, names, file names."""
    for fact in facts:
        expect(place).to_contain_text(fact if isinstance(fact, str) else number(fact))


def expect_no_complaint(page: Page) -> None:
    """The page has its title, and neither an error nor an exception on it."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for sign in ("stException", "stAlertContentError"):
        assert page.get_by_test_id(sign).all_inner_texts() == []


def complaint(scope: Page | Locator) -> Locator:
    """Boxes that say an error."""
    return scope.get_by_test_id("stAlertContentError")


def expect_pressed(buttons: Locator, position: int) -> None:
    expect(buttons.nth(position)).to_have_attribute("aria-pressed", "true")
