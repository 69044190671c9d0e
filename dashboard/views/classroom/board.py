"""The board of an assignment: everybody's entry by test accuracy."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.data_table import data_table
from dashboard.views.classroom.entry import HOW_IT_COUNTS
from dashboard.views.classroom.here import Here
from dashboard.widgets.quantities import shown_seconds
from mnist_core.classroom.assignments import Assignment
from mnist_core.classroom.board import Entry, board
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.shares import shown_level, shown_range, shown_share

UNNAMED = "A student"


def render_board(here: Here, assignment: Assignment) -> None:
    """The table; whether an entry differs from the first one by more than chance is said beside it."""
    entries = board(assignment, here.people, here.store_of)
    st.subheader("Board", anchor=False, help=HOW_IT_COUNTS)
    if not entries:
        st.caption("Nobody has an entry yet.")
        return
    rows = [_row(here, assignment, entry) for entry in entries]
    table = pd.DataFrame(rows)
    data_table(
        table,
        key="classroom.board",
        name=f"{assignment.title} board",
        placeholder="–",
        texts={"Test accuracy": shown_share},
    )
    if any(entry.is_tied for entry in entries):
        st.caption(
            "Not clearly different: McNemar's exact test on the test images cannot tell the entry from the first one "
            f"(p of at least {shown_level(UNLIKELY)}), so their order may be chance."
        )


def _row(here: Here, assignment: Assignment, entry: Entry) -> dict[str, object]:
    run = entry.run
    return {
        "Rank": entry.rank,
        "Name": _name(here, assignment, entry),
        "Test accuracy": entry.accuracy,
        "95% interval": shown_range(*entry.interval),
        "Against the first": "Not clearly different" if entry.is_tied else "–" if entry.rank == 1 else "Less accurate",
        "Parameters": f"{run.summary.parameters:,}",
        "Epochs": run.summary.epochs_done,
        "Training": "–" if run.summary.train_seconds is None else shown_seconds(run.summary.train_seconds),
    }


def _name(here: Here, assignment: Assignment, entry: Entry) -> str:
    if entry.person == here.person:
        return f"{entry.person.name} (you)"
    return entry.person.name if here.person.is_teacher or assignment.are_names_shown else UNNAMED
