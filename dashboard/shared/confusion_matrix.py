"""The confusion matrix as a table whose cells, rows and columns can be selected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.charts.confusion import shades
from dashboard.widgets.confusion_grid import NOTHING, ConfusionCells, Picked, confusion_grid
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.confusion import ConfusionMatrix, Normalization
from mnist_core.shares import shown_share
from mnist_core.words import counted


def render_confusion_matrix(
    matrix: ConfusionMatrix,
    *,
    key: str,
    label: str,
    name: str,
    rates: str | None = None,
    only_wrong: bool = False,
    class_names: Sequence[str] = DIGITS,
    selected: Picked = NOTHING,
) -> Picked | None:
    """Show the matrix; return what was selected in this rerun, or None.

    Args:
        key: "<page>.<field>".
        label: what is counted, for screen readers.
        name: of what and what; the file it is downloaded to is named so.
        rates: None shows counts, "true" percentages of the row, "predicted" percentages of the column.
        only_wrong: hide the diagonal; rates stay shares of the whole row or column.
        selected: what to show as selected.
    """
    cells = confusion_cells(matrix, rates=rates, only_wrong=only_wrong, class_names=class_names)
    return confusion_grid(cells, key=key, label=label, name=name, only_wrong=only_wrong, selected=selected)


def render_matrix_change(
    change: np.ndarray,
    *,
    key: str,
    label: str,
    name: str,
    class_names: Sequence[str] = DIGITS,
    selected: Picked = NOTHING,
) -> Picked | None:
    """Show what a change has added to each cell of a confusion matrix and taken from it; return what was selected.

    Args:
        change: counts after it minus counts before, (10, 10); rows are true labels.
        key: "<page>.<field>".
        label: what is counted, for screen readers.
        name: of what and what; the file it is downloaded to is named so.
        selected: what to show as selected.
    """
    names = tuple(class_names)
    # By the square root, so that small changes remain visible beside large ones; 0 is in the middle of the scale.
    shades = np.sign(change) * np.sqrt(np.abs(change) / max(1, int(np.abs(change).max(initial=0))))
    cells = ConfusionCells(
        names=names,
        texts=tuple(tuple(_signed(int(n)) for n in row) for row in change),
        shades=tuple(tuple(row) for row in shades.round(3).tolist()),
        notes=tuple(
            tuple(f"true {names[i]}, predicted {names[j]}: {_more_or_fewer(int(n))}" for j, n in enumerate(row))
            for i, row in enumerate(change)
        ),
        row_notes=tuple(f"all true {name}" for name in names),
        column_notes=tuple(
            f"all predicted {name}: {_more_or_fewer(int(n))}" for name, n in zip(names, change.sum(axis=0), strict=True)
        ),
    )
    return confusion_grid(cells, key=key, label=label, name=name, is_change=True, selected=selected)


def _signed(n: int) -> str:
    return "" if n == 0 else f"{n:+,}".replace("-", "−")


def _more_or_fewer(n: int) -> str:
    if n == 0:
        return "no change"
    return f"{counted(abs(n), 'image')} {'more' if n > 0 else 'fewer'}"


def confusion_cells(
    matrix: ConfusionMatrix,
    *,
    rates: str | None = None,
    only_wrong: bool = False,
    class_names: Sequence[str] = DIGITS,
) -> ConfusionCells:
    """The contents of the cells; arguments as for `render_confusion_matrix`."""
    names = tuple(class_names)
    values = matrix.counts.astype(np.float64) if rates is None else matrix.normalized(rates)
    shown = matrix.counts > 0
    if only_wrong:
        shown &= ~np.eye(len(values), dtype=np.bool_)
    return ConfusionCells(
        names=names,
        texts=_texts(values, shown, is_rate=rates is not None),
        shades=tuple(tuple(row) for row in np.where(shown, shades(values), 0.0).round(3).tolist()),
        notes=_notes(matrix, names),
        row_notes=_total_notes("true", names, matrix.counts.sum(axis=1)),
        column_notes=_total_notes("predicted", names, matrix.counts.sum(axis=0)),
    )


def _texts(values: np.ndarray, shown: np.ndarray, *, is_rate: bool) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(
            "" if not is_shown else shown_share(value).removesuffix("%") if is_rate else f"{value:.0f}"
            for value, is_shown in zip(row, marks, strict=True)
        )
        for row, marks in zip(values, shown, strict=True)
    )


def _notes(matrix: ConfusionMatrix, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    of_row, of_column = matrix.normalized(Normalization.TRUE), matrix.normalized(Normalization.PREDICTED)

    def note(i: int, j: int) -> str:
        n = int(matrix.counts[i, j])
        start = f"true {names[i]}, predicted {names[j]}: {counted(n, 'image')}"
        if n == 0:
            return start
        row, column = shown_share(of_row[i, j]), shown_share(of_column[i, j])
        return f"{start}; {row} of all true {names[i]}, {column} of all predicted {names[j]}"

    return tuple(tuple(note(i, j) for j in range(len(names))) for i in range(len(names)))


def _total_notes(side: str, names: Sequence[str], totals: np.ndarray) -> tuple[str, ...]:
    return tuple(f"all {side} {name}: {counted(int(n), 'image')}" for name, n in zip(names, totals, strict=True))
