"""The Explore page in a real browser: above all, that the digit opened is the digit clicked."""

from __future__ import annotations

import io
import re
from functools import partial

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error, Locator, Page, expect

from dashboard.views.explore.choices import PAGE_SIZE
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import button, digits, expect_facts, ids, keyed, numbers, option
from tests.browser.galleries import of_run
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


@pytest.fixture(scope="module")
def sample(server: Server) -> Dataset:
    return load_dataset("mnist-sample", server.data)


def own_ink(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float64).sum(axis=1) / 255


def own_width(images: np.ndarray) -> np.ndarray:
    """Columns from the first to the last with a pixel of at least half the highest."""
    widths = []
    for image in images.astype(int):
        columns = np.flatnonzero((image >= image.max() / 2).any(axis=0))
        widths.append(columns[-1] - columns[0] + 1)
    return np.array(widths)


def grid_of(visitor: Visitor) -> Locator:
    return digits(visitor.page, "explore.grid.*")


def opened_pixels(visitor: Visitor) -> np.ndarray:
    """What is painted as the enlarged digit."""
    values = visitor.page.locator(".pixels canvas").first.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    return np.array(values, np.uint8).reshape(28, 28)


def expect_opened(visitor: Visitor, dataset: Dataset, split: str, row: int) -> None:
    """This image is open: by its label and row, in the link, and by every pixel that is painted."""
    expect_facts(keyed(visitor.page, "explore.chosen"), int(dataset.split(split).labels[row]), row)
    visitor.settle()
    assert f"image={split}-{row}" in visitor.page.url
    np.testing.assert_array_equal(opened_pixels(visitor), dataset.split(split).images[row])


def expect_selected(page: Page, *facts: float) -> None:
    """The line above the grid says how many of how many images are shown, and of which labels."""
    expect_facts(keyed(page, "explore.summary"), *facts)


def painted(digit: Locator) -> np.ndarray:
    """What is on the screen, (28, 28), without the corners, which are round."""
    picture = Image.open(io.BytesIO(digit.locator(".ink").screenshot())).convert("L")
    return inner(np.asarray(picture.resize((28, 28), Image.Resampling.BILINEAR)))


def is_painted(digit: Locator, images: np.ndarray, position: int) -> bool:
    """Whether the image at `position` is the one of all that correlates most with what is on the screen."""
    try:
        seen = painted(digit)
    except Error:
        return False  # the grid is just being drawn anew
    return int(np.argmax([np.corrcoef(seen, inner(image))[0, 1] for image in images])) == position


def inner(image: np.ndarray) -> np.ndarray:
    return image[4:-4, 4:-4].ravel().astype(np.float64)


