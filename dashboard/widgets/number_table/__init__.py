"""A small table whose numbers can be picked to open the digits behind them, by mouse, touch and keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.widgets.component import component, sent
from dashboard.widgets.file_names import file_name

_PICKED = re.compile(r"([0-9]{1,4})-([0-9]{1,2})", re.ASCII)

_component = component(__file__, events=("picked",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One cell of the table.

    Attributes:
        text: the text of the cell.
        share: length of the bar beside it, 0 to 1; None draws no bar.
        note: a longer text, for screen readers and tooltips.
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
    """One column; `help` is the tooltip of its title. `is_text`: aligned left; numbers are aligned right."""

    title: str
    help: str = ""
    is_text: bool = False


def number_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Number]],
    *,
    key: str,
    label: str,
    name: str,
    selected: tuple[int, int] | None = None,
) -> tuple[int, int] | None:
    """Show the table; return the row and column picked in this rerun, or None.

    Tab enters it, the arrow keys move between what can be picked, Enter or Space picks.

    Args:
        key: "<page>.<field>".
        label: what the table shows, for screen readers.
        name: of what and what, such as "two-conv scores"; the file it is downloaded to is named so.
        selected: row and column to show as picked.
    """
    picked = _checked(sent(key, "picked"), rows)
    now = selected if picked is None else picked
    _component(
        key=key,
        data={
            "label": label,
            "file": file_name(name),
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
    )
    return picked


def _checked(text: Any, rows: Sequence[Sequence[Number]]) -> tuple[int, int] | None:
    """The row and column that the browser sent, if they can be picked."""
    match = _PICKED.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    row, column = int(match[1]), int(match[2])
    can_be = row < len(rows) and column < len(rows[row]) and rows[row][column].opens
    return (row, column) if can_be else None
