"""Training histories of the validation digits: learned early or late, unstable, forgotten, never learned."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.cached import answers
from dashboard.charts.training_history import CATEGORY_COLOURS, clicked_digit, data_map_figure
from dashboard.shared.context.digit import close_digit, open_digit
from dashboard.shared.context.evaluated import TEST, Evaluated
from dashboard.shared.digits.gallery import render_no_digits
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import reset
from dashboard.views.mistakes.choices import MistakesChoices, mistakes
from dashboard.views.mistakes.digit_history import render_digit_history, render_unreadable_epochs
from dashboard.views.mistakes.digits import render_digits
from dashboard.views.mistakes.nearest_histories import render_nearest_histories
from dashboard.widgets.chart import chart, clicked_in
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.dataset import SplitName
from mnist_core.evaluation.predictions import Position
from mnist_core.evaluation.training_history import Category, TrainingHistories
from mnist_core.shares import shown_share
from mnist_core.words import counted

MAP = "mistakes.map"
MEANING = {
    Category.EARLY: "correct since an epoch in the first quarter",
    Category.LATE: "correct since a later epoch",
    Category.UNSTABLE: "correct after the last epoch, wrong after an earlier correct one",
    Category.FORGOTTEN: "correct after an earlier epoch, wrong after the last",
    Category.NEVER: "wrong after every epoch",
}
COLUMNS = (
    Column(title="Category", is_text=True),
    Column(title="Digits", help="Click to see them."),
    Column(title="Share"),
)


def render_training_history(found: Evaluated) -> None:
    """Counts of each category, the data map, and the digits of the chosen category with their training histories."""
    if found.split == TEST:
        render_nearest_histories(found)
        return
    histories = answers.training_histories(found.run.run_id)
    n_epochs = len(histories.epochs)
    question, answer = question_and_answer()
    with question:
        st.markdown(f"**{len(histories):,} validation images over {counted(n_epochs, 'epoch')}**")
        render_unreadable_epochs(found.run.run_id)
        if n_epochs == 1:
            st.caption(
                "After a single epoch a digit is either learned early or never learned. Train longer to see others."
            )
        _render_categories(found, histories)
        _render_data_map(found, histories)
    _render_digits(answer, found, histories)


def _render_categories(found: Evaluated, histories: TrainingHistories) -> None:
    categories = tuple(histories.counts)
    chosen = mistakes.fate
    rows = [
        [
            Number(text=f"{str(category).capitalize()}: {MEANING[category]}", colour=CATEGORY_COLOURS[category]),
            Number(text=f"{count:,}", opens=count > 0, note=f"Show {counted(count, 'digit')}: {category}"),
            Number(text=shown_share(count / max(1, len(histories)))),
        ]
        for category, count in histories.counts.items()
    ]
    picked = number_table(
        COLUMNS,
        rows,
        key="mistakes.fates",
        label="Validation digits by category",
        name=f"{found.run.title} training history",
        selected=(categories.index(chosen), 1) if chosen in categories else None,
    )
    if picked is not None:
        mistakes.fate = categories[picked[0]]
        reset(MistakesChoices.page)
    st.caption(
        f"Early is up to epoch {histories.early_until}. A digit that is correct after one epoch and wrong after the "
        "next is a forgetting event (Toneva et al., ICLR 2019)."
    )


def _render_data_map(found: Evaluated, histories: TrainingHistories) -> None:
    st.markdown(
        "**Data map (confidence, variability)**",
        help="Top left is easy, right is ambiguous, bottom left is hard or mislabelled "
        "(Swayamdipta et al., EMNLP 2020). Rare categories are drawn in full, common ones as a sample. "
        "Click a point to open its digit.",
    )
    chart(
        data_map_figure(histories, class_names=found.class_names, height=400),
        key=MAP,
        name=f"{found.run.title} data map",
        on_click=lambda: _open_clicked(found.dataset_name, histories),
        alt="Data map: mean and standard deviation of the probability of the true label of each validation digit",
    )


def _open_clicked(dataset: str, histories: TrainingHistories) -> None:
    clicked = clicked_digit(clicked_in(MAP), histories)
    if clicked is not None:
        open_digit(dataset, SplitName.TRAIN, int(histories.index[clicked]))
        mistakes.fate = tuple(histories.counts)[int(histories.category_codes[clicked])]
        reset(MistakesChoices.page)


def _render_digits(place: DeltaGenerator, found: Evaluated, histories: TrainingHistories) -> None:
    category, opened = mistakes.fate, found.opened
    if category is None:
        title = "" if opened is None else f"Validation image {found.predictions.row_at(opened)}"
        with answer_panel(place, name="mistakes", title=title, is_open=opened is not None, on_close=_close):
            if opened is None:
                st.caption(":material/touch_app: Click a number or a point of the map to see training histories here.")
            else:
                _render_history(found, opened)
        return
    rows = histories.index[histories.of_category(category)]
    positions = np.flatnonzero(np.isin(found.predictions.index, rows))
    positions = positions[np.argsort(-found.predictions.losses[positions], kind="stable")]
    title = f"{counted(len(positions), 'digit')}: {category}"
    with answer_panel(place, name="mistakes", title=title, is_open=True, on_close=_close):
        if len(positions) == 0:
            render_no_digits("No digit is of this category.")
        render_digits(found, positions, render_open=_render_history)
        st.caption(f"Labels and crosses are those after epoch {found.epoch}. Highest loss first.")


def _render_history(found: Evaluated, opened: Position) -> None:
    with st.container(key="mistakes.history"):
        render_digit_history(found, opened)


def _close() -> None:
    close_digit()
    reset(MistakesChoices.fate, MistakesChoices.page)