# Each link with the rows that its grid must show, found without the code under test.
def by_ink(images: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> np.ndarray:
    ink = own_ink(images)
    rows = np.flatnonzero(np.isin(labels, [3, 8]) & (ink >= 80) & (ink <= 140))
    return rows[np.argsort(-ink[rows], kind="stable")]


def by_width(images: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> np.ndarray:
    widths = own_width(images)
    rows = np.flatnonzero((labels == 7) & (widths >= 12))
    return rows[np.argsort(widths[rows], kind="stable")]


def backwards(images: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> np.ndarray:
    return np.flatnonzero(labels == 0)[::-1]


def by_label(images: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> np.ndarray:
    return np.argsort(labels, kind="stable")


def by_loss(images: np.ndarray, labels: np.ndarray, losses: np.ndarray) -> np.ndarray:
    return np.argsort(-losses, kind="stable")


@pytest.mark.parametrize(
    ("link", "split", "page", "order"),
    [
        ("split=train&labels=38&where=ink:80~140&sort=-ink&size=100&page=2", "train", 2, by_ink),
        pytest.param(
            "split=test&labels=7&where=width:12~&sort=width&size=50", "test", 1, by_width, marks=pytest.mark.thorough
        ),
        pytest.param(
            "split=train&labels=0&sort=-row&size=100&page=3", "train", 3, backwards, marks=pytest.mark.thorough
        ),
        pytest.param("split=test&sort=label&size=200&page=4", "test", 4, by_label, marks=pytest.mark.thorough),
        ("split=test&run={run}&sort=-loss&size=100&page=2", "test", 2, by_loss),
    ],
)
def test_the_digit_opened_is_the_digit_clicked(
    visitor: Visitor, finished_runs: FinishedRuns, sample: Dataset, *, link: str, split: str, page: int, order
) -> None:
    stored = of_run(finished_runs, finished_runs.newer)
    losses = -np.log(stored.probabilities[np.arange(len(stored)), stored.labels])
    rows = order(sample.split(split).images, sample.split(split).labels, losses)
    size = int(link.split("size=")[1].split("&")[0])
    expected = rows[(page - 1) * size : page * size]
    opened = visitor.open("/explore?" + link.format(run=finished_runs.newer))
    expect(opened.get_by_test_id("stProgress")).to_have_count(0)  # the handwriting is measured
    visitor.settle()
    grid = grid_of(visitor)
    expect(grid).to_have_count(len(expected))
    assert ids(grid) == expected.tolist()
    for position in (0, len(expected) // 2, len(expected) - 1):
        digit = grid.nth(position)
        digit.scroll_into_view_if_needed()
        images = sample.split(split).images[expected]
        wait_until(partial(is_painted, digit, images, position))
        digit.click()
        expect_opened(visitor, sample, split, int(expected[position]))


@pytest.mark.thorough
def test_a_click_on_a_grid_that_is_just_being_replaced_opens_nothing_else(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?size=100")
    grid = grid_of(visitor)
    expect(grid).to_have_count(100)
    expect(option(page, "linked.explore_labels", 9)).to_be_visible()
    # In one go: the label filter and, before the server can answer, a digit of the old grid.
    grid.nth(5).evaluate(
        """old => {
            document.querySelectorAll('.st-key-linked-explore_labels button[data-variant]')[9].click();
            old.click();
        }"""
    )
    expect(page).to_have_url(re.compile("labels=9"))
    expect_selected(page, int((sample.train.labels == 9).sum()), len(sample.train), 9)
    visitor.settle()
    if "image=" in page.url:
        expect_opened(visitor, sample, "train", 5)


@pytest.mark.thorough
def test_the_link_restores_the_view(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?split=test&labels=4&sort=-slant&size=50&page=2&image=test-17")
    expect_opened(visitor, sample, "test", 17)
    expect(grid_of(visitor)).to_have_count(50)
    before = ids(grid_of(visitor))
    page.reload()
    visitor.settle()
    expect(grid_of(visitor)).to_have_count(50)
    assert ids(grid_of(visitor)) == before
    expect_opened(visitor, sample, "test", 17)


@pytest.mark.thorough
def test_choices_outlive_a_visit_to_another_page(visitor: Visitor, sample: Dataset) -> None:
    shown = (int((sample.test.labels == 4).sum()), len(sample.test), 4)
    page = visitor.open("/explore?split=test&labels=4&sort=-slant")
    expect_selected(page, *shown)
    visitor.go_to("design")
    visitor.go_to("explore")
    expect_selected(page, *shown)
    expect(page).to_have_url(re.compile(r"labels=4.*sort=-slant"))


def test_pointing_at_a_pixel_shows_its_value(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?image=train-3")
    image = sample.train.images[3]
    row, column = (int(found[0]) for found in np.nonzero(image > 200))
    pixels = keyed(page, "explore.pixels").locator(".pixels")
    box = pixels.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (column + 0.5) * box["width"] / 28, box["y"] + (row + 0.5) * box["height"] / 28)
    value = keyed(page, "explore.pixels").locator("p[aria-live]")
    expect_facts(value, row, column, int(image[row, column]))
    pixels.focus()
    page.keyboard.press("ArrowRight")
    expect_facts(value, row, column + 1, int(image[row, column + 1]))


@pytest.mark.thorough
def test_a_neighbour_opens_by_a_click_and_is_the_one_shown(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?image=test-5")
    flat = sample.train.images.reshape(len(sample.train), -1).astype(float)
    distances = np.linalg.norm(flat - sample.test.images[5].ravel().astype(float), axis=1)
    nearest = np.argsort(distances, kind="stable")[:8]
    neighbours = digits(page, "explore.neighbours.*")
    expect(neighbours).to_have_count(8)
    neighbours.nth(2).click()
    expect_opened(visitor, sample, "train", int(nearest[2]))


def test_a_point_of_the_map_shows_and_opens_its_digit(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?view=embedding")
    canvas = page.locator(".scatter canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box is not None
    tip = page.locator(".scatter .tip")
    for step in range(5, 95, 3):
        page.mouse.move(box["x"] + box["width"] * step / 100, box["y"] + box["height"] * step / 100)
        if tip.is_visible():
            break
    told = numbers(tip.inner_text())
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(r"image=train-\d+"))
    row = int(page.url.split("image=train-")[1].split("&")[0])
    assert told == [sample.train.labels[row], row]
    expect_opened(visitor, sample, "train", row)


def test_digits_are_drawn_on_points_of_the_map_until_they_are_switched_off(visitor: Visitor) -> None:
    page = visitor.open("/explore?view=embedding")
    canvas, switch = page.locator(".scatter canvas"), page.locator(".scatter button[data-digits]")
    expect(canvas).to_have_attribute("data-digits", re.compile(r"^[1-9]"))  # once the sheet is read
    n, ground = int(canvas.get_attribute("data-digits") or 0), black_pixels(canvas)
    # An image has 784 pixels, most of them black, and the screen as many for each of them
    assert 0.6 * 784 * n < ground < 784 * n
    switch.focus()
    page.keyboard.press("Enter")
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(canvas).to_have_attribute("data-digits", "0")
    assert black_pixels(canvas) == 0
    switch.click()  # the choice is that of the tab
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert black_pixels(canvas) == ground


def black_pixels(canvas: Locator) -> int:
    """What is painted in plain black; on a light page, nothing but digits is."""
    count: int = canvas.evaluate(
        """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (!data[i] && !data[i + 1] && !data[i + 2] && data[i + 3] === 255) count++;
          }
          return count;
        }"""
    )
    return count


@pytest.mark.thorough
def test_a_box_on_the_map_goes_into_the_grid_and_into_the_link(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?view=embedding")
    canvas = page.locator(".scatter canvas")
    canvas.wait_for()
    page.locator('.scatter [data-mode="box"]').click()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    picked = keyed(page, "explore.chosen")
    expect(picked).to_be_visible()
    [n] = numbers(picked.inner_text())
    assert 0 < n < len(sample.train)
    button(page, "explore.to_grid").click()
    expect_selected(page, int(n), len(sample.train))
    expect(grid_of(visitor)).to_have_count(min(int(n), PAGE_SIZE))
    page.reload()
    visitor.settle()
    expect_selected(page, int(n), len(sample.train))
    button(page, "explore.clear").click()
    expect(keyed(page, "explore.clear")).to_have_count(0)
    expect_selected(page, len(sample.train))
