"""The guided collection: "Draw a 3", Enter saves it and asks for the next."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import streamlit as st

from dashboard import cached
from dashboard.settings import data_folder
from dashboard.shared.errors import explain_errors
from dashboard.state.session import per_tab, widget_value
from dashboard.views.draw.pad_start import EMPTY
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.drawing_pad import drawing_pad, drawn_on, entered_on
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.collected.prompts import ROUND, prompt
from mnist_core.data.collected.store import add_digit, remove_digits
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.drawing import drawing_problem, prepared
from mnist_core.errors import DatasetError
from mnist_core.words import counted

PAD, PAD_WIDTH = "draw.collected", 360
WRITER = "draw.writer_name"
N_LAST = 10
VOWEL = 8
"""The only digit whose name begins with one: "an 8"."""
WIDTHS = (5, 7)


@dataclass(kw_only=True, slots=True)
class Series:
    """What this tab has asked for and saved.

    Attributes:
        number: which prompt of the series is next; the pad starts over with it.
        saved: the digits that were saved here, the last one at the end: id, and the prompt that it answered.
        problem: why the last drawing was not saved.
    """

    seed: int = field(default_factory=lambda: secrets.randbits(32))
    number: int = 0
    saved: list[tuple[int, int]] = field(default_factory=list)
    writer: str = "Me"
    problem: str = ""

    @property
    def label(self) -> int:
        """The digit that is asked for."""
        return prompt(self.seed, self.number)

    @property
    def wanted(self) -> str:
        """The digit with its article."""
        return f"{'an' if self.label == VOWEL else 'a'} {self.label}"

    @property
    def token(self) -> str:
        return f"{self.seed}-{self.number}"


def writer_of_tab() -> str:
    """The name under which this tab saves digits."""
    return per_tab("draw.series", Series).writer


def render_collecting() -> None:
    """The prompt, the pad, and how far the round is; only they are redrawn when a digit is saved."""
    st.fragment(_render_now)()


@explain_errors()
def _render_now() -> None:
    series = per_tab("draw.series", Series)
    entered = entered_on(EMPTY, key=PAD, token=series.token)
    if entered is not None:
        _save(series, entered)
    left, right = st.columns(WIDTHS, gap="large")
    with right:
        _render_writer(series)
        _render_progress(series)
        _render_last(series)
        _render_problem(series)  # beside the pad, which stays where it is
    with left:
        with st.container(key="draw.prompt"):
            st.markdown(f"### Draw {series.wanted}")
        _render_buttons(series)  # above the pad, so that they are in reach of a thumb
        drawing_pad(
            EMPTY, key=PAD, token=series.token, label=f"Pad to draw {series.wanted} on", width=PAD_WIDTH, enters=True
        )
        st.caption("**Enter** saves the digit and asks for the next one. Write as you usually do.")


def _render_writer(series: Series) -> None:
    name = st.text_input(
        "Writer",
        value=series.writer,
        key=WRITER,
        help="The name is saved with each digit, so that several people can be told apart.",
    )
    series.writer = name or ""


def _render_buttons(series: Series) -> None:
    with st.container(horizontal=True):
        st.button("Save", key="draw.save", icon=":material/check:", type="primary", on_click=_save_drawn)
        st.button("Skip", key="draw.skip", icon=":material/skip_next:", on_click=_skip, help="Ask for another digit.")
        st.button(
            "Undo last",
            key="draw.undo_last",
            icon=":material/undo:",
            disabled=not series.saved,
            on_click=_undo_last,
            help="Delete the digit that was saved last, and ask for it again.",
        )


def _render_problem(series: Series) -> None:
    if series.problem:
        st.warning(escape_markdown(series.problem), icon=":material/edit_off:")


def _render_progress(series: Series) -> None:
    done = len(series.saved) % ROUND
    if series.saved and not done:
        st.success(f"A round of {ROUND} is complete. Draw another one, or open Results to see the scores.")
    else:
        st.progress(done / ROUND, text=f"{done} of {ROUND} in this round")
    total = counted(len(cached.collection()), "digit")
    st.caption(f"The collection has {total}, five of each label a round.")


def _render_last(series: Series) -> None:
    found = cached.collection()
    rows = [row for digit_id, _ in series.saved[-N_LAST:] if (row := found.row_of(digit_id)) is not None]
    if rows:
        digit_grid(
            found.images[rows],
            [str(label) for label in found.labels[rows]],
            key="draw.last",
            label="The digits saved last",
            ids=found.ids[rows],
            show_captions=True,
            cell=44,
        )


@explain_errors()
def _save_drawn() -> None:
    series = per_tab("draw.series", Series)
    _save(series, drawn_on(EMPTY, key=PAD, token=series.token))


def _save(series: Series, drawing: UInt8Array) -> None:
    """Save a drawing under the label that was asked for, and go on; or remember why not."""
    written = widget_value(WRITER)  # newer than what was drawn last: the name may have changed with this click
    series.writer = written if isinstance(written, str) else series.writer
    series.problem = drawing_problem(drawing) or ""
    if series.problem:
        return
    try:
        digit_id = add_digit(data_folder(), prepared(drawing), series.label, series.writer)
    except DatasetError as error:
        series.problem = str(error)
        return
    series.saved.append((digit_id, series.number))
    series.number += 1


@explain_errors()
def _skip() -> None:
    series = per_tab("draw.series", Series)
    series.number += 1
    series.problem = ""


@explain_errors()
def _undo_last() -> None:
    series = per_tab("draw.series", Series)
    if series.saved:
        digit_id, series.number = series.saved.pop()
        remove_digits(data_folder(), [digit_id])
        series.problem = ""
