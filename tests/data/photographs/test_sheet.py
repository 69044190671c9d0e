"""Digits on photographs: composed sheets of test digits that nobody wrote for the purpose, and pictures without any.

`sheets.py` composes them with Pillow; the label that counts is the one that a network gives to the original digit.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.data.drawing import prepared
from mnist_core.data.photographs.sheet import Sheet, read_photograph
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.bundled import bundled_network
from tests.data.photographs.sheets import SIDES, Photo, composed
from tests.thorough import one_in

NEAR = 40  # pixels between the centre of a digit and that of its box

PHOTOS = {
    "ruled": Photo(),
    "ruled, light from below": Photo(light=260, shade=0.55),
    "ruled, strong lines": Photo(line=0.55),
    "ruled and askew": Photo(askew=3.0),
    "ruled and askew the other way": Photo(askew=-5.0, light=120),
    "squared": Photo(ruling="squared", line=0.3),
    "squared and askew": Photo(ruling="squared", line=0.35, askew=-2.0, light=200),
    "pale pen": Photo(ink=0.45, line=0.15),
    "noisy": Photo(noise=9.0, quality=60),
    "blank, poor JPEG": Photo(ruling=None, quality=30, askew=4.0),
    "dark paper": Photo(ruling=None, is_dark=True),
    "dark ruled paper": Photo(is_dark=True, line=0.3, askew=1.5),
    "PNG": Photo(quality=None, noise=0.0),
}


@pytest.fixture(scope="module")
def digits(sample_data_folder: Path) -> np.ndarray:
    return load_dataset("mnist-sample", sample_data_folder).test.images


def reads(sheet: Sheet, digits: np.ndarray, centres: np.ndarray) -> int:
    """How many digits were found where they are, and get the label that the originals get."""
    network = bundled_network()
    if not sheet.digits:
        return 0
    wanted = network.predict(digits).argmax(axis=1)
    found = network.predict(np.stack([prepared(digit.drawing) for digit in sheet.digits])).argmax(axis=1)
    boxes = [digit.box for digit in sheet.digits]
    middles = np.array([((box.left + box.right) / 2, (box.top + box.bottom) / 2) for box in boxes])
    good = 0
    for centre, label in zip(centres, wanted, strict=True):
        distances = np.hypot(*(middles - centre).T)
        good += bool(distances.min() <= NEAR and found[distances.argmin()] == label)
    return good


@pytest.mark.parametrize("name", one_in(3, PHOTOS))
def test_a_sheet_of_ten_is_found_and_read(digits: np.ndarray, name: str) -> None:
    random = np.random.default_rng(3)
    chosen = digits[random.choice(len(digits), 10, replace=False)]
    data, centres = composed(chosen, PHOTOS[name], random)
    sheet = read_photograph(data)
    assert reads(sheet, chosen, centres) >= 9
    assert len(sheet.digits) <= 11
    assert sheet.is_bright == PHOTOS[name].is_dark


@pytest.mark.thorough
@pytest.mark.parametrize("name", PHOTOS)
def test_nine_of_ten_digits_on_many_sheets_are_found_and_read(full_mnist_folder: Path, name: str) -> None:
    """1,000 test digits on ruled paper with a gradient, ten to a sheet, and 200 on every other kind."""
    images = load_dataset("mnist", full_mnist_folder).test.images
    random = np.random.default_rng(0)
    n_sheets = 100 if name == "ruled" else 20
    rows = random.choice(len(images), 10 * n_sheets, replace=False).reshape(n_sheets, 10)
    good = n_boxes = 0
    for chosen in rows:
        data, centres = composed(images[chosen], PHOTOS[name], random)
        sheet = read_photograph(data)
        good += reads(sheet, images[chosen], centres)
        n_boxes += len(sheet.digits)
    assert good >= 9 * n_sheets
    assert n_boxes <= 10.3 * n_sheets  # hardly anything is taken for a digit that is none


def test_digits_are_in_reading_order_on_a_sheet_that_lies_askew(digits: np.ndarray) -> None:
    for askew in (-4.0, 0.0, 4.0):
        random = np.random.default_rng(5)
        chosen = digits[random.choice(len(digits), 10, replace=False)]
        data, centres = composed(chosen, Photo(askew=askew), random)
        boxes = [digit.box for digit in read_photograph(data).digits]
        assert len(boxes) == 10
        for box, (x, y) in zip(boxes, centres, strict=True):
            assert abs((box.left + box.right) / 2 - x) <= NEAR
            assert abs((box.top + box.bottom) / 2 - y) <= NEAR


def drawn(*strokes: list[tuple[int, int]], size: tuple[int, int] = (600, 500), width: int = 16) -> bytes:
    """A PNG with lines through points, dark on white."""
    image = Image.new("L", size, 245)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        pen.line(stroke, fill=30, width=width, joint="curve")
    return png(image)


def png(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


BODY_OF_FIVE = [(230, 190), (225, 260), (290, 255), (330, 300), (320, 360), (260, 395), (215, 375)]


@pytest.mark.parametrize("gap", [0, 12, 30])
def test_a_five_whose_bar_is_a_stroke_of_its_own_is_one_digit(gap: int) -> None:
    data = drawn(BODY_OF_FIVE, [(232, 172 - gap), (335, 165 - gap)])
    assert len(read_photograph(data).digits) == 1


def test_a_four_of_two_strokes_is_one_digit_and_its_neighbour_another() -> None:
    four = ([(150, 150), (130, 260), (230, 255)], [(210, 180), (205, 380)])
    one = [(420, 160), (415, 380)]
    assert len(read_photograph(drawn(*four, one)).digits) == 2


def test_a_thin_pen_gives_strokes_as_broad_as_those_of_mnist(digits: np.ndarray) -> None:
    sheet = read_photograph(drawn([(200, 100), (400, 100), (300, 400)], width=5))
    (found,) = sheet.digits
    inked = [int((row > 127).sum()) for row in prepared(found.drawing) if row.any()]
    usual = [int((row > 127).sum()) for digit in digits[:200] for row in digit if row.max() > 127]
    assert 1 <= np.median(inked) <= np.percentile(usual, 90)


def test_one_digit_that_fills_the_picture_is_found(digits: np.ndarray) -> None:
    network = bundled_network()
    good = 0
    for digit in digits[:20]:
        image = Image.fromarray(255 - digit).resize((500, 500), Image.Resampling.BICUBIC)
        found = read_photograph(png(image)).digits
        label = network.predict(digit[np.newaxis]).argmax()
        good += len(found) == 1 and network.predict(prepared(found[0].drawing)[np.newaxis]).argmax() == label
    assert good >= 18


def cropped(digit: np.ndarray, margin: float) -> np.ndarray:
    """A digit uint8 (28, 28), dark on light, of 12 times its size, with a margin that is a share of its height."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    own = Image.fromarray(255 - digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    large = np.asarray(own.resize((12 * own.width, 12 * own.height), Image.Resampling.BICUBIC))
    return np.pad(large, round(margin * len(large)), constant_values=255)


