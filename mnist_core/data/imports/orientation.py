"""How the images of an import are turned: compared with the digits of the MNIST sample in all eight orientations."""

from __future__ import annotations

from enum import StrEnum

from mnist_core.data.dataset import UInt8Array


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


def turned(images: UInt8Array, orientation: Orientation) -> UInt8Array:
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
