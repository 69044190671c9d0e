"""One image of a data set as it stands in a link: `train-1234`."""

from __future__ import annotations

import re

from dashboard.state.selection import selection
from dashboard.views.explore.filters import SPLIT_WORDS
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef

_FORM = re.compile(r"(train|test)-([0-9]{1,7})", re.ASCII)


def opened_image(dataset: Dataset) -> ImageRef | None:
    """The image that is open, if it is one of this data set."""
    match = _FORM.fullmatch(selection.explore_image or "")
    if match is None:
        return None
    image = ImageRef(split=SplitName(match[1]), row=int(match[2]))
    return image if image.row < len(dataset.split(image.split)) else None


def open_image(split: str, row: int) -> None:
    """Open an image: it is in the link from now on."""
    selection.explore_image = f"{split}-{row}"


def close_image() -> None:
    """Show no image in detail."""
    selection.explore_image = None


def image_words(split: str, row: int) -> str:
    """What to call an image: "training image 1,234"."""
    return f"{SPLIT_WORDS[SplitName(split)]} image {row:,}"