@pytest.mark.parametrize(
    ("margin", "least"),
    [
        (0, 32),
        pytest.param(0.025, 37, marks=pytest.mark.thorough),
        pytest.param(0.05, 37, marks=pytest.mark.thorough),
    ],
)
def test_a_digit_is_found_on_a_picture_that_is_cropped_to_it(digits: np.ndarray, margin: float, least: int) -> None:
    network = bundled_network()
    good = 0
    for digit in digits[:40]:
        picture = cropped(digit, margin)
        edge = round(margin * len(picture) / (1 + 2 * margin))
        found = read_photograph(png(Image.fromarray(picture))).digits
        if len(found) == 1:
            box, is_read = found[0].box, network.predict(prepared(found[0].drawing)[np.newaxis]).argmax()
            sides = (box.top, box.left, len(picture) - box.bottom, picture.shape[1] - box.right)
            is_there = all(abs(side - edge) <= 12 for side in sides)
            good += is_there and is_read == network.predict(digit[np.newaxis]).argmax()
    assert good >= least


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (400, 300), 0),
        Image.new("L", (400, 300), 255),
        Image.new("RGB", (400, 300), (120, 160, 90)),
        Image.fromarray(np.tile(np.linspace(30, 250, 400).astype(np.uint8), (300, 1))),
        Image.fromarray(np.random.default_rng(0).normal(128, 12, (300, 400)).clip(0, 255).astype(np.uint8)),
        Image.fromarray(np.where(np.add.outer(np.arange(300), np.arange(400)) < 200, 100, 230).astype(np.uint8)),
    ],
    ids=["black", "white", "colour", "gradient", "noise", "shadow"],
)
def test_a_picture_with_nothing_on_it_has_no_digits(picture: Image.Image) -> None:
    assert read_photograph(png(picture)).digits == ()


def test_only_the_lines_of_squared_paper_are_no_digits(digits: np.ndarray) -> None:
    blank = np.zeros((10, 28, 28), np.uint8)
    for photo in (Photo(), Photo(ruling="squared", askew=2.0)):
        data, _ = composed(blank, photo, np.random.default_rng(0))
        assert read_photograph(data).digits == ()


def test_two_digits_that_touch_are_one_that_is_wide(digits: np.ndarray) -> None:
    image = Image.new("L", (700, 400), 250)
    pen = ImageDraw.Draw(image)
    pen.ellipse([100, 100, 300, 300], outline=20, width=20)
    pen.ellipse([290, 100, 490, 300], outline=20, width=20)
    (found,) = read_photograph(png(image)).digits
    assert found.box.is_wide


@pytest.mark.thorough
def test_a_sheet_is_read_within_a_second(digits: np.ndarray) -> None:
    data, _ = composed(digits[:10], Photo(ruling="squared"), np.random.default_rng(0))
    large = Image.open(io.BytesIO(data)).resize((4 * SIDES[0], 4 * SIDES[1]))
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=85)
    read_photograph(buffer.getvalue())
    began = time.process_time()
    read_photograph(buffer.getvalue())
    assert time.process_time() - began < 1
