"""Draw with a mouse, a finger and a keyboard, a photograph from a file, and a collection that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from mnist_core.data.collected.store import read_collection
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.bundled import bundled_network
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, choose_files, complaint, digits, keyed, numbers, option
from tests.data.photographs.sheets import Photo, composed
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

ONE = [(0.5, 0.15), (0.5, 0.85)]
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A dashboard with a folder of data sets of its own, in which a collection grows."""
    folder = tmp_path_factory.mktemp("draw")
    (folder / "data").mkdir()
    with serving(folder, folder / "data", port=port) as running:
        yield running


@pytest.fixture(scope="module")
def sample(server: Server) -> Dataset:
    return load_dataset("mnist-sample", server.data)


def stroke(page: Page, pad: Locator, points: list[tuple[float, float]]) -> None:
    """Draw through points, given as shares of the pad."""
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def ink(pad: Locator) -> float:
    """How much is drawn: the mean brightness of what is painted."""
    pixels = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    return float(np.reshape(pad.evaluate(pixels), (-1, 4))[:, 0].mean())


def predicted(page: Page, key: str = "draw.answer.bars") -> int | None:
    """The label with the longest bar; None while there are none."""
    texts = keyed(page, key).locator(".share").all_inner_texts()
    shares = [numbers(text) for text in texts]
    return int(np.argmax([share[0] for share in shares])) if shares and all(shares) else None


def test_a_digit_is_drawn_predicted_undone_redone_and_there_after_a_reload(visitor: Visitor) -> None:
    page = visitor.open("/draw")
    pad = keyed(page, "draw.pad").locator("canvas")
    expect(pad).to_be_visible()
    stroke(page, pad, SEVEN)
    wait_until(lambda: predicted(page) == 7)
    full = ink(pad)
    tools = keyed(page, "draw.pad")
    tools.locator('[data-action="undo"]').click()
    wait_until(lambda: predicted(page) is None)
    assert ink(pad) == 0
    tools.locator('[data-action="redo"]').click()
    wait_until(lambda: predicted(page) == 7)
    assert ink(pad) == full
    visitor.settle()
    page.reload()
    wait_until(lambda: predicted(page) == 7)
    assert ink(pad) == full
    tools.locator('[data-action="clear"]').click()
    wait_until(lambda: predicted(page) is None)
    page.reload()
    visitor.settle()
    assert ink(pad) == 0
    tools.locator('[data-tool="eraser"]').click()
    stroke(page, pad, [(0.2, 0.2), (0.8, 0.2)])
    assert ink(pad) < full
    tools.locator('[data-action="clear"]').click()
    wait_until(lambda: predicted(page) is None)


def test_the_bars_follow_a_pen_that_is_not_lifted(visitor: Visitor) -> None:
    page = visitor.open("/draw")
    pad = keyed(page, "draw.pad").locator("canvas")
    box = pad.bounding_box()
    assert box is not None
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response) if "/studio/answers" in response.url else None)
    for i, (x, y) in enumerate(SEVEN):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        if i == 0:
            page.mouse.down()
    wait_until(lambda: predicted(page) == 7)
    assert answers
    assert answers[-1].json()["words"][1] == "7"
    expect(keyed(page, "draw.answer.words").locator("strong")).to_have_text("7")
    page.mouse.up()


@pytest.mark.thorough
def test_the_keyboard_alone_draws_a_digit(visitor: Visitor) -> None:
    page = visitor.open("/draw")
    pad = keyed(page, "draw.pad").locator("canvas")
    pad.focus()
    for _ in range(18):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(36):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    wait_until(lambda: predicted(page) == 1)
    full = ink(pad)
    page.keyboard.press("ArrowLeft")  # the pen is lifted
    assert ink(pad) == full
    page.keyboard.press("Control+z")
    wait_until(lambda: ink(pad) == 0)
    page.keyboard.press("Control+y")
    wait_until(lambda: ink(pad) == full)
    page.keyboard.press("Backspace")
    wait_until(lambda: predicted(page) is None)


