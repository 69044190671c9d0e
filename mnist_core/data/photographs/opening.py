"""Opens a photograph that anyone may have made: its size is checked before its pixels are decoded."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.data.dataset import Float32Array
from mnist_core.data.imports.formats.pictures import DAMAGED, FORMATS, NAMED_FORMATS, as_grey
from mnist_core.errors import DatasetError

MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000
"""Of a JPEG, which is made smaller while it is decoded."""
MAX_DECODED_PIXELS = 25_000_000
"""Of any other format, which is decoded whole: 100 MB with four channels."""
MIN_SIDE, MAX_RATIO = 20, 12
WORK_SIDE = 1600
"""The longer side on which digits are looked for, in pixels; a digit of a sheet still has a hundred."""

DEEP_FULL = 65_535


def opened_photograph(data: bytes) -> tuple[Float32Array, tuple[str, ...]]:
    """A photograph as grey levels 0 to 255, float32 (H, W), upright as its Exif data say; with notes on what was done.

    Raises:
        DatasetError: it is empty, damaged, too large, too small, too narrow, has infinite values, or is no picture.
    """
    image = _checked(data)
    try:
        return _decoded(image)
    except MemoryError as error:
        raise DatasetError("The picture needs too much memory. Expected a smaller one.") from error
    except (Image.DecompressionBombError, *DAMAGED) as error:
        raise DatasetError(f"The picture is damaged or cut off. Expected a whole {NAMED_FORMATS} file.") from error


def _checked(data: bytes) -> Image.Image:
    if not data:
        raise DatasetError(f"The file is empty. Expected a {NAMED_FORMATS} picture.")
    if len(data) > MAX_BYTES:
        raise DatasetError(f"The file is too large. Expected at most {MAX_BYTES:,} bytes. Received: {len(data):,}.")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise DatasetError(f"The picture is too large. Expected at most {MAX_PIXELS:,} pixels.") from error
    except (UnidentifiedImageError, *DAMAGED) as error:
        raise DatasetError(
            f"The file is not a picture that can be read, whatever its name says. Expected {NAMED_FORMATS}."
        ) from error
    _check_size(*image.size, limit=MAX_PIXELS if image.format == "JPEG" else MAX_DECODED_PIXELS)
    return image


def _check_size(width: int, height: int, *, limit: int) -> None:
    received = f"Received: {width:,} x {height:,}."
    if width * height > limit:
        raise DatasetError(f"The picture is too large. Expected at most {limit:,} pixels. {received}")
    if min(width, height) < MIN_SIDE:
        raise DatasetError(f"The picture is too small. Expected at least {MIN_SIDE} pixels on each side. {received}")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise DatasetError(
            f"The picture is too narrow. Expected one side at most {MAX_RATIO} times the other. {received}"
        )


def _decoded(image: Image.Image) -> tuple[Float32Array, tuple[str, ...]]:
    notes = []
    if getattr(image, "is_animated", False):
        notes.append("The file has several frames: only the first one is read.")
    if image.format == "JPEG":
        image.draft(None, (WORK_SIDE, WORK_SIDE))  # decodes an eighth, a quarter or a half of a large one
    _check_size(*image.size, limit=MAX_DECODED_PIXELS)
    image.load()
    upright = ImageOps.exif_transpose(_reduced(_resizable(image)))
    if upright.mode == "F":
        return np.asarray(upright, np.float32), tuple(notes)
    return np.asarray(as_grey(upright)[0], np.float32), tuple(notes)


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized by averaging; more than 8 bits as grey levels 0 to 255."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image).astype(np.float64)  # the range of large float32 values is no float32
        if n_infinite := int(np.isinf(values).sum()):
            received = f"Received: {n_infinite:,} of {values.size:,}."
            raise DatasetError(f"The picture has infinite values. Expected grey levels at all pixels. {received}")
        values = np.nan_to_num(values)
        low, high = float(min(values.min(), 0)), float(values.max())
        full = DEEP_FULL if image.mode.startswith("I") and 255 < high <= DEEP_FULL else high
        deep = Image.fromarray((255 * (values - low) / max(full - low, 1e-6)).astype(np.float32))
        deep.info.update({key: value for key, value in image.info.items() if key == "exif"})
        return deep
    if image.mode in ("1", "P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    return image


def _reduced(image: Image.Image) -> Image.Image:
    scale = WORK_SIDE / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.Resampling.BOX)
    small.info.update(image.info)
    return small
