"""The image that is open on the page."""

from __future__ import annotations

from dashboard.shared.context.digit import open_digit, open_digit_of
from dashboard.shared.runs.current_dataset import current_dataset
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef


def opened_image(dataset: Dataset) -> ImageRef | None:
    """The image that is open, if this data set has it."""
    image = open_digit_of(dataset.name)
    return image if image is not None and image.row < len(dataset.split(image.split)) else None


def open_image(split: SplitName, row: int) -> None:
    """Open an image of the data set that is shown."""
    open_digit(current_dataset(), split, row)