@pytest.mark.thorough
def test_a_drawing_stays_while_another_view_is_open(visitor: Visitor) -> None:
    page = visitor.open("/draw")
    pad = keyed(page, "draw.pad").locator("canvas")
    stroke(page, pad, SEVEN)
    wait_until(lambda: predicted(page) == 7)
    visitor.open_view("draw", "photograph")
    visitor.open_view("draw", "pad")
    wait_until(lambda: predicted(page) == 7)


@pytest.mark.thorough
def test_a_photograph_is_read_and_a_digit_of_it_put_on_the_pad(
    visitor: Visitor, sample: Dataset, tmp_path: Path
) -> None:
    random = np.random.default_rng(3)
    chosen = sample.test.images[random.choice(1000, 10, replace=False)]
    data, _ = composed(chosen, Photo(), random)
    path = tmp_path / "sheet.jpg"
    path.write_bytes(data)
    page = visitor.open("/draw?view=photograph")
    choose_files(page, path)
    boxes = keyed(page, "draw.sheet").locator("button")
    expect(boxes).to_have_count(10)
    labels = bundled_network().predict(chosen).argmax(axis=1)
    read = [int(text) for text in boxes.all_inner_texts()]
    assert int((np.array(read) == labels).sum()) >= 9
    boxes.nth(6).click()
    expect(boxes.nth(6)).to_have_attribute("aria-pressed", "true")
    visitor.settle()
    assert predicted(page, "draw.found.bars") == read[6]
    button(page, "draw.put").click()
    pad = keyed(page, "draw.pad").locator("canvas")
    expect(pad).to_be_visible()
    wait_until(lambda: predicted(page) == read[6])
    visitor.open_view("draw", "photograph")
    expect(boxes).to_have_count(10)  # it is still there


@pytest.mark.thorough
def test_a_file_that_is_no_picture_leaves_the_photograph_as_it_is(
    visitor: Visitor, sample: Dataset, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.png"
    good.write_bytes(composed(sample.test.images[:10], Photo(), np.random.default_rng(0))[0])
    bad.write_text("<svg onload='alert(1)'></svg>")
    page = visitor.open("/draw?view=photograph")
    choose_files(page, good)
    boxes = keyed(page, "draw.sheet").locator("button")
    expect(boxes.first).to_be_visible()
    n = boxes.count()
    choose_files(page, bad)
    expect(complaint(page)).to_have_count(1)
    expect(boxes).to_have_count(n)


@pytest.mark.thorough
def test_a_collection_grows_by_enter_and_is_looked_through(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/draw?view=handwriting")
    pad, prompt = keyed(page, "draw.collected").locator("canvas"), keyed(page, "draw.prompt")
    before = len(read_collection(server.data))
    asked = []
    for number in range(1, 4):
        asked.append(int(numbers(prompt.inner_text())[-1]))
        stroke(page, pad, ONE if number % 2 else SEVEN)
        page.keyboard.press("Enter")
        expect(digits(page, "draw.last")).to_have_count(number)
        wait_until(lambda: ink(pad) == 0)
    found = read_collection(server.data)
    assert found.labels[before:].tolist() == asked
    option(page, "linked.draw_part*", 1).click()
    gallery = digits(page, "draw.gallery")
    expect(gallery).to_have_count(before + 3)
    gallery.first.click()
    button(page, "draw.delete").click()
    expect(gallery).to_have_count(before + 2)
    button(page, "draw.restore").click()
    expect(gallery).to_have_count(before + 3)
    option(page, "linked.draw_part*", 2).click()
    n_wrong = bundled_wrong(found.images, found.labels)
    expect(keyed(page, "draw.scores").get_by_role("cell").nth(3)).to_have_text(str(n_wrong))
    page.wait_for_url(re.compile("part=scores"))


def bundled_wrong(images: np.ndarray, labels: np.ndarray) -> int:
    """How many the bundled network gets wrong."""
    return int((bundled_network().predict(images).argmax(axis=1) != labels).sum())
