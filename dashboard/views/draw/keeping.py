"""A drawing on the pad becomes a digit of My handwriting: its label is chosen, and the click can be undone."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import cached
from dashboard.settings import data_folder
from dashboard.shared.errors import explain_errors
from dashboard.state.session import per_tab
from dashboard.views.draw.collecting import writer_of_tab
from dashboard.views.draw.pad_start import pad_start
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.collected.store import add_digit, remove_digits
from mnist_core.data.dataset import N_CLASSES, UInt8Array
from mnist_core.data.drawing import drawing_problem, prepared
from mnist_core.errors import DatasetError
from mnist_core.words import counted

N_IN_ROW = 5


@dataclass(kw_only=True, slots=True)
class Kept:
    """What this tab has saved from the pad last.

    Attributes:
        drawing: the bytes of what was drawn, so that one drawing is not saved twice.
        problem: why it was not saved.
    """

    drawing: bytes = b""
    digit_id: int | None = None
    label: int = 0
    problem: str = ""


def render_keeping(drawn: UInt8Array, *, is_digit: bool) -> None:
    """The button that asks for the label; `is_digit`: there is something on the pad that can be saved."""
    kept = per_tab("draw.kept", Kept)
    is_saved = kept.digit_id is not None and kept.drawing == drawn.tobytes()
    title = f"Saved as {kept.label}" if is_saved else "Save to My handwriting"
    icon = ":material/check:" if is_saved else ":material/bookmark_add:"
    with st.popover(title, icon=icon, disabled=not is_digit, key="draw.keep"):
        if is_saved:
            st.markdown(f"My handwriting has {counted(len(cached.collection()), 'digit')}.")
            st.button("Undo", key="draw.keep_undo", icon=":material/undo:", on_click=_undo)
        else:
            _render_labels()
        if kept.problem:
            st.warning(escape_markdown(kept.problem), icon=":material/edit_off:")


def _render_labels() -> None:
    st.markdown("Add this drawing to a data set of your own. Which digit is it?")
    for first in range(0, N_CLASSES, N_IN_ROW):
        with st.container(horizontal=True, gap="small"):
            for label in range(first, first + N_IN_ROW):
                st.button(str(label), key=f"draw.keep_{label}", on_click=_save, args=(label,))
    st.caption(f"Writer: {escape_markdown(writer_of_tab())}. The name can be changed in the view My handwriting.")


@explain_errors()
def _save(label: int) -> None:
    kept, drawn = per_tab("draw.kept", Kept), pad_start().latest
    kept.problem = drawing_problem(drawn) or ""
    if kept.problem:
        return
    try:
        kept.digit_id = add_digit(data_folder(), prepared(drawn), label, writer_of_tab())
    except DatasetError as error:
        kept.problem = str(error)
        return
    kept.drawing, kept.label = drawn.tobytes(), label


@explain_errors()
def _undo() -> None:
    kept = per_tab("draw.kept", Kept)
    if kept.digit_id is not None:
        remove_digits(data_folder(), [kept.digit_id])
        kept.digit_id = None
