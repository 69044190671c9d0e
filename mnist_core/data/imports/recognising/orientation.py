"""How the images of an import are turned: compared with the digits of the MNIST sample in all eight orientations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.dataset import N_CLASSES, SIDE, UInt8Array
from mnist_core.data.sources.bundled import BOX, read_table, sample_file

T = TypeVar("T", bound=np.generic)

INK = 96
PIXEL_CENTRES = np.arange(SIDE) + 0.5
MAX_COMPARED = 200
REFERENCES_PER_CLASS = 200
MIN_COMPARED = 15
MIN_CLASSES = 5
MIN_ACCURACY = 0.5
MIN_AGREEMENT = 0.3  # below it, labels are not those of the digits: of labels at random a tenth agrees
MIN_GAIN = 3.0
MIN_MIXED, MIXED_SHARE = 8, 0.1  # of digits in one orientation, a few in a hundred look right in another one only


class Orientation(StrEnum):
    """How images are stored, of the eight ways to turn and mirror a square; the change makes them upright."""

    UPRIGHT = "upright"
    SWAPPED = "swapped"
    MIRRORED = "mirrored"
    FLIPPED = "flipped"
    HALF_TURNED = "half-turned"
    TURNED_LEFT = "turned left"
    TURNED_RIGHT = "turned right"
    SWAPPED_OTHER = "swapped along the other diagonal"

    @property
    def words(self) -> str:
        """How the images are stored, to follow "the digits are"."""
        return _WORDS[self][0]

    @property
    def change(self) -> str:
        """What makes them upright, as the start of a sentence."""
        return _WORDS[self][1]


_WORDS = {
    Orientation.UPRIGHT: ("upright", "Left as stored"),
    Orientation.SWAPPED: (
        "stored with rows and columns swapped",
        "Turned upright: rows and columns were swapped back",
    ),
    Orientation.MIRRORED: ("mirrored left to right", "Mirrored left to right"),
    Orientation.FLIPPED: ("upside down and mirrored", "Mirrored top to bottom"),
    Orientation.HALF_TURNED: ("upside down", "Turned upright by 180 degrees"),
    Orientation.TURNED_LEFT: ("turned to the left", "Turned upright by 90 degrees to the right"),
    Orientation.TURNED_RIGHT: ("turned to the right", "Turned upright by 90 degrees to the left"),
    Orientation.SWAPPED_OTHER: (
        "mirrored along the diagonal from bottom left",
        "Turned upright: mirrored along the diagonal from bottom left",
    ),
}


def turned(images: NDArray[T], orientation: Orientation) -> NDArray[T]:
    """Images (N, H, W) that are stored in `orientation`, upright; a view."""
    match orientation:
        case Orientation.SWAPPED:
            return images.transpose(0, 2, 1)
        case Orientation.MIRRORED:
            return images[:, :, ::-1]
        case Orientation.FLIPPED:
            return images[:, ::-1]
        case Orientation.HALF_TURNED:
            return images[:, ::-1, ::-1]
        case Orientation.TURNED_LEFT:
            return images.transpose(0, 2, 1)[:, :, ::-1]
        case Orientation.TURNED_RIGHT:
            return images.transpose(0, 2, 1)[:, ::-1]
        case Orientation.SWAPPED_OTHER:
            return images.transpose(0, 2, 1)[:, ::-1, ::-1]
        case _:
            return images


def stored_in(images: UInt8Array, orientation: Orientation) -> UInt8Array:
    """Upright images (N, H, W) as they are stored in `orientation`, the opposite of `turned`; a view."""
    opposite = {
        Orientation.TURNED_LEFT: Orientation.TURNED_RIGHT,
        Orientation.TURNED_RIGHT: Orientation.TURNED_LEFT,
    }
    return turned(images, opposite.get(orientation, orientation))


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognition:
    """What a comparison with the digits of the sample shows.

    Attributes:
        orientation: how the digits are stored; upright if no orientation stands out.
        is_background_light: whether the ink is darker than the background.
        is_clear: whether an orientation stands out.
        mixed_with: an orientation in which many digits look right that do not so in the other; None without one.
    """

    orientation: Orientation
    is_background_light: bool
    is_clear: bool = False
    mixed_with: Orientation | None = None


def recognise(images: UInt8Array, labels: UInt8Array, *, is_background_light: bool) -> Recognition | None:
    """Compare images (N, 28, 28) with the digits of the sample in all eight orientations.

    Each image is given the label of the digit that it correlates with most. If these labels agree with its own far more
    often in one orientation than in all others, the images are digits stored in that orientation.

    Args:
        is_background_light: whether the ink is taken to be darker than the background.

    Returns:
        None for a handful of images, for few classes, and for images that are no digits.
    """
    compared = _compare(images, labels, is_background_light=is_background_light)
    if compared is None:
        return None
    is_right, accuracies = compared
    best = int(accuracies.argmax())
    if accuracies[best] < MIN_ACCURACY:
        return None
    is_clear = all(_is_clear(is_right[best], other) for number, other in enumerate(is_right) if number != best)
    orientation = tuple(Orientation)[best] if is_clear else Orientation.UPRIGHT
    only_there = (is_right & ~is_right[best]).sum(axis=1)
    second = int(only_there.argmax())
    is_mixed = only_there[second] >= max(MIN_MIXED, MIXED_SHARE * is_right.shape[1])
    return Recognition(
        orientation=orientation,
        is_background_light=is_background_light,
        is_clear=is_clear,
        mixed_with=tuple(Orientation)[second] if is_mixed else None,
    )


def agreement(images: UInt8Array, labels: UInt8Array) -> float | None:
    """The share of images (N, 28, 28), 0 to 1, that look most like a digit of their label, each class counting alike.

    In the orientation and with the background that give the most; None if there are too few images or classes.
    """
    found = [_compare(images, labels, is_background_light=is_light) for is_light in (False, True)]
    return max((float(compared[1].max()) for compared in found if compared is not None), default=None)


def _compare(
    images: UInt8Array, labels: UInt8Array, *, is_background_light: bool
) -> tuple[NDArray[np.bool_], NDArray[np.float64]] | None:
    """Whether each compared image (8, n) looks like its label in each orientation, and the accuracies (8,)."""
    rows, references = compared_rows(labels), _references()
    if references is None or len(rows) < MIN_COMPARED or len(np.unique(labels[rows])) < MIN_CLASSES:
        return None
    light_ink = 255 - images[rows] if is_background_light else images[rows]
    placed = _halved(np.stack([_placed(image) for image in light_ink]))
    is_right = np.stack([_agrees(turned(placed, orientation), labels[rows], references) for orientation in Orientation])
    classes = np.unique(labels[rows])
    by_class = np.stack([is_right[:, labels[rows] == label].mean(axis=1) for label in classes])
    return is_right, by_class.mean(axis=0)  # balanced: calling everything a 0 is no recognition, however many 0s


def compared_rows(labels: UInt8Array) -> NDArray[np.int64]:
    """As many rows of each class, evenly spaced, as are compared."""
    chosen = []
    for label in range(N_CLASSES):
        rows = np.flatnonzero(labels == label)
        places = np.linspace(0, len(rows) - 1, min(len(rows), MAX_COMPARED // N_CLASSES)).astype(np.int64)
        chosen.append(rows[places])
    return np.concatenate(chosen)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _References:
    """Digits to compare with, halved and flat, with mean 0 and length 1, and their labels."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


