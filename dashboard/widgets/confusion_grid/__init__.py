"""The confusion matrix as a table whose cells, rows and columns can be picked by mouse, touch and keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from dashboard.colours import RIGHT, WRONG
from dashboard.state.session import widget_value
from mnist_core.evaluation.confusion import ConfusionMatrix

N_LABELS = 10
_PICKED = re.compile(r"(cell|true|predicted)-([0-9])(?:-([0-9]))?", re.ASCII)

_component = st.components.v2.component(
    "mnist_studio_confusion_grid",
    html='<div class="confusion"></div>\n',
    css=Path(__file__).with_name("confusion_grid.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("confusion_grid.js").read_text(encoding="utf-8"),
)


class Picked(NamedTuple):
    """A cell (both labels), a row (a true label) or a column (a predicted label) of the matrix."""

    true_label: int | None
    predicted_label: int | None


NOTHING = Picked(None, None)


def confusion_grid(
    matrix: ConfusionMatrix,
    *,
    key: str,
    label: str,
    rates: str | None = None,
    only_wrong: bool = False,
    class_names: Sequence[str] = tuple("0123456789"),
    selected: Picked = NOTHING,
) -> Picked | None:
    """Show the matrix; return what was picked in this rerun, or None.

    Tab enters the table, the arrow keys, Home and End move within it, Enter or Space picks.

    Args:
        key: "<page>.<field>".
        label: what is counted, for those who hear the page.
        rates: None shows counts, "true" per cent of the row, "predicted" per cent of the column.
        only_wrong: leave the diagonal out; rates stay shares of the whole row or column.
        selected: what to show as picked.
    """
    picked = _checked(widget_value(key))
    values = matrix.counts.astype(np.float64) if rates is None else matrix.normalized(rates)
    shown = matrix.counts > 0
    if only_wrong:
        shown &= ~np.eye(len(values), dtype=bool)
    now = selected if picked is None else picked
    _component(
        key=key,
        data={
            "label": label,
            "names": tuple(class_names),
            "texts": tuple(
                tuple(_text(values[i, j], shown[i, j], rates) for j in range(N_LABELS)) for i in range(N_LABELS)
            ),
            "shades": tuple(tuple(row) for row in np.where(shown, shades(values), 0.0).round(3).tolist()),
            "notes": _notes(matrix, class_names),
            "rows": tuple(
                _total_note("true", name, n) for name, n in zip(class_names, matrix.counts.sum(1), strict=True)
            ),
            "columns": tuple(
                _total_note("predicted", name, n) for name, n in zip(class_names, matrix.counts.sum(0), strict=True)
            ),
            "right": RIGHT,
            "wrong": WRONG,
            "onlyWrong": only_wrong,
            "selected": (
                -1 if now.true_label is None else now.true_label,
                -1 if now.predicted_label is None else now.predicted_label,
            ),
        },
        on_picked_change=_no_op,
    )
    return picked


def shades(values: np.ndarray) -> np.ndarray:
    """Shades 0 to 1: right and wrong each against their own largest, by the root so that few are seen beside many."""
    found = np.zeros_like(values)
    on_diagonal = np.eye(len(values), dtype=bool)
    for part in (on_diagonal, ~on_diagonal):
        largest = values[part].max(initial=0)
        if largest > 0:
            found[part] = np.sqrt(values[part] / largest)
    return found


def _text(value: float, is_shown: bool, rates: str | None) -> str:
    if not is_shown:
        return ""
    return f"{value:.0f}" if rates is None else f"{100 * value:.1f}"


def _notes(matrix: ConfusionMatrix, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    of_row, of_column = matrix.normalized("true"), matrix.normalized("predicted")
    return tuple(
        tuple(
            f"true {names[i]}, predicted {names[j]}: {_digits(matrix.counts[i, j])}"
            + (
                f"; {of_row[i, j]:.1%} of all true {names[i]}, {of_column[i, j]:.1%} of all predicted {names[j]}"
                if matrix.counts[i, j]
                else ""
            )
            for j in range(N_LABELS)
        )
        for i in range(N_LABELS)
    )


def _total_note(side: str, name: str, n: int) -> str:
    return f"all {side} {name}: {_digits(n)}"


def _digits(n: int) -> str:
    return "1 digit" if n == 1 else f"{n:,} digits"


def _checked(value: Any) -> Picked | None:
    """What the browser sent, if it is a cell, a row or a column."""
    try:
        text = value["picked"]
    except (KeyError, TypeError):
        return None
    match = _PICKED.fullmatch(text) if isinstance(text, str) else None
    if match is None or (match[1] == "cell") != (match[3] is not None):
        return None
    if match[1] == "cell":
        return Picked(int(match[2]), int(match[3]))
    return Picked(int(match[2]), None) if match[1] == "true" else Picked(None, int(match[2]))


def _no_op() -> None:
    """Makes Streamlit report the value at all."""
