"""The training history of one validation digit: its probabilities after each epoch."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.charts.training_history import training_history_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.card import IN_CARD, render_enlarged, verdict
from dashboard.widgets.chart import chart
from mnist_core.evaluation.predictions import Position
from mnist_core.evaluation.training_history import CATEGORIES, TrainingHistories
from mnist_core.words import counted, word_for

HEIGHT = 260


def render_unreadable_epochs(run_id: str) -> None:
    """Which epochs the training histories leave out, because their predictions cannot be read."""
    known = answers.training_histories(run_id).epochs
    missing = [f"{epoch}" for epoch in cached.run_store().validation_epochs(run_id) if epoch not in known]
    if missing:
        which = f"{word_for(len(missing), 'epoch')} {', '.join(missing)}"
        st.caption(f"The predictions after {which} cannot be read; training histories leave them out.")


def render_digit_history(found: Evaluated, position: Position) -> None:
    """The digit, its category in a sentence, and the curve of each probability."""
    run_id, row = found.run.run_id, found.predictions.row_at(position)
    with st.container(horizontal=True, vertical_alignment="center"):
        render_enlarged(found, position, scale=IN_CARD - 1)
        with st.container(gap="xxsmall"):
            st.markdown(verdict(found, position))
            st.caption(f"Validation image {row}")
            histories = answers.training_histories(run_id)
            where = np.flatnonzero(histories.index == row)
            if len(where) == 0:
                st.caption("The training history of this digit is not stored.")
                return
            place = int(where[0])
            st.markdown(_history_words(histories, place))
    probabilities = np.stack(
        [cached.predictions(run_id, "validation", epoch).probabilities[place] for epoch in histories.epochs]
    )
    chart(
        training_history_figure(
            histories.epochs,
            probabilities,
            true_label=int(histories.labels[place]),
            class_names=found.class_names,
            height=HEIGHT,
        ),
        key="mistakes.life",
        name=f"{found.run.title} digit {found.predictions.index[position]} by epoch",
        alt="Probabilities of the digit after each epoch",
    )


def _history_words(histories: TrainingHistories, place: int) -> str:
    category, n_events = CATEGORIES[int(histories.category_codes[place])], int(histories.forgetting_events[place])
    first = int(histories.first_correct[place])
    words = f"first correct after epoch {first}" if first else "never correct"
    events = f", {counted(n_events, 'forgetting event')}" if n_events else ""
    return f"**{str(category).capitalize()}**: {words}{events}."