@cache
def _references() -> _References | None:
    """Some digits of each class of the sample; None if there is no sample."""
    file = sample_file()
    if file is None:
        return None
    digits, labels = read_table(file, SIDE)
    rows = np.concatenate([np.flatnonzero(labels == label)[:REFERENCES_PER_CLASS] for label in range(N_CLASSES)])
    return _References(images=_unit(_halved(digits[rows])), labels=labels[rows].astype(np.int64))


def _halved(images: NDArray[Any]) -> NDArray[np.float32]:
    """Images (N, 28, 28) in 14 x 14 pixels: a fourth of the work, and strokes of another thickness still overlap."""
    half = SIDE // 2
    return np.asarray(images.reshape(-1, half, 2, half, 2).sum(axis=(2, 4)), np.float32)


def _unit(images: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = images.reshape(len(images), -1)
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-6), np.float32)


def _agrees(images: NDArray[np.float32], labels: UInt8Array, references: _References) -> NDArray[np.bool_]:
    likeness = _unit(images) @ references.images.T
    return np.asarray(references.labels[likeness.argmax(axis=1)] == labels)


def _is_clear(best: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Whether one orientation is right significantly more often: McNemar's statistic without its correction."""
    gained, lost = int((best & ~other).sum()), int((other & ~best).sum())
    return bool(gained - lost >= MIN_GAIN * np.sqrt(max(1, gained + lost)))


def _placed(image: UInt8Array) -> UInt8Array:
    """Light ink cut out, fitted into 20 x 20 pixels, with its centre of mass in the middle of 28 x 28, like MNIST's."""
    ink = image >= INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.uint8)
    cut = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    factor = BOX / max(cut.size)
    width, height = (max(1, round(side * factor)) for side in cut.size)
    small = np.asarray(cut.resize((width, height), Image.Resampling.BOX if factor < 1 else Image.Resampling.BILINEAR))
    placed = np.zeros((SIDE, SIDE), np.uint8)
    top, left = _corner(small, 0), _corner(small, 1)
    placed[top : top + height, left : left + width] = small
    return placed


def _corner(small: UInt8Array, axis: int) -> int:
    profile = small.sum(axis=1 - axis, dtype=np.float64)
    centre = float(profile @ PIXEL_CENTRES[: len(profile)]) / max(float(profile.sum()), 1.0)
    return max(0, min(round(SIDE / 2 - centre), SIDE - len(profile)))
