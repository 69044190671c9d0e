"""Photographs of digits that nobody wrote for the purpose, composed without a line of the code under test.

A sheet is made as paper is: digits of MNIST are inked onto it, it may be ruled or squared, light falls on it unevenly,
it lies a little askew, and a camera adds noise and JPEG.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

ROWS, COLUMNS = 2, 5
SIDES = (1200, 700)


@dataclass(frozen=True, kw_only=True)
class Photo:
    """How a sheet looks.

    Attributes:
        ink: darkness of the pen, a share of the paper's brightness.
        light: where the light comes from, in degrees; `shade` is how much darker the far corner is, as a share.
        ruling: None, "ruled" or "squared", with lines of `line` darkness.
        askew: degrees.
        noise: standard deviation in grey levels.
        is_dark: bright ink on dark paper.
        quality: of the JPEG; None for a PNG.
    """

    ink: float = 0.8
    light: float = 30.0
    shade: float = 0.45
    ruling: str | None = "ruled"
    line: float = 0.3
    askew: float = 0.0
    noise: float = 3.0
    is_dark: bool = False
    quality: int | None = 85


def composed(digits: np.ndarray, photo: Photo, random: np.random.Generator) -> tuple[bytes, np.ndarray]:
    """A file with ten digits uint8 (10, 28, 28) in two rows, and the centre (x, y) of each, (10, 2)."""
    width, height = SIDES
    ink = Image.new("L", SIDES, 0)
    centres = []
    for number, digit in enumerate(digits):
        row, column = divmod(number, COLUMNS)
        side = int(random.integers(120, 200))
        x = int((column + 0.5) * width / COLUMNS + random.integers(-15, 16))
        y = int((row + 0.5) * height / ROWS + random.integers(-25, 26))
        large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        ink.paste(large, (x - side // 2, y - side // 2))
        centres.append((x, y))
    cover = photo.ink * np.asarray(ink, float) / 255
    paper = np.where(ruling(photo), 1 - photo.line, 1.0)
    reflected = Image.fromarray((255 * paper * (1 - cover)).astype(np.uint8))
    turned = reflected.rotate(photo.askew, Image.Resampling.BICUBIC, fillcolor=255)
    seen = np.asarray(turned, float) / 255 * light(photo)
    if photo.is_dark:
        seen = 0.12 + 0.8 * (1 - np.asarray(turned, float) / 255) * light(photo)
    grey = np.clip(235 * seen + random.normal(0, photo.noise, seen.shape), 0, 255).astype(np.uint8)
    return saved(Image.fromarray(grey), photo), moved(np.array(centres, float), photo.askew)


def ruling(photo: Photo) -> np.ndarray:
    """Where the paper has lines, two or three pixels thick."""
    drawn = Image.new("L", SIDES, 0)
    pen = ImageDraw.Draw(drawn)
    if photo.ruling is not None:
        for y in range(20, SIDES[1], 62 if photo.ruling == "ruled" else 44):
            pen.line([(0, y), (SIDES[0], y)], fill=255, width=3 if photo.ruling == "ruled" else 2)
    if photo.ruling == "squared":
        for x in range(17, SIDES[0], 44):
            pen.line([(x, 0), (x, SIDES[1])], fill=255, width=2)
    return np.asarray(drawn) > 127


def light(photo: Photo) -> np.ndarray:
    """Brightness of the light, from 1 down to 1 - shade, along a direction."""
    y, x = np.mgrid[: SIDES[1], : SIDES[0]]
    along = np.cos(np.radians(photo.light)) * x / SIDES[0] + np.sin(np.radians(photo.light)) * y / SIDES[1]
    along = (along - along.min()) / (along.max() - along.min())
    return np.asarray(1 - photo.shade * along)


def moved(centres: np.ndarray, degrees: float) -> np.ndarray:
    """Where points are after the sheet was turned about its middle, counter-clockwise, as Pillow turns pictures."""
    middle = np.array(SIDES) / 2
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((centres - middle) @ turn.T + middle)


def saved(image: Image.Image, photo: Photo) -> bytes:
    buffer = io.BytesIO()
    if photo.quality is None:
        image.save(buffer, "PNG")
    else:
        image.convert("RGB").save(buffer, "JPEG", quality=photo.quality)
    return buffer.getvalue()
