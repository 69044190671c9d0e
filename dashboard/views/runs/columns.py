"""The columns of the table of runs, and a part of the runs as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.shared.run_status import STATUS_BADGES
from mnist_core.errors import RunError
from mnist_core.evaluation.repeats import spread_of
from mnist_core.runs.index_rows import RunRow
from mnist_core.shares import shown_range, shown_share

CURVE_COLUMN = "curve"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunColumn:
    """One column.

    Attributes:
        value: what stands in it, as it is exported.
        words: how a value that is known is written.
        sorts: the field of the index that it is sorted by; empty for none.
        width: in pixels.
        is_usual: whether it is shown until columns are chosen.
    """

    title: str
    value: Callable[[RunRow], Any]
    words: Callable[[Any], str] = str
    sorts: str = ""
    width: int = 94
    help: str = ""
    is_usual: bool = False


def _count(value: int) -> str:
    return f"{value:,}"


def _seconds(value: float) -> str:
    return f"{value:,.0f}"


def _made(row: RunRow) -> str:
    day, time = row.run_id[:8], row.run_id[9:13]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:]}"


COLUMNS: Mapping[str, RunColumn] = {
    "star": RunColumn(title="★", value=lambda row: "★" if row.is_starred else "", width=38, is_usual=True),
    "name": RunColumn(title="Run", value=lambda row: row.title, sorts="title", width=270, is_usual=True),
    "status": RunColumn(
        title="Status", value=lambda row: STATUS_BADGES[row.status][0], sorts="status", width=94, is_usual=True
    ),
    "validation_accuracy": RunColumn(
        title="Validation", value=lambda row: row.validation_accuracy, words=shown_share, width=86, is_usual=True,
        sorts="validation_accuracy", help="Accuracy on the validation images after the best epoch.",
    ),
    "test_accuracy": RunColumn(
        title="Test", value=lambda row: row.test_accuracy, words=shown_share, width=76, is_usual=True,
        sorts="test_accuracy", help="Accuracy on the test images, with the best checkpoint.",
    ),
    CURVE_COLUMN: RunColumn(
        title="Curve", value=lambda row: None, is_usual=True, width=80, help="Validation accuracy after each epoch."
    ),
    "epochs": RunColumn(
        title="Epochs", value=lambda row: f"{row.epochs_done}/{row.epochs}", sorts="epochs_done", width=68,
        is_usual=True,
    ),
    "dataset": RunColumn(title="Data set", value=lambda row: row.dataset, sorts="dataset", width=112, is_usual=True),
    "tags": RunColumn(title="Tags", value=lambda row: ", ".join(row.tags), width=120, is_usual=True),
    "created": RunColumn(title="Created", value=_made, sorts="created", width=134, is_usual=True),
    "recipe": RunColumn(title="Recipe", value=lambda row: row.recipe or "", sorts="recipe", width=120),
    "parameters": RunColumn(title="Parameters", value=lambda row: row.parameters, words=_count, sorts="parameters"),
    "train_seconds": RunColumn(
        title="Seconds", value=lambda row: row.train_seconds, words=_seconds, sorts="train_seconds",
        help="Time of the training in seconds.",
    ),
    "test_loss": RunColumn(
        title="Test loss", value=lambda row: row.test_loss, words="{:.4f}".format, sorts="test_loss"
    ),
    "validation_loss": RunColumn(
        title="Validation loss", value=lambda row: row.validation_loss, words="{:.4f}".format, width=110,
        sorts="validation_loss",
    ),
    "seed": RunColumn(title="Seed", value=lambda row: row.seed, sorts="seed", width=70),
    "note": RunColumn(title="Note", value=lambda row: row.note, width=220),
    "run_id": RunColumn(title="Id", value=lambda row: row.run_id, sorts="run_id", width=190),
}  # fmt: skip
"""Every column by its name in the link."""

USUAL = tuple(name for name, column in COLUMNS.items() if column.is_usual)
SORTED_BY = {name: column.title for name, column in COLUMNS.items() if column.sorts}
"""What the table can be sorted by, with the titles on screen."""


def columns_shown(chosen: Iterable[str]) -> tuple[str, ...]:
    """The columns to show, in the order of the registry: the chosen ones, else the usual ones."""
    wanted = set(chosen) & COLUMNS.keys()
    return tuple(name for name in COLUMNS if name in wanted) if wanted else USUAL


def run_table(rows: Sequence[RunRow], names: Iterable[str]) -> pd.DataFrame:
    """Runs as texts, one row each; curves as lists of shares. For `st.dataframe`, which runs no text as markup."""
    return pd.DataFrame({name: [_cell(row, name) for row in rows] for name in names})


def repeat_table(groups: Sequence[Sequence[RunRow]], names: Iterable[str]) -> pd.DataFrame:
    """The same with one row for each group of repeats: the median of their scores and the spread."""
    table = run_table([group[0] for group in groups], names)
    for name in {"validation_accuracy", "test_accuracy"} & set(table.columns):
        table[name] = [_spread([getattr(row, name) for row in group]) for group in groups]
    if "name" in table.columns:
        table["name"] = [
            row.title if len(group) == 1 else f"{len(group)} repeats of {row.title}"
            for row, group in zip((group[0] for group in groups), groups, strict=True)
        ]
    return table


def export_table(rows: Sequence[RunRow], names: Iterable[str]) -> pd.DataFrame:
    """Runs with their numbers as they are, for a file; the id comes first."""
    kept = [name for name in dict.fromkeys(("run_id", *names)) if name != CURVE_COLUMN]
    return pd.DataFrame({name: [COLUMNS[name].value(row) for row in rows] for name in kept})


def column_settings(names: Iterable[str]) -> dict[str, Any]:
    """The settings of `st.dataframe` for these columns."""
    settings: dict[str, Any] = {}
    for name in names:
        column = COLUMNS[name]
        if name == CURVE_COLUMN:
            settings[name] = st.column_config.LineChartColumn(column.title, help=column.help, width=column.width)
        else:
            settings[name] = st.column_config.TextColumn(column.title, help=column.help or None, width=column.width)
    return settings


def _cell(row: RunRow, name: str) -> Any:
    if name == CURVE_COLUMN:
        return _curve(row)
    value = COLUMNS[name].value(row)
    return "" if value is None else COLUMNS[name].words(value)


def _curve(row: RunRow) -> list[float]:
    """Validation accuracy after each epoch; read when the row is shown."""
    if not row.epochs_done:
        return []
    try:
        return [metrics.val_accuracy for metrics in cached.history(row.run_id)]
    except RunError:  # deleted meanwhile
        return []


def _spread(scores: Sequence[float | None]) -> str:
    spread = spread_of(scores)
    if spread is None:
        return ""
    if spread.count == 1:
        return shown_share(spread.median)
    return f"{shown_share(spread.median)} ({shown_range(spread.low, spread.high)})"
