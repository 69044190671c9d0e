"""What every other run said of one digit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.run_picker import run_labels
from dashboard.state.current import current
from dashboard.widgets.number_table import Column, Number, number_table
from dashboard.widgets.quantities import per_cent
from mnist_core.data.rows import Row
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.predictions import Position
from mnist_core.runs.record import RunRecord

MAX_RUNS = 40
COLUMNS = (
    Column(title="Run", is_text=True, help="Click one to see this digit there."),
    Column(title="Says", help="The most probable label."),
    Column(title="True label", help="The probability of the true label."),
)


def render_other_runs(found: Evaluated, opened: Position) -> None:
    """A line for each other run that was scored on this digit; a click opens it there."""
    st.subheader("What other runs say", anchor=False)
    row = found.predictions.row_at(opened)
    true = int(found.predictions.labels[opened])
    answers = _answers(found, row, true)
    if not answers:
        st.caption(f"No other run has been scored on this {found.split} digit.")
        return
    n_wrong = sum(int(probabilities.argmax()) != true for _, probabilities in answers)
    as_well = " as well" if not found.predictions.correct[opened] else ""
    newest = f"the {MAX_RUNS} newest" if len(answers) == MAX_RUNS else f"{len(answers):,}"
    st.markdown(f"{n_wrong:,} of {newest} get it wrong{as_well}.")
    labels = run_labels([found.run, *(run for run, _ in answers)])
    picked = number_table(
        COLUMNS,
        [_row(found, labels[run.run_id], probabilities, true) for run, probabilities in answers],
        key="mistakes.others",
        label=f"What other runs say of {found.split} digit {row}",
    )
    if picked is not None:
        current.run = answers[picked[0]][0].run_id
        st.rerun()


def _row(found: Evaluated, label: str, probabilities: np.ndarray, true: int) -> list[Number]:
    predicted = int(probabilities.argmax())
    share = float(probabilities[true])
    return [
        Number(text=label, opens=True, note=f"Show this digit in {label}"),
        Number(text=f"{found.class_names[predicted]} {'✓' if predicted == true else '✕'}"),
        Number(text=per_cent(share), share=share),
    ]


def _answers(found: Evaluated, row: Row, true: int) -> list[tuple[RunRecord, np.ndarray]]:
    """The newest other runs on the same data, with their probabilities for this digit."""
    own = found.run.dataset.sha256 if found.run.dataset else ""
    answers: list[tuple[RunRecord, np.ndarray]] = []
    for run in cached.run_store().list():
        is_same = run.dataset is not None and run.dataset.sha256 == own and run.run_id != found.run.run_id
        if not is_same or len(answers) == MAX_RUNS:
            continue
        try:
            predictions = cached.predictions(run.run_id, found.split)
        except MnistCoreError:
            continue
        position = predictions.position_of(row)
        if position is not None and predictions.labels[position] == true:
            answers.append((run, predictions.probabilities[position]))
    return answers
