"""The image that is open on the page."""

from __future__ import annotations

from dashboard.views.explore.choices import explore
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef

SPLIT_WORDS = {SplitName.TRAIN: "training", SplitName.TEST: "test"}


def opened_image(dataset: Dataset) -> ImageRef | None:
    """The image that is open, if this data set has it."""
    image = explore.image
    return image if image is not None and image.row < len(dataset.split(image.split)) else None


def open_image(split: SplitName, row: int) -> None:
    """Open an image, and put it into the link."""
    explore.image = ImageRef(split=split, row=row)


def close_image() -> None:
    """Close the image that is open."""
    explore.image = None


def image_words(split: SplitName, row: int) -> str:
    """Name of an image on screen: "training image 1,234"."""
    return f"{SPLIT_WORDS[split]} image {row:,}"
