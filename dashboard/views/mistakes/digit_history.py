"""The life of one validation digit: its probabilities after each epoch."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.charts.training_history import training_history_figure
from dashboard.shared.evaluated import Evaluated
from mnist_core.evaluation.predictions import Position
from mnist_core.evaluation.training_history import CATEGORIES


def render_left_out(run_id: str) -> None:
    """Which epochs the lives are told without, because their predictions cannot be read."""
    told = answers.training_histories(run_id).epochs
    missing = [f"{epoch}" for epoch in cached.run_store().validation_epochs(run_id) if epoch not in told]
    if missing:
        which = f"epoch {missing[0]}" if len(missing) == 1 else f"epochs {', '.join(missing)}"
        st.caption(f"The predictions after {which} cannot be read; lives are told without them.")


def render_life(found: Evaluated, position: Position) -> None:
    """The curve of each probability, and what became of the digit in a sentence."""
    run_id = found.run.run_id
    lives = answers.training_histories(run_id)
    where = np.flatnonzero(lives.index == found.predictions.index[position])
    if len(where) == 0:
        st.caption("The epochs of this digit are not stored.")
        return
    place = int(where[0])
    true = int(lives.labels[place])
    probabilities = np.stack(
        [cached.predictions(run_id, "validation", epoch).probabilities[place] for epoch in lives.epochs]
    )
    fate, n_forgotten = CATEGORIES[int(lives.category_codes[place])], int(lives.forgetting_events[place])
    first = int(lives.first_correct[place])
    words = f"first right after epoch {first}" if first else "never right"
    times = f", forgotten {n_forgotten} time{'s' if n_forgotten != 1 else ''}" if n_forgotten else ""
    st.markdown(f"**{str(fate).capitalize()}**: {words}{times}.")
    st.plotly_chart(
        training_history_figure(
            lives.epochs, probabilities, true_label=true, class_names=found.class_names, height=270
        ),
        key="mistakes.life",
        config={"displayModeBar": False},
        alt="Probabilities of the digit after each epoch",
    )
