"""The collected digits: look through them, change a label, delete with a way back, export."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.settings import data_folder
from dashboard.shared.errors import explain_errors
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.session import per_tab, widget_value
from dashboard.views.draw.choices import DrawChoices
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.export import collection_csv, collection_npz
from mnist_core.data.collected.store import relabel_digit, remove_digits, restore_digits
from mnist_core.data.dataset import DIGITS

CELL, ENLARGED = 48, 6
MAX_SHOWN = 500


@dataclass(kw_only=True, slots=True, eq=False)
class Looking:
    """Which digit of the gallery is open in this tab, and what was deleted last."""

    opened: int | None = None
    removed: Collection | None = None


def render_handwriting_gallery() -> None:
    """The digits of one writer and label or of all; the open one beside them."""
    found = cached.collection()
    looking = per_tab("draw.gallery", Looking)
    question, answer = question_and_answer()
    with question:
        _render_removed(looking)
        if not len(found):
            st.info("Nobody has written a digit yet. Open Collect to write the first ones.", icon=":material/draw:")
        else:
            rows = _render_filters(found)
            _render_grid(found, rows, looking)
            _render_export(found, rows)
    row = None if looking.opened is None else found.row_of(looking.opened)
    title = "" if row is None else f"{found.labels[row]} by {escape_markdown(found.writers[row])}"
    with answer_panel(answer, name="draw", title=title, is_open=row is not None, on_close=_close):
        if row is None:
            st.caption(":material/touch_app: Click a digit to change its label or to delete it.")
        else:
            _render_digit(found, row)


def _render_filters(found: Collection) -> np.ndarray:
    """Positions of the digits to show, the newest first."""
    writers = found.known_writers()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        writer = linked_select(
            "Writer",
            (None, *writers),
            choice=DrawChoices.writer,
            words=lambda name: "All writers" if name is None else name,
            width=200,
            help="Show only the digits of one writer.",
        )
        label = linked_select(
            "Label",
            (None, *range(len(DIGITS))),
            choice=DrawChoices.label,
            words=lambda value: "All labels" if value is None else DIGITS[value],
            width=140,
            help="Show only the digits with one label.",
        )
    return found.rows_of(writer=writer, label=label)[::-1]


def _render_grid(found: Collection, rows: np.ndarray, looking: Looking) -> None:
    shown = rows[:MAX_SHOWN]
    if not len(shown):
        st.caption("No digits here.")
        return
    more = f"; the newest {len(shown):,} are shown" if len(rows) > len(shown) else ""
    st.caption(f"{len(rows):,} of {len(found):,} digits, the newest first{more}.")
    opened = np.flatnonzero(found.ids[shown] == (looking.opened or -1))
    picked = digit_grid(
        found.images[shown],
        [str(label) for label in found.labels[shown]],
        key="draw.gallery",
        label="Collected digits",
        ids=found.ids[shown],
        show_captions=True,
        notes=[f"{found.labels[row]} by {found.writers[row]}" for row in shown],
        selected=int(opened[0]) if len(opened) else None,
        cell=CELL,
    )
    if picked is not None:
        looking.opened = int(found.ids[shown[picked]])


def _render_digit(found: Collection, row: int) -> None:
    digit_id = int(found.ids[row])
    enlarged_digit(found.images[row], ENLARGED, alt=f"Digit {digit_id}")
    split = "test" if found.is_test[row] else "training"
    st.caption(f"One of the {split} digits of the collection.")
    key = f"draw.relabel.{digit_id}.{found.labels[row]}"
    st.segmented_control(
        "Label",
        range(len(DIGITS)),
        default=int(found.labels[row]),
        key=key,
        required=True,
        on_change=_relabel,
        args=(digit_id, key),
        help="The digit that was meant. Select another one to correct it.",
    )
    st.button(
        "Delete", key="draw.delete", icon=":material/delete:", on_click=_delete, args=(digit_id,),
        help="It can be restored until another one is deleted.",
    )  # fmt: skip


def _render_removed(looking: Looking) -> None:
    if looking.removed is None or not len(looking.removed):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"A **{looking.removed.labels[0]}** was deleted.")
        st.button("Undo", key="draw.restore", icon=":material/undo:", on_click=_restore)


def _render_export(found: Collection, rows: np.ndarray) -> None:
    makers = {"npz": collection_npz, "csv": collection_csv}
    with st.container(horizontal=True):
        for ending, make in makers.items():
            st.download_button(
                f"Export {ending.upper()}",
                data=partial(make, found.take(rows[::-1])),
                file_name=f"my-handwriting-{len(rows)}-digits.{ending}",
                mime="text/csv" if ending == "csv" else "application/zip",
                key=f"draw.export.{ending}",
                icon=":material/download:",
                on_click="ignore",
                disabled=not len(rows),
            )


@explain_errors()
def _relabel(digit_id: int, key: str) -> None:
    label = widget_value(key)
    if isinstance(label, int):
        relabel_digit(data_folder(), digit_id, label)


@explain_errors()
def _delete(digit_id: int) -> None:
    looking = per_tab("draw.gallery", Looking)
    looking.removed = remove_digits(data_folder(), [digit_id])
    looking.opened = None


@explain_errors()
def _restore() -> None:
    looking = per_tab("draw.gallery", Looking)
    if looking.removed is not None:
        restore_digits(data_folder(), looking.removed)
        looking.opened, looking.removed = int(looking.removed.ids[0]), None


def _close() -> None:
    per_tab("draw.gallery", Looking).opened = None
