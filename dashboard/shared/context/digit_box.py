"""The open digit in the context bar: its name, and on a click its picture, its predictions, and where to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.context.digit import (
    DRAWING_WORDS,
    close_digit,
    digit_address,
    drawing_address,
    image_words,
    judged_split_of,
    open_drawing,
)
from dashboard.shared.context.prediction import drawing_prediction_words, prediction_words
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.shared.runs.names import short_labels
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import per_tab, visit
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import Dataset, SplitName, UInt8Array
from mnist_core.data.image_ref import Drawing, ImageRef
from mnist_core.errors import DatasetError
from mnist_core.runs.record import RunRecord

WIDTH = 155
NONE = "No digit"
SCALE = 4
SHORT = {SplitName.TRAIN: "Train", SplitName.TEST: "Test"}


@dataclass(frozen=True, kw_only=True, slots=True)
class WayOn:
    """A view that shows the open digit; if it `judges`, it shows the predictions for the split of the digit."""

    page: str
    title: str
    icon: str
    view: str = ""
    judges: bool = False


WAYS_ON = (
    WayOn(page="explore", view="digits", title="Explore", icon=":material/grid_view:"),
    WayOn(page="mistakes", view="explain", title="Explain", icon=":material/troubleshoot:", judges=True),
    WayOn(page="mistakes", view="edit", title="Edit", icon=":material/edit:", judges=True),
    WayOn(page="inside", view="activations", title="Look inside", icon=":material/visibility:"),
)


DRAWING_WAYS_ON = (
    WayOn(page="inside", title="Look inside", icon=":material/visibility:"),
    WayOn(page="draw", title="Draw another", icon=":material/draw:"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigitBox:
    """The place of the box in the bar, and what it tells about the digit.

    Attributes:
        place: below the bar's other boxes in the tree of the page, so that it can be filled when the page has run.
    """

    place: DeltaGenerator
    run: RunRecord | None
    compared: RunRecord | None
    is_used: bool


def place_digit_box(run: RunRecord | None, compared: RunRecord | None, *, is_used: bool) -> None:
    """Take the place for the box of the open digit. It is filled by `filled_digit_box`, when the page has run.

    The page may open another digit: the bar stands above it, and would name the digit of before. Until the box is
    filled it shows what it showed; on a page that has just been opened, something of the same size.
    """
    slot = st.container(width=WIDTH, gap=None, key="context.digit")
    if per_tab("context.visited", lambda: [-1])[0] != visit():
        hold = slot.empty()
        words = _short(current.image) if current.image is not None else NONE
        hold.selectbox("Digit", (words,), key="context.digit.waiting", disabled=True)
        place = hold.container(gap=None)
    else:
        place = slot.container(gap=None)
    _placed()[:] = [DigitBox(place=place, run=run, compared=compared, is_used=is_used)]


@contextmanager
def filled_digit_box() -> Iterator[None]:
    """Fill the box that a page has taken a place for, once the page has run.

    After `st.stop()` nothing can be drawn, so no page with a bar calls it.
    """
    _placed().clear()
    yield
    _fill_digit_box()


def _placed() -> list[DigitBox]:
    """The box of this rerun, or nothing."""
    return per_tab("context.digit_box", list)


def _fill_digit_box() -> None:
    for box in _placed():
        with box.place:
            _render_digit_box(box)
        per_tab("context.visited", lambda: [-1])[0] = visit()
    _placed().clear()


def _render_digit_box(box: DigitBox) -> None:
    """A button with the name of the open digit; its popover tells about it. Without one, it says that none is open."""
    drawing = open_drawing()
    if drawing is not None:
        _render_drawing_box(drawing, box)
        return
    dataset, image = _opened()
    if dataset is None or image is None:
        help = "A digit that is clicked on a page stays open on the others." if box.is_used else None
        st.selectbox("Digit", (NONE,), key="context.digit.none", disabled=True, help=help)
        return
    with _popover(dataset.split(image.split).images[image.row], image):
        _render_digit(dataset, image, box.run, box.compared)


def _popover(pixels: UInt8Array, image: ImageRef | Drawing) -> DeltaGenerator:
    st.caption("Digit")
    picture = sprite_url(pixels[np.newaxis], columns=1)
    return st.popover(f"![]({picture}) {_short(image)}", key="context.digit.open", width="stretch")


def _render_drawing_box(drawing: Drawing, box: DigitBox) -> None:
    with _popover(drawing.image, drawing):
        with st.container(horizontal=True, vertical_alignment="center"):
            enlarged_digit(drawing.image, SCALE)
            st.caption("Your drawing, as a network gets it. It has no true label.")
        said = [drawing_prediction_words(run, label, drawing) for run, label in _labelled(box.run, box.compared)]
        address = {**_chosen_runs(), **drawing_address(drawing)}
        _render_ways_on(said, dict.fromkeys(DRAWING_WAYS_ON, address))


def _short(image: ImageRef | Drawing) -> str:
    return DRAWING_WORDS.capitalize() if isinstance(image, Drawing) else f"{SHORT[image.split]} {image.row:,}"


def _opened() -> tuple[Dataset | None, ImageRef | None]:
    """The open digit with its data set; None for an image that the data set does not have, and for a drawing."""
    image = current.image
    if not isinstance(image, ImageRef):
        return None, None
    try:
        dataset = cached.dataset(current_dataset())
    except DatasetError:
        return None, None
    return dataset, image if image.row < len(dataset.split(image.split)) else None


def _render_digit(dataset: Dataset, image: ImageRef, run: RunRecord | None, compared: RunRecord | None) -> None:
    split = dataset.split(image.split)
    label = int(split.labels[image.row])
    with st.container(horizontal=True, vertical_alignment="center"):
        enlarged_digit(split.images[image.row], SCALE)
        with st.container(gap="xsmall"):
            st.markdown(f"True label **{escape_markdown(dataset.class_names[label])}**")
            st.caption(f"{image_words(image.split, image.row).capitalize()} of {escape_markdown(dataset.title)}")
    said = [prediction_words(other, label, dataset, image) for other, label in _labelled(run, compared)]
    _render_ways_on(said, {way: _address(dataset, image, way) for way in WAYS_ON})


def _labelled(*runs: RunRecord | None) -> list[tuple[RunRecord, str]]:
    """The runs that there are, with names that differ."""
    known = [run for run in runs if run is not None]
    return list(zip(known, short_labels(known), strict=True))


def _render_ways_on(said: Iterable[str], ways: Mapping[WayOn, dict[str, str]]) -> None:
    """What runs predict, links to where the digit is shown, and the button that closes it."""
    for line in said:
        st.markdown(line)
    with st.container(horizontal=True, gap="small"):
        for way, address in ways.items():
            if (target := page_named(way.page)) is not None:
                st.page_link(target, label=way.title, icon=way.icon, query_params=address)
    st.button("Close this digit", key="context.digit.close", icon=":material/close:", on_click=close_digit)


def _address(dataset: Dataset, image: ImageRef, way: WayOn) -> dict[str, str]:
    """The query of a link to a view of this digit."""
    split = {CurrentChoices.judged_split.param: judged_split_of(image.split).value} if way.judges else {}
    return {**_chosen_runs(), **split, "view": way.view, **digit_address(dataset.name, image)}


def _chosen_runs() -> dict[str, str]:
    known = {choice.param: choice.get() for choice in (CurrentChoices.run, CurrentChoices.compared)}
    return {param: value for param, value in known.items() if value is not None}
