"""Why one digit was predicted so: probabilities, evidence, neighbours, other runs, handwriting and history."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.evaluated import VALIDATION, Evaluated
from dashboard.shared.digits.card import figures
from dashboard.shared.measures import evaluated_measures, measure_title, shown_measure
from dashboard.views.mistakes.choices import MistakesView, mistakes
from dashboard.views.mistakes.digit_history import render_digit_history, render_unreadable_epochs
from dashboard.views.mistakes.evidence import render_evidence
from dashboard.views.mistakes.neighbours import render_neighbours
from dashboard.views.mistakes.opened_digit import render_opened_digit
from dashboard.views.mistakes.other_runs import render_other_runs
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.picture_strip import Picture, grey_picture, picture_strip, signed_picture
from dashboard.widgets.pixel_view import pixel_view
from dashboard.widgets.probability_bars import probability_bars
from dashboard.widgets.rank_table import RankRow, rank_table
from mnist_core.data.measures.registry import MEASURES, ranks_within_class
from mnist_core.evaluation.predictions import Position


def render_explanation(found: Evaluated) -> None:
    """The explanation of the open digit."""
    opened = render_opened_digit(found)
    if opened is None:
        return
    image = _render_prediction(found, opened)
    if image is not None:
        render_evidence(found, opened, image)
        left, right = st.columns(2, gap="large")
        with left:
            render_neighbours(found, opened, image)
            with st.container(key="mistakes.other_runs"):
                render_other_runs(found, opened)
        with right:
            _render_measures(found, opened)
    else:
        with st.container(key="mistakes.other_runs"):
            render_other_runs(found, opened)
    if found.split == VALIDATION:
        st.subheader("Training history", anchor=False)
        render_unreadable_epochs(found.run.run_id)
        render_digit_history(found, opened)


def rivals(found: Evaluated, position: Position) -> tuple[int, int]:
    """The two labels to explain: the true and the predicted one, or the second most probable if that is correct."""
    probabilities = found.predictions.probabilities[position]
    true = int(found.predictions.labels[position])
    ranked = np.argsort(-probabilities, kind="stable").tolist()
    return true, next(label for label in ranked if label != true)


def _render_prediction(found: Evaluated, opened: Position) -> np.ndarray | None:
    """The digit, its probabilities, and how it differs from the mean images of both labels."""
    one = found.predictions.take(np.array([opened]))
    image = found.image(opened)
    picture, bars, means = st.columns([3, 5, 5], gap="large")
    with picture:
        if image is not None:
            pixel_view(
                image,
                key="mistakes.pixels",
                label=f"Digit with true label {found.class_names[one.labels[0]]}",
                width=210,
            )
            st.button("Edit", key="mistakes.to_operate", icon=":material/edit:", on_click=_to_operate)
    with bars:
        st.markdown(f"**Prediction**  \n{figures(one)}")
        probability_bars(
            one.probabilities[0], key="mistakes.case_bars", true_label=int(one.labels[0]), class_names=found.class_names
        )
    if image is None:
        return None
    with means:
        _render_means(found, opened, image)
    return image


def _to_operate() -> None:
    mistakes.view = MistakesView.EDIT


def _render_means(found: Evaluated, opened: Position, image: np.ndarray) -> None:
    assert found.dataset is not None
    statistics = cached.class_statistics(found.dataset, "train")
    st.markdown(
        "**Difference from the mean images**",
        help="The mean image of all training digits of a class, and this digit minus it: blue is ink that the mean "
        "image does not have, orange is ink that is missing here.",
    )
    pictures = []
    for role, label in zip(
        ("true", "second" if _is_correct(found, opened) else "predicted"), rivals(found, opened), strict=True
    ):
        name = found.class_names[label]
        if statistics.counts[label] == 0:
            st.caption(f"No training digit has the label {escape_markdown(name)}, so there is no mean image.")
            continue
        mean = statistics.means[label]
        distance = float(np.linalg.norm(image.astype(np.float64) - mean)) / 255
        pictures += [
            Picture(
                pixels=grey_picture(mean), title=f"Mean {name}", detail=role, note=f"Mean image of training {name}"
            ),
            Picture(
                pixels=signed_picture(image - mean, 255.0),
                title=f"Minus mean {name}",
                detail=f"distance {distance:.1f}",
                note=f"The digit minus the mean image of {name}; distance {distance:.1f} full pixels",
            ),
        ]
    picture_strip(pictures, key="mistakes.means", cell=84)


def _is_correct(found: Evaluated, opened: Position) -> bool:
    return bool(found.predictions.probabilities[opened].argmax() == found.predictions.labels[opened])


def _render_measures(found: Evaluated, opened: Position) -> None:
    st.subheader("Handwriting", anchor=False)
    measures = evaluated_measures(found, name="mistakes.measuring")
    if measures is None:
        return
    labels = found.predictions.labels
    ranks = ranks_within_class(measures, labels, opened)
    rows = [
        RankRow(
            title=MEASURES[name].title,
            value=shown_measure(name, value),
            share=ranks[name],
            help=f"{measure_title(name)}: {MEASURES[name].help}",
        )
        for name, value in measures.row(opened).items()
    ]
    row = int(found.predictions.index[opened])
    among = f"among true {found.class_names[labels[opened]]}"
    name = f"{found.run.title} {found.split} digit {row} handwriting"
    rank_table(rows, key="mistakes.ranks", among=among, name=name)
