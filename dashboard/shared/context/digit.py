"""The digit that is open, on whichever page it was opened.

A row number means nothing without its split and its data set, so all three are chosen together.
"""

from __future__ import annotations

import streamlit as st

from dashboard.shared.runs.change import drop_what_is_about_another
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.state.current import CurrentChoices, JudgedSplit, current
from dashboard.state.session import is_partial_rerun
from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import Drawing, ImageRef

DRAWING_WORDS = "your drawing"
SPLIT_WORDS = {SplitName.TRAIN: "training", SplitName.TEST: "test"}


def open_digit_of(dataset: str) -> ImageRef | None:
    """The digit that is open, if it is one of the data set of this name."""
    image = current.image
    return image if isinstance(image, ImageRef) and current_dataset() == dataset else None


def open_drawing() -> Drawing | None:
    """The digit that is open, if somebody drew it."""
    return current.image if isinstance(current.image, Drawing) else None


def open_digit(dataset: str, split: SplitName, row: int) -> None:
    """Open an image of a data set; it stays open on the other pages, and is in their links.

    Where only a part of the page is drawn again, the whole page follows, because the bar above it names the digit.
    """
    before = current.data, current.image
    if current_dataset() != dataset:
        current.data = dataset
        drop_what_is_about_another()  # before the image is chosen, which is one of this data set
    current.image = ImageRef(split=split, row=row)
    if is_partial_rerun() and before != (current.data, current.image):
        st.rerun()


def drawing_address(drawing: Drawing) -> dict[str, str]:
    """What a link that opens a drawing has in its query."""
    return {CurrentChoices.image.param: CurrentChoices.image.write(drawing)}


def digit_address(dataset: str, image: ImageRef) -> dict[str, str]:
    """What a link that opens an image has in its query."""
    return {CurrentChoices.data.param: dataset, CurrentChoices.image.param: CurrentChoices.image.write(image)}


def judged_split_of(split: SplitName) -> JudgedSplit:
    """The predictions in which an image of a split can be: validation images are held back from the training images."""
    return JudgedSplit.TEST if split == SplitName.TEST else JudgedSplit.VALIDATION


def close_digit() -> None:
    """No digit is open."""
    current.image = None


def image_words(split: SplitName, row: int) -> str:
    """Name of an image on screen: "training image 1,234"."""
    return f"{SPLIT_WORDS[split]} image {row:,}"


def digit_words(image: ImageRef | Drawing) -> str:
    """Name of an image of a data set, or of a drawing."""
    return DRAWING_WORDS if isinstance(image, Drawing) else image_words(image.split, image.row)
