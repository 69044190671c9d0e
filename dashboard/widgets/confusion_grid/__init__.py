"""A square table of labels whose cells, rows and columns can be picked by mouse, touch and keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from dashboard.colours import NEUTRAL, RIGHT, SIGNED, WRONG
from dashboard.widgets.component import component, position_in, sent
from dashboard.widgets.file_names import file_name

_PICKED = re.compile(r"(cell|true|predicted)-([0-9]{1,3})(?:-([0-9]{1,3}))?", re.ASCII)

_component = component(__file__, events=("picked",))


class Picked(NamedTuple):
    """A cell (both labels), a row (a true label) or a column (a predicted label) of the table."""

    true_label: int | None
    predicted_label: int | None


NOTHING = Picked(None, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfusionCells:
    """The content of the table: rows are true labels, columns predicted ones.

    Attributes:
        names: of the labels.
        texts: the text of each cell.
        shades: how strong each cell is, 0 to 1; in a table of changes from -1 to 1, with the sign of the change.
        notes: longer texts, for screen readers and tooltips.
        row_notes: the same for whole rows.
        column_notes: the same for whole columns.
    """

    names: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    shades: tuple[tuple[float, ...], ...]
    notes: tuple[tuple[str, ...], ...]
    row_notes: tuple[str, ...]
    column_notes: tuple[str, ...]


def confusion_grid(
    cells: ConfusionCells,
    *,
    key: str,
    label: str,
    name: str,
    only_wrong: bool = False,
    is_change: bool = False,
    selected: Picked = NOTHING,
) -> Picked | None:
    """Show the table; return what was picked in this rerun, or None.

    Tab enters the table, the arrow keys, Home and End move within it, Enter or Space picks.

    Args:
        key: "<page>.<field>".
        label: what is counted, for screen readers.
        name: of what and what, such as "two-conv confusion"; the file it is downloaded to is named so.
        only_wrong: the diagonal cannot be picked.
        is_change: the cells are changes: they have the colours of numbers with a sign, and none is correct or wrong.
        selected: what to show as picked.
    """
    picked = _checked(sent(key, "picked"), len(cells.names))
    now = selected if picked is None else picked
    _component(
        key=key,
        data={
            "label": label,
            "file": file_name(name),
            "names": cells.names,
            "texts": cells.texts,
            "shades": cells.shades,
            "notes": cells.notes,
            "rows": cells.row_notes,
            "columns": cells.column_notes,
            "colours": {"right": RIGHT, "wrong": WRONG, "empty": NEUTRAL},
            "onlyWrong": only_wrong,
            "palette": SIGNED if is_change else None,
            "theme": st.context.theme.type if is_change else None,  # so that it is drawn anew when the theme changes
            "selected": tuple(-1 if place is None else place for place in now),
        },
    )
    return picked


def _checked(text: Any, size: int) -> Picked | None:
    """What the browser sent, if it is a cell, a row or a column."""
    match = _PICKED.fullmatch(text) if isinstance(text, str) else None
    if match is None or (match[1] == "cell") != (match[3] is not None):
        return None
    places = [position_in(int(part), size) for part in match.groups()[1:] if part is not None]
    if None in places:
        return None
    if match[1] == "cell":
        return Picked(places[0], places[1])
    return Picked(places[0], None) if match[1] == "true" else Picked(None, places[0])
