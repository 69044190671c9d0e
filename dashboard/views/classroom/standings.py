"""The teacher's table: where each student stands in an assignment, and the way to their runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.data_table import data_table
from dashboard.views.classroom.here import Here
from dashboard.views.classroom.looking import render_look_at
from dashboard.views.classroom.times import shown_time
from mnist_core.classroom.assignments import Assignment
from mnist_core.classroom.board import Standing, standings
from mnist_core.shares import shown_share
from mnist_core.words import word_for


def render_standings(here: Here, assignment: Assignment) -> None:
    """Everybody's runs, those that count, and the entry; what stands out first, in a sentence."""
    found = standings(assignment, here.people, here.store_of)
    st.subheader("Students", anchor=False)
    if not found:
        st.caption("The class has no students yet. Add them in the tab People.")
        return
    st.markdown(_sentence(assignment, found))
    data_table(
        pd.DataFrame([_row(standing) for standing in found]),
        key="classroom.standings",
        name=f"{assignment.title} students",
        placeholder="–",
        texts={"Test accuracy": shown_share, "Validation accuracy": shown_share},
    )
    render_look_at(tuple(standing.person for standing in found))


def _sentence(assignment: Assignment, found: tuple[Standing, ...]) -> str:
    with_entry = sum(standing.entry is not None for standing in found)
    idle = sum(standing.n_runs == 0 for standing in found)
    parts = [f"{with_entry} of {len(found)} {word_for(with_entry, 'has', 'have')} an entry"]
    if assignment.goal is not None:
        reached = sum(bool(standing.reached_goal) for standing in found)
        parts.append(f"{reached} {word_for(reached, 'has', 'have')} reached the goal")
    if idle:
        parts.append(f"{idle} {word_for(idle, 'has', 'have')} not trained anything yet")
    return f"{'; '.join(parts)}."


def _row(standing: Standing) -> dict[str, object]:
    summary = standing.entry.summary if standing.entry is not None else None
    goal = {None: "", True: "Reached", False: "Below"}[standing.reached_goal if standing.n_runs else None]
    return {
        "Name": standing.person.name,
        "Runs": standing.n_runs,
        "Runs that count": standing.n_counting,
        "Validation accuracy": summary.validation_accuracy if summary else None,
        "Test accuracy": summary.test_accuracy if summary else None,
        "Parameters": f"{summary.parameters:,}" if summary else "–",
        "Goal": goal,
        "Newest run": "" if standing.last_at is None else shown_time(standing.last_at),
    }
