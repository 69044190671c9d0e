"""A student's own entry in an assignment, and why other runs of theirs do not count."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.data_table import data_table
from dashboard.shared.runs.names import run_labels
from dashboard.shared.runs.scores import score_on_test
from dashboard.views.classroom.here import Here
from dashboard.widgets.markdown import escape_markdown
from mnist_core.classroom.assignments import Assignment, reason_against
from mnist_core.classroom.board import entry_run
from mnist_core.runs.query import RunQuery

N_RECENT = 8
HOW_IT_COUNTS = (
    "Of your runs that count, the one with the best validation accuracy is your entry. The board compares entries by "
    "test accuracy."
)


def render_entry(here: Here, assignment: Assignment) -> None:
    """The entry with its score, and the newest runs with what speaks against each."""
    store = here.store_of(here.person)
    entry = entry_run(assignment, store)
    st.subheader("Your entry", anchor=False, help=HOW_IT_COUNTS)
    if entry is None:
        st.markdown("None of your runs counts yet. Design a network within the limits, and train it.")
    else:
        goal, accuracy = assignment.goal, entry.summary.test_accuracy or 0.0
        verdict = (
            "" if goal is None else " The goal is reached." if accuracy >= goal else " The goal is not reached yet."
        )
        st.markdown(f"**{escape_markdown(entry.title)}**: {score_on_test(entry) or ''}.{verdict}")
    if (page := page_named("design")) is not None:
        st.page_link(page, label="Design a network", icon=":material/arrow_forward:")
    newest = list(store.find(RunQuery(limit=N_RECENT)))
    if newest:
        labels = run_labels(newest)
        rows = [(labels[run.run_id], reason_against(assignment, run) or "It counts.") for run in newest]
        with st.expander("Your newest runs, and whether they count", expanded=entry is None):
            table = pd.DataFrame(rows, columns=["Run", "Does it count?"])
            data_table(table, key="classroom.newest", name=f"{assignment.title} own runs")
