"""Digits on a photograph: found, read one by one, and put on the pad if a person likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.shared.answers.network import Answering
from dashboard.shared.answers.shown import answers_of, render_answers
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.session import empty_upload, per_tab
from dashboard.views.draw.choices import DrawChoices, PhotographSource
from dashboard.views.draw.pad_start import put_on_pad
from dashboard.views.draw.steps import render_steps_in_brief
from dashboard.widgets.boxed_picture import PictureBox, boxed_picture
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.drawing import preparation, prepared
from mnist_core.data.photographs.finding import MAX_DIGITS
from mnist_core.data.photographs.opening import MAX_BYTES
from mnist_core.data.photographs.sheet import FoundDigit, Sheet, read_photograph
from mnist_core.data.photographs.showing import shown_jpeg
from mnist_core.errors import DatasetError, MnistCoreError

TYPES = ("png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp", "gif")
SOURCES = {
    PhotographSource.FILE: ":material/upload_file: File",
    PhotographSource.CAMERA: ":material/photo_camera: Camera",
}
HINT = (
    "Write digits on paper, with some space between them, and photograph them. Shadows and the lines of ruled or "
    "squared paper are removed; ink may be light on dark. Each digit is classified separately."
)
LIMIT = "Digits that touch are treated as one; a digit that is cut off by the edge may be left out."


@dataclass(kw_only=True, slots=True, eq=False)
class OpenPhotograph:
    """The photograph of this tab, which stays while other views are open, and which of its digits is open.

    Attributes:
        images: its digits as the networks get them, uint8 (28, 28).
        jpeg: the picture as it is shown.
    """

    file_id: str = ""
    sheet: Sheet | None = None
    images: tuple[UInt8Array, ...] = ()
    jpeg: bytes = b""
    opened: int | None = None
    problem: str = ""


def render_photograph(networks: Sequence[Answering]) -> None:
    """A place to give a photograph, the photograph with a box around each digit, and what is read in the open one."""
    photograph = per_tab("draw.photograph", OpenPhotograph)
    question, answer = question_and_answer()
    with question:
        _render_source(photograph)
        if photograph.problem:
            st.error(escape_markdown(photograph.problem), icon=":material/error:")
        if photograph.sheet is None:
            st.caption(HINT)
            st.caption(LIMIT)
        else:
            _render_sheet(photograph, photograph.sheet, networks)
    sheet = photograph.sheet
    n_digits, shown = 0 if sheet is None else len(sheet.digits), photograph.opened or 0
    title, is_open = f"Digit {shown + 1} of {n_digits}", photograph.opened is not None
    with answer_panel(answer, name="draw", title=title, is_open=is_open, on_close=_close):
        if sheet is None or not sheet.digits:
            st.caption(":material/touch_app: The predictions for each digit found appear here.")
            return
        if not is_open:
            st.markdown(f"**{title}**")
        _render_digit(sheet.digits[shown], networks)


def _render_source(photograph: OpenPhotograph) -> None:
    choice, place = st.columns([3, 5], gap="small", vertical_alignment="center")
    with choice:
        source = linked_segments(
            "Photograph from",
            tuple(SOURCES),
            choice=DrawChoices.source,
            words=SOURCES.__getitem__,
            label_visibility="collapsed",
        )
    with place:
        if source is PhotographSource.CAMERA:
            taken = st.camera_input("Photograph", key="draw.camera", label_visibility="collapsed")
        else:
            taken = st.file_uploader(
                "Photograph", type=list(TYPES), key="draw.file", label_visibility="collapsed",
                max_upload_size=MAX_BYTES >> 20,
            )  # fmt: skip
    if taken is None or taken.file_id == photograph.file_id:
        return
    photograph.file_id = taken.file_id
    with st.spinner("Reading the photograph", show_time=False):
        _read(photograph, taken.getvalue())
    empty_upload(taken)


def _read(photograph: OpenPhotograph, data: bytes) -> None:
    """Take a new photograph; one that cannot be read leaves the one before as it is."""
    try:
        sheet = read_photograph(data)
    except DatasetError as error:
        photograph.problem = str(error)
        return
    photograph.problem = ""
    photograph.sheet, photograph.jpeg, photograph.opened = sheet, shown_jpeg(sheet.picture), None
    photograph.images = tuple(prepared(digit.drawing) for digit in sheet.digits)


def _close() -> None:
    per_tab("draw.photograph", OpenPhotograph).opened = None


def _render_sheet(photograph: OpenPhotograph, sheet: Sheet, networks: Sequence[Answering]) -> None:
    read = [_predicted(network, photograph.images) for network in networks]
    height, width = sheet.picture.shape
    boxes = [
        PictureBox(
            left=digit.box.left / width,
            top=digit.box.top / height,
            width=digit.box.width / width,
            height=digit.box.height / height,
            caption=name,
            note=f"Digit {number}, predicted {name}",
        )
        for number, (digit, name) in enumerate(zip(sheet.digits, read[0], strict=True), start=1)
    ]
    with st.container(key="draw.read"):
        _render_words(sheet, networks, read)
    picked = boxed_picture(
        photograph.jpeg,
        (width, height),
        boxes,
        key="draw.sheet",
        label="The photograph with the digits that were found",
        selected=photograph.opened or 0,
    )
    _render_notes(sheet)
    if picked is not None:
        photograph.opened = picked


def _render_words(sheet: Sheet, networks: Sequence[Answering], read: Sequence[Sequence[str]]) -> None:
    """What each network has read, or that nothing was found."""
    if not sheet.digits:
        st.warning(
            "No digit was found: nothing of the size of a digit stands out from the background. "
            "Move closer but leave some paper around the digits, use more light, or a darker pen.",
            icon=":material/search_off:",
        )
        return
    for network, names in zip(networks, read, strict=True):
        by = f" · {escape_markdown(network.title)}" if len(networks) > 1 else ""
        st.markdown(f"Predicted: **{' '.join(map(escape_markdown, names))}**{by}")


def _render_notes(sheet: Sheet) -> None:
    """What was done to the photograph, and what the boxes do not tell."""
    notes = [*sheet.notes]
    if sheet.has_lines:
        notes.append("Lines of the paper were removed.")
    if sheet.is_bright:
        notes.append("The ink is brighter than its background, so it was taken as it is.")
    wide = [str(number) for number, digit in enumerate(sheet.digits, start=1) if digit.box.is_wide]
    if wide:
        notes.append(f"Digit {', '.join(wide)} is wide: it may be two digits that touch.")
    if len(sheet.digits) == MAX_DIGITS:
        notes.append(f"Only the {MAX_DIGITS} largest digits are classified.")
    if notes:
        st.caption(" ".join(notes))


def _predicted(network: Answering, images: Sequence[UInt8Array]) -> list[str]:
    """The predicted class of each digit; a question mark where the network cannot answer."""
    if not images:
        return []
    try:
        return [network.class_names[label] for label in network.predict(np.stack(images)).argmax(axis=1)]
    except MnistCoreError:
        return ["?"] * len(images)


def _render_digit(digit: FoundDigit, networks: Sequence[Answering]) -> None:
    steps = preparation(digit.drawing)
    image = None if steps is None else steps.placed
    render_answers(answers_of(networks, image), key="draw.found")
    render_steps_in_brief(steps, key="draw.found.steps")
    st.button(
        "Put on the pad",
        key="draw.put",
        icon=":material/draw:",
        on_click=put_on_pad,
        args=(digit.drawing,),
        help="Change it there with the pen, or rotate and thicken it.",
    )
