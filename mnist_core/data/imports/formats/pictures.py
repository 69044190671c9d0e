"""Decodes pictures of any size and mode to grey images of 28 x 28 pixels."""

from __future__ import annotations

import contextlib
import io
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.data.dataset import SIDE
from mnist_core.data.imports.limits import (
    MAX_LEFT_OUT_SHARE,
    MAX_NAMED,
    MAX_PICTURE_BYTES,
    MAX_PICTURE_PIXELS,
    MIN_PICTURE_SIDE,
)
from mnist_core.data.imports.recognising.resizing import fitted
from mnist_core.errors import DatasetError
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted, listed, word_for

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
NAMED_FORMATS = "PNG, JPEG, BMP, TIFF, WebP or GIF"
GREY_MODES = frozenset({"1", "L", "LA", "La"})
COLOUR_STEP = 8  # of 255: less is the noise of a JPEG
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, zlib.error, IndexError, OverflowError, TypeError, KeyError)


class PictureError(DatasetError):
    """A picture that cannot be used; the message is a reason that follows its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        values: (28, 28), bytes, or float32 if it had more than 8 bits per pixel.
        changes: what was done to it.
    """

    values: NDArray[Any]
    changes: tuple[str, ...]

    @property
    def is_deep(self) -> bool:
        return self.values.dtype != np.uint8


@dataclass(kw_only=True, slots=True)
class Decoding:
    """Counts what happens to the pictures of an import."""

    n: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def decode(self, data: bytes, name: str) -> Picture | None:
        """A picture; None if it cannot be used, which is remembered."""
        self.n += 1
        try:
            picture = decoded_picture(data)
        except PictureError as error:
            self.left_out.append((name, str(error)))
            return None
        self.changes.update(picture.changes)
        return picture

    def leave_out(self, name: str, reason: str) -> None:
        """Remember a picture that cannot be used for another reason."""
        self.n += 1
        self.left_out.append((name, reason))

    def notes(self) -> tuple[str, ...]:
        """What was done to how many pictures, and which were left out."""
        notes = [f"{change} ({n:,} of {self.n:,} pictures)." for change, n in sorted(self.changes.items())]
        if self.left_out:
            names = [f"{name} ({reason})" for name, reason in self.left_out]
            verb = word_for(len(names), "was", "were")
            notes.append(f"{len(names):,} of {counted(self.n, 'picture')} {verb} left out: {listed(names, MAX_NAMED)}.")
        return tuple(notes)

    def check(self, title: str) -> None:
        """Raise if no picture is left, or too many were left out."""
        n_bad = len(self.left_out)
        if not are_too_many(n_bad, self.n):
            return
        names = [f"{name} ({reason})" for name, reason in self.left_out]
        share = shown_share(n_bad / max(1, self.n))
        raise DatasetError(
            f"{n_bad:,} of {counted(self.n, 'picture')} ({share}) in {title} cannot be used: "
            f"{listed(names, MAX_NAMED)}. Expected {NAMED_FORMATS} pictures, at most "
            f"{shown_level(MAX_LEFT_OUT_SHARE)} of them unusable. Replace or remove these."
        )


def are_too_many(n_left_out: int, n: int) -> bool:
    """Whether an import is refused if so many of its pictures cannot be used; one may always be odd."""
    return n_left_out == n or n_left_out > max(1, MAX_LEFT_OUT_SHARE * n)


def decoded_picture(data: bytes) -> Picture:
    """A picture as 28 x 28 grey pixels. Its size is checked before its pixels are decoded.

    Raises:
        PictureError: it is empty, damaged, too large or too small, or not a picture.
    """
    image = _opened(data)
    try:
        with contextlib.suppress(EOFError):
            image.seek(1)
            image.seek(0)
            return _with_change(_as_values(_loaded(image)), "Only the first of several frames was used")
        return _as_values(_loaded(image))
    except MemoryError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError("too many pixels") from error
    except DAMAGED as error:
        raise PictureError("damaged or cut off") from error


def _opened(data: bytes) -> Image.Image:
    if not data:
        raise PictureError("empty file")
    if len(data) > MAX_PICTURE_BYTES:
        raise PictureError(f"more than {MAX_PICTURE_BYTES:,} bytes")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError("not a picture") from error
    except (Image.DecompressionBombError, *DAMAGED) as error:
        raise PictureError("damaged or cut off") from error
    width, height = image.size
    if width * height > MAX_PICTURE_PIXELS:
        raise PictureError(f"{width:,} x {height:,} pixels, more than {MAX_PICTURE_PIXELS:,}")
    if min(width, height) < MIN_PICTURE_SIDE:
        raise PictureError(f"only {width} x {height} pixels")
    return image


def _loaded(image: Image.Image) -> Image.Image:
    """The decoded picture, turned as its Exif data say."""
    image.load()
    return ImageOps.exif_transpose(image)


def _with_change(picture: Picture, change: str) -> Picture:
    return Picture(values=picture.values, changes=(*picture.changes, change))


def _as_values(image: Image.Image) -> Picture:
    changes: tuple[str, ...] = ()
    if image.size != (SIDE, SIDE):
        changes += (f"Resized to {SIDE} x {SIDE} pixels",)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image).astype(np.float32)
        return Picture(values=np.asarray(fitted(Image.fromarray(values)), np.float32), changes=changes)
    grey, colour_changes = as_grey(image)
    return Picture(values=np.asarray(fitted(grey), np.uint8), changes=changes + colour_changes)


def as_grey(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """A picture of any mode of 8 bits in mode L; a transparent background becomes one that contrasts with the ink."""
    changes: tuple[str, ...] = ()
    if image.mode not in GREY_MODES and _has_colour(image):
        changes += ("Converted from colour to grey",)
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("L"), changes
    coloured = image.convert("RGBA")
    grey, alpha = coloured.convert("RGB").convert("L"), coloured.getchannel("A")
    weights = np.asarray(alpha, np.float64)
    if weights.min() == 255:
        return grey, changes
    ink = float((np.asarray(grey) * weights).sum() / max(weights.sum(), 1))
    background = Image.new("L", image.size, 255 if ink < 128 else 0)
    return Image.composite(grey, background, alpha), (*changes, "A transparent background was filled")


def _has_colour(image: Image.Image) -> bool:
    colours = np.asarray(image.convert("RGBA").convert("RGB"), np.int16)
    return int((colours.max(axis=2) - colours.min(axis=2)).max()) > COLOUR_STEP


def stacked(pictures: Iterable[Picture]) -> NDArray[Any]:
    """The values of pictures of the same depth (N, 28, 28)."""
    return np.stack([picture.values for picture in pictures])
