"""The Explore page in a real browser: above all, that the digit opened is the digit clicked."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error, Locator, expect

from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.finished_runs import finished_run
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

OPENED = re.compile(r"Label (\d) · (training|test) image ([\d,]+)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with a data folder of its own, and one run."""
    folder = tmp_path_factory.mktemp("explore")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(folder / "data"))
        finished_run(RunStore(folder / "runs"))
    with serving(folder, folder / "data") as running:
        yield running


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
    return visitor.digits(re.compile("^All "))


def opened_pixels(visitor: Visitor) -> np.ndarray:
    """What is painted as the enlarged digit."""
    values = visitor.page.locator(".pixels canvas").first.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    return np.array(values, np.uint8).reshape(28, 28)


def expect_opened(visitor: Visitor, dataset: Dataset, split: str, row: int) -> None:
    words = {"train": "training", "test": "test"}[split]
    label = dataset.split(split).labels[row]
    expect(visitor.page.get_by_text(f"Label {label} · {words} image {row:,}", exact=True)).to_be_visible()
    visitor.settle()
    assert f"image={split}-{row}" in visitor.page.url
    np.testing.assert_array_equal(opened_pixels(visitor), dataset.split(split).images[row])


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
        ("split=test&labels=7&where=width:12~&sort=width&size=50", "test", 1, by_width),
        ("split=train&labels=0&sort=-row&size=100&page=3", "train", 3, backwards),
        ("split=test&sort=label&size=200&page=4", "test", 4, by_label),
        ("split=test&run={run}&sort=-loss&size=100&page=2", "test", 2, by_loss),
    ],
)
def test_the_digit_opened_is_the_digit_clicked(
    visitor: Visitor, server: Server, sample: Dataset, *, link: str, split: str, page: int, order
) -> None:
    store = RunStore(server.runs)
    run = store.run_ids()[0]
    stored = store.predictions(run, "test")
    losses = -np.log(np.clip(stored.probabilities[np.arange(len(stored)), stored.labels], 1e-7, 1))
    rows = order(sample.split(split).images, sample.split(split).labels, losses)
    size = int(link.split("size=")[1].split("&")[0])
    expected = rows[(page - 1) * size : page * size]
    opened = visitor.open("/explore?" + link.format(run=run))
    expect(opened.get_by_text("Measuring the handwriting")).to_have_count(0)
    visitor.settle()
    grid = grid_of(visitor)
    expect(grid).to_have_count(len(expected))
    for position in (0, len(expected) // 2, len(expected) - 1):
        digit = grid.nth(position)
        digit.scroll_into_view_if_needed()
        images = sample.split(split).images[expected]
        wait_until(partial(is_painted, digit, images, position))
        digit.click()
        expect_opened(visitor, sample, split, int(expected[position]))


def test_a_click_on_a_grid_that_is_just_being_replaced_opens_nothing_else(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?size=100")
    grid = grid_of(visitor)
    expect(grid).to_have_count(100)
    # In one go: the label filter and, before the server can answer, a digit of the old grid.
    grid.nth(5).evaluate(
        """old => {
            const pills = [...document.querySelectorAll('[data-testid="stButtonGroup"] button')];
            pills.find((pill) => pill.innerText.trim() === '9').click();
            old.click();
        }"""
    )
    expect(page).to_have_url(re.compile("labels=9"))
    expect(page.get_by_text(re.compile(r"of 4,000: label 9"))).to_be_visible()
    visitor.settle()
    found = OPENED.search(page.locator("body").inner_text())
    assert found is None or int(found[3].replace(",", "")) == 5


def test_the_link_restores_the_view(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?split=test&labels=4&sort=-slant&size=50&page=2&image=test-17")
    expect_opened(visitor, sample, "test", 17)
    before = grid_of(visitor).evaluate_all("all => all.map((b) => b.title)")
    assert len(before) == 50
    page.reload()
    visitor.settle()
    expect(grid_of(visitor)).to_have_count(50)
    assert grid_of(visitor).evaluate_all("all => all.map((b) => b.title)") == before
    expect_opened(visitor, sample, "test", 17)


def test_choices_outlive_a_visit_to_another_page(visitor: Visitor) -> None:
    page = visitor.open("/explore?split=test&labels=4&sort=-slant")
    expect(page.get_by_text(re.compile("of 1,000: label 4"))).to_be_visible()
    visitor.go_to("Design")
    visitor.go_to("Explore")
    expect(page.get_by_text(re.compile("of 1,000: label 4"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"labels=4.*sort=-slant"))


def test_pointing_at_a_pixel_shows_its_value(visitor: Visitor, sample: Dataset) -> None:
    page = visitor.open("/explore?image=train-3")
    image = sample.train.images[3]
    row, column = (int(found[0]) for found in np.nonzero(image > 200))
    box = page.locator(".pixels").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (column + 0.5) * box["width"] / 28, box["y"] + (row + 0.5) * box["height"] / 28)
    expect(page.get_by_text(f"Row {row}, column {column}: {image[row, column]} of 255")).to_be_visible()
    page.locator(".pixels").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(f"Row {row}, column {column + 1}: {image[row, column + 1]} of 255")).to_be_visible()


def test_a_neighbour_opens_by_a_click_and_is_the_one_shown(visitor: Visitor, sample: Dataset) -> None:
    visitor.open("/explore?image=test-5")
    flat = sample.train.images.reshape(len(sample.train), -1).astype(float)
    distances = np.linalg.norm(flat - sample.test.images[5].ravel().astype(float), axis=1)
    nearest = np.argsort(distances, kind="stable")[:8]
    neighbours = visitor.digits(re.compile("^Nearest training"))
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
    found = re.search(r"Label (\d), training image ([\d,]+)", tip.inner_text())
    assert found is not None
    row = int(found[2].replace(",", ""))
    assert int(found[1]) == sample.train.labels[row]
    page.mouse.down()
    page.mouse.up()
    expect_opened(visitor, sample, "train", row)


def test_a_box_on_the_map_goes_into_the_grid_and_into_the_link(visitor: Visitor) -> None:
    page = visitor.open("/explore?view=embedding")
    canvas = page.locator(".scatter canvas")
    canvas.wait_for()
    page.get_by_role("button", name="Box").click()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    picked = page.get_by_text(re.compile(r"^[\d,]+ digits picked$"))
    expect(picked).to_be_visible()
    n = picked.inner_text().split()[0]
    assert 0 < int(n.replace(",", "")) < 4000
    page.get_by_role("button", name="Show in the grid").click()
    expect(page.get_by_text(re.compile(rf"^{n} of 4,000: picked on the map"))).to_be_visible()
    page.reload()
    visitor.settle()
    expect(page.get_by_text(re.compile(rf"^{n} of 4,000: picked on the map"))).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("4,000 training digits")).to_be_visible()


def test_an_import_by_upload_can_be_explored(visitor: Visitor, tmp_path: Path, sample: Dataset) -> None:
    path = tmp_path / "My Digits.npz"
    np.savez(path, images=sample.train.images[:100], labels=sample.train.labels[:100])
    page = visitor.open("/explore?view=data_sets")
    page.locator('input[type="file"]').set_input_files(str(path))
    page.get_by_role("button", name="Import", exact=True).click()
    done = page.get_by_text(re.compile("my-digits is there: 80 images to train, 20 to test"))
    expect(done).to_be_visible()
    visitor.settle()
    page.get_by_role("button", name="Explore it").last.click()
    expect(page.get_by_text("my-digits: 80 digits to train, 20 to test.")).to_be_visible()
    expect(page).to_have_url(re.compile("data=my-digits"))


def test_a_file_that_is_none_is_refused_in_a_sentence(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK\x03\x04nothing")
    page = visitor.open("/explore?view=data_sets")
    page.locator('input[type="file"]').set_input_files(str(path))
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("broken.npz")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)  # the same file would fail again
    assert list(server.data.glob("imported/*broken*")) == []


@pytest.mark.parametrize(
    "view", ["digits", "classes", "measures", "embedding", "data_quality", "augmentation", "data_sets"]
)
def test_no_view_needs_scrolling_sideways_on_a_phone(visitor: Visitor, view: str) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.open(f"/explore?view={view}")
    expect(page.get_by_role("heading", name="Explore", level=1)).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
