"""A small table of numbers that can be picked, each to open the digits behind it; by mouse, touch and keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.state.session import widget_value

_PICKED = re.compile(r"([0-9]{1,4})-([0-9]{1,2})", re.ASCII)

_component = st.components.v2.component(
    "mnist_studio_number_table",
    html='<div class="numbers"></div>\n',
    css=Path(__file__).with_name("number_table.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("number_table.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One place of the table.

    Attributes:
        text: what stands there.
        share: length of the bar beside it, 0 to 1; None draws no bar.
        note: a longer text, spoken and shown when pointed at.
        opens: whether it can be picked.
        colour: a small mark before the text, in this colour; empty draws none.
    """

    text: str
    share: float | None = None
    note: str = ""
    opens: bool = False
    colour: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column; `help` is shown when its title is pointed at. `is_text`: to the left, else numbers to the right."""

    title: str
    help: str = ""
    is_text: bool = False


def number_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Number]],
    *,
    key: str,
    label: str,
    selected: tuple[int, int] | None = None,
) -> tuple[int, int] | None:
    """Show the table; return the row and column picked in this rerun, or None.

    Tab enters it, the arrow keys move between what can be picked, Enter or Space picks.

    Args:
        key: "<page>.<field>".
        label: what the table says, for those who hear the page.
        selected: row and column to show as picked.
    """
    picked = _checked(widget_value(key), rows)
    now = selected if picked is None else picked
    _component(
        key=key,
        data={
            "label": label,
            "columns": tuple((column.title, column.help, column.is_text) for column in columns),
            "rows": tuple(
                tuple(
                    (item.text, -1.0 if item.share is None else item.share, item.note, item.opens, item.colour)
                    for item in row
                )
                for row in rows
            ),
            "selected": "" if now is None else f"{now[0]}-{now[1]}",
        },
        on_picked_change=_no_op,
    )
    return picked


def _checked(value: Any, rows: Sequence[Sequence[Number]]) -> tuple[int, int] | None:
    """The row and column in what the browser sent, if they can be picked."""
    try:
        text = value["picked"]
    except (KeyError, TypeError):
        return None
    match = _PICKED.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    row, column = int(match[1]), int(match[2])
    can_be = row < len(rows) and column < len(rows[row]) and rows[row][column].opens
    return (row, column) if can_be else None


def _no_op() -> None:
    """Makes Streamlit report the value at all."""
