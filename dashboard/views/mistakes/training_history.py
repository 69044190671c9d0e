"""Lives of the validation digits: learned early or late, forgotten, unstable, never learned."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.charts.training_history import CATEGORY_COLOURS, clicked_digit, data_map_figure
from dashboard.shared.digit_gallery import render_no_digits
from dashboard.shared.evaluated import TEST, VALIDATION, Evaluated
from dashboard.state.current import current
from dashboard.state.session import widget_value
from dashboard.state.url_values import reset
from dashboard.views.mistakes.choices import MistakesChoices, mistakes
from dashboard.views.mistakes.digit_history import render_left_out, render_life
from dashboard.views.mistakes.digits import render_digits
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.rows import Row
from mnist_core.evaluation.training_history import Category, TrainingHistories

MAP = "mistakes.map"
MEANING = {
    Category.EARLY: "right since the first quarter of the epochs",
    Category.LATE: "right since a later epoch, and for good",
    Category.UNSTABLE: "right at the end, but lost on the way",
    Category.FORGOTTEN: "right once, wrong at the end",
    Category.NEVER: "wrong after every epoch",
}
COLUMNS = (
    Column(title="Category", is_text=True),
    Column(title="Digits", help="Click for them."),
    Column(title="Share"),
)


def render_training_history(found: Evaluated) -> None:
    """Counts of each fate, the map of the data set, and the digits of the chosen fate with their lives."""
    if found.split == TEST:
        st.info(
            "Test digits are scored once, at the end, so they have no history. "
            "Validation digits are scored after every epoch.",
            icon=":material/history:",
        )
        st.button("Show validation digits", key="mistakes.to_validation", on_click=_to_validation)
        return
    lives = answers.training_histories(found.run.run_id)
    n_epochs = len(lives.epochs)
    st.markdown(f"**{len(lives):,} validation digits through {n_epochs} {'epoch' if n_epochs == 1 else 'epochs'}**")
    render_left_out(found.run.run_id)
    if n_epochs == 1:
        st.caption("With a single epoch every digit was learned early or never. Train longer to see more.")
    left, right = st.columns([5, 6], gap="large")
    with left:
        _render_fates(lives)
    with right:
        _render_map(lives)
    _render_digits(found, lives)


def _to_validation() -> None:
    current.judged_split = VALIDATION
    reset(MistakesChoices.image, MistakesChoices.page)


def _render_fates(lives: TrainingHistories) -> None:
    fates = tuple(lives.counts)
    chosen = mistakes.fate
    rows = [
        [
            Number(text=f"{str(fate).capitalize()}: {MEANING[fate]}", colour=CATEGORY_COLOURS[fate]),
            Number(text=f"{count:,}", opens=count > 0, note=f"Show the {count:,} digits that were {fate}"),
            Number(text=f"{count / max(1, len(lives)):.1%}"),
        ]
        for fate, count in lives.counts.items()
    ]
    picked = number_table(
        COLUMNS,
        rows,
        key="mistakes.fates",
        label="Validation digits by what became of them",
        selected=(fates.index(chosen), 1) if chosen in fates else None,
    )
    if picked is not None:
        mistakes.fate = fates[picked[0]]
        reset(MistakesChoices.page, MistakesChoices.image)
    st.caption(
        f"Early is up to epoch {lives.early_until}. A digit is forgotten when it is right after one epoch and wrong "
        "after the next (Toneva et al., ICLR 2019)."
    )


def _render_map(lives: TrainingHistories) -> None:
    st.markdown(
        "**Map of the data set**",
        help="Up left is easy, to the right ambiguous, down left hard or mislabelled "
        "(data maps: Swayamdipta et al., EMNLP 2020). Rare fates are drawn in full, "
        "common ones as a sample. Click a point to open that digit.",
    )
    st.plotly_chart(
        data_map_figure(lives, height=400),
        key=MAP,
        config={"displayModeBar": False},
        on_select=lambda: _open_clicked(lives),
        selection_mode="points",
        alt="Validation digits by mean and variability of the probability of their true label",
    )


def _open_clicked(lives: TrainingHistories) -> None:
    clicked = clicked_digit(widget_value(MAP), lives)
    if clicked is not None:
        mistakes.image = Row(int(lives.index[clicked]))
        mistakes.fate = tuple(lives.counts)[int(lives.category_codes[clicked])]
        reset(MistakesChoices.page)


def _render_digits(found: Evaluated, lives: TrainingHistories) -> None:
    fate = mistakes.fate
    if fate is None and found.position_of(mistakes.image) is None:
        st.caption("Pick a fate above, or a point on the map, to see digits and their lives.")
        return
    life = st.container()
    if fate is not None:
        rows = lives.index[lives.of_category(fate)]
        positions = np.flatnonzero(np.isin(found.predictions.index, rows))
        positions = positions[np.argsort(-found.predictions.losses[positions], kind="stable")]
        st.subheader(f"{len(positions):,} {'digit' if len(positions) == 1 else 'digits'}: {fate}", anchor=False)
        if len(positions) == 0:
            render_no_digits("No digit had this fate.")
        st.caption(f"Labels and crosses are those after epoch {found.epoch}. The highest loss comes first.")
        render_digits(found, positions)
    opened = found.position_of(mistakes.image)  # only now: a click on a digit above has changed it
    if opened is not None:
        with life:
            st.subheader(f"The life of validation digit {found.predictions.index[opened]}", anchor=False)
            render_life(found, opened)
