"""The components of `gallery.py` in a real browser."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Server, Visitor, serving
from tests.browser.samples import HOSTILE, IMAGES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder, port: int) -> Iterator[Server]:
    gallery = [sys.executable, "-m", "streamlit", "run", "tests/browser/gallery.py"]
    with serving(tmp_path_factory.mktemp("gallery"), sample_data_folder, command=gallery, port=port) as running:
        yield running


@pytest.fixture
def grid(visitor: Visitor) -> Locator:
    visitor.open("/?show=grid")
    digits = visitor.digits("All")
    expect(digits).to_have_count(500)
    expect(visitor.digits("Few")).to_have_count(40)
    return digits


def picked(visitor: Visitor) -> Locator:
    return visitor.page.get_by_test_id("stMetricValue").first


def grey_of(digit: Locator) -> int:
    """What is painted in the upper half of a digit."""
    picture = np.asarray(Image.open(io.BytesIO(digit.locator(".ink").screenshot())).convert("L"))
    return int(picture[picture.shape[0] // 4, picture.shape[1] // 2])


def test_five_hundred_digits_are_there_and_each_shows_its_own_image(grid: Locator) -> None:
    expect(grid).to_have_count(500)
    for position in (0, 1, 31, 32, 250, 499):
        assert abs(grey_of(grid.nth(position)) - int(IMAGES[position, 0, 0])) <= 1


def test_a_click_picks_the_digit_and_frames_it(visitor: Visitor, grid: Locator) -> None:
    grid.nth(123).click()
    expect(picked(visitor)).to_have_text("123")
    expect(grid.nth(123)).to_have_attribute("aria-pressed", "true")
    expect(visitor.page.locator('[aria-label="All"] [aria-pressed="true"]')).to_have_count(1)


def test_the_keyboard_moves_along_the_rows_as_they_are_wrapped_and_picks(visitor: Visitor, grid: Locator) -> None:
    per_row = grid.evaluate_all("all => all.findIndex((b) => b.offsetTop > all[0].offsetTop)")
    grid.nth(0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        visitor.page.keyboard.press(key)
    expect(grid.nth(per_row + 1)).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(picked(visitor)).to_have_text(str(per_row + 1))
    visitor.page.keyboard.press("End")
    expect(grid.nth(499)).to_be_focused()


def test_tab_enters_the_grid_once_and_leaves_it(visitor: Visitor, grid: Locator) -> None:
    assert grid.evaluate_all("all => all.filter((b) => b.tabIndex === 0).length") == 1


def test_a_wrong_digit_is_marked_by_a_cross_as_well_and_says_so(grid: Locator) -> None:
    cross = "b => getComputedStyle(b, '::after').content"
    assert "✕" in grid.nth(1).evaluate(cross)
    assert grid.nth(2).evaluate(cross) == "none"
    expect(grid.nth(1)).to_have_attribute("aria-label", "digit 1, wrong")
    expect(grid.nth(2)).to_have_attribute("aria-label", "digit 2")


def test_captions_stand_below_the_digits(grid: Locator) -> None:
    expect(grid.nth(14)).to_have_text("4→5")


def test_rows_and_columns_are_kept_to(visitor: Visitor, grid: Locator) -> None:
    few = visitor.digits("Few")
    tops = few.evaluate_all("all => all.map((b) => b.offsetTop)")
    assert tops.count(tops[0]) == 4
    height = visitor.page.get_by_role("group", name="Few").evaluate("g => g.getBoundingClientRect().height")
    assert height < 3 * 48
    few.nth(5).focus()
    visitor.page.keyboard.press("End")
    expect(few.nth(7)).to_be_focused()  # not one of those that are cut off


def test_a_phone_shows_the_grid_without_scrolling_sideways(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.open("/?show=grid")
    expect(visitor.digits("All")).to_have_count(500)
    assert visitor.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    right = visitor.digits("All").evaluate_all("all => Math.max(...all.map((b) => b.getBoundingClientRect().right))")
    assert right <= 390


@pytest.fixture
def matrix(visitor: Visitor) -> Locator:
    visitor.open("/?show=matrix")
    return visitor.page.get_by_role("table", name="Matrix")


def test_tab_enters_a_matrix_without_right_ones_at_a_cell_that_can_be_picked(matrix: Locator) -> None:
    expect(matrix.locator("button")).to_have_count(15)
    expect(matrix.locator("button:disabled")).to_have_count(3)
    stops = matrix.locator("button").evaluate_all("all => all.filter((b) => b.tabIndex === 0).map((b) => b.disabled)")
    assert stops == [False]


def test_arrow_keys_pass_over_cells_that_cannot_be_picked(visitor: Visitor, matrix: Locator) -> None:
    matrix.get_by_role("button", name="true b, predicted a").focus()
    visitor.page.keyboard.press("ArrowRight")
    expect(matrix.get_by_role("button", name="true b, predicted c")).to_be_focused()
    visitor.page.keyboard.press("ArrowDown")  # below is the corner, and nothing beyond
    expect(matrix.get_by_role("button", name="true b, predicted c")).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(picked(visitor)).to_have_text("1-2")


def test_a_row_of_a_matrix_is_picked_at_its_edge(visitor: Visitor, matrix: Locator) -> None:
    matrix.get_by_role("button", name="all true b").click()
    expect(picked(visitor)).to_have_text("1-None")
    expect(matrix.locator("button.line")).to_have_count(3)


def test_text_from_people_is_shown_as_it_is(visitor: Visitor) -> None:
    visitor.open("/?show=text")
    places = (
        visitor.page.get_by_test_id("stAlert"),
        visitor.page.get_by_test_id("stMarkdown").last,
        visitor.page.get_by_role("button", name="script"),
    )
    for place in places:
        seen = place.inner_text().replace("\u2060", "")
        assert seen.strip() == HOSTILE
        assert place.locator("a, img, strong, code, .katex, script").count() == 0


def test_an_error_in_a_fragment_is_a_sentence(visitor: Visitor) -> None:
    visitor.open("/?show=errors")
    visitor.page.get_by_role("button", name="Fail in a fragment").click()
    expect(visitor.page.get_by_test_id("stAlert")).to_contain_text("The fragment **failed**.")


def test_an_error_in_a_callback_is_a_sentence_and_the_log_has_the_rest(visitor: Visitor) -> None:
    visitor.open("/?show=errors")
    visitor.page.get_by_role("button", name="Fail in a callback").click()
    expect(visitor.page.get_by_test_id("stAlert")).to_contain_text(
        re.compile(r"[0-9a-f]{6}")
    )  # the reference to the log
    expect(visitor.page.get_by_role("heading", name="Gallery")).to_be_visible()
    assert "secret detail" not in visitor.page.content()
    assert "secret detail" in visitor.server.log.read_text()
