"""The predictions of other runs for one digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.runs.names import run_labels
from dashboard.state.current import current
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.rows import Row
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.predictions import Position
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability
from mnist_core.words import word_for

MAX_RUNS = 40
COLUMNS = (
    Column(title="Run", is_text=True, help="Click one to see this digit in that run."),
    Column(title="Predicted", help="Predicted label."),
    Column(title="Probability", help="Probability of the true label."),
)


def render_other_runs(found: Evaluated, opened: Position) -> None:
    """A line for each other run that was scored on this digit; a click opens it there."""
    st.subheader("Other runs", anchor=False)
    row = found.predictions.row_at(opened)
    true = int(found.predictions.labels[opened])
    others = _predictions(found, row, true)
    if not others:
        st.caption(f"No other run has been scored on this {found.split} digit.")
        return
    n_wrong = sum(int(probabilities.argmax()) != true for _, probabilities in others)
    start = "Wrong" if found.predictions.correct[opened] else "Also wrong"
    runs = word_for(len(others), "other run")
    newest = f"the {MAX_RUNS} newest" if len(others) == MAX_RUNS else f"{len(others):,}"
    st.markdown(f"{start} in {n_wrong:,} of {newest} {runs} on the same data.")
    labels = run_labels([found.run, *(run for run, _ in others)])
    picked = number_table(
        COLUMNS,
        [_row(found, labels[run.run_id], probabilities, true) for run, probabilities in others],
        key="mistakes.others",
        label=f"Predictions of other runs for {found.split} digit {row}",
        name=f"{found.run.title} {found.split} digit {row} other runs",
    )
    if picked is not None:
        current.run = others[picked[0]][0].run_id
        st.rerun()


def _row(found: Evaluated, label: str, probabilities: np.ndarray, true: int) -> list[Number]:
    predicted = int(probabilities.argmax())
    share = float(probabilities[true])
    return [
        Number(text=label, opens=True, note=f"Show this digit in {label}"),
        Number(text=f"{found.class_names[predicted]} {'✓' if predicted == true else '✕'}"),
        Number(text=shown_probability(share), share=share),
    ]


def _predictions(found: Evaluated, row: Row, true: int) -> list[tuple[RunRecord, np.ndarray]]:
    """The newest other runs on the same data, with their probabilities for this digit."""
    own = found.run.dataset.sha256 if found.run.dataset else ""
    others: list[tuple[RunRecord, np.ndarray]] = []
    for run in cached.run_store().find(RunQuery(conditions=(equal("sha256", own),))):
        if len(others) == MAX_RUNS:
            break
        if run.run_id == found.run.run_id:
            continue
        try:
            predictions = cached.predictions(run.run_id, found.split)
        except MnistCoreError:
            continue
        position = predictions.position_of(row)
        if position is not None and predictions.labels[position] == true:
            others.append((run, predictions.probabilities[position]))
    return others
