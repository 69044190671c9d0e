"""The case file: everything there is to know about one digit, on one screen."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.digit_card import figures
from dashboard.shared.evaluated import VALIDATION, Evaluated
from dashboard.shared.measures import evaluated_measures, shown_measure
from dashboard.views.mistakes.choices import MistakesView, mistakes
from dashboard.views.mistakes.digit_history import render_left_out, render_life
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
    """The open digit from every side."""
    opened = render_opened_digit(found)
    if opened is None:
        return
    image = _render_answer(found, opened)
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
        st.subheader("Its life", anchor=False)
        render_left_out(found.run.run_id)
        render_life(found, opened)


def rivals(found: Evaluated, position: Position) -> tuple[int, int]:
    """The two labels that the case is about: the true and the predicted one; of a right answer the next best."""
    probabilities = found.predictions.probabilities[position]
    true = int(found.predictions.labels[position])
    ranked = np.argsort(-probabilities, kind="stable").tolist()
    return true, next(label for label in ranked if label != true)


def _render_answer(found: Evaluated, opened: Position) -> np.ndarray | None:
    """The digit, its probabilities, and how it differs from the means of both labels."""
    one = found.predictions.take(np.array([opened]))
    image = found.image(opened)
    picture, bars, means = st.columns([3, 5, 5], gap="large")
    with picture:
        if image is not None:
            pixel_view(image, key="mistakes.pixels", label=f"The digit, true {one.labels[0]}", width=210)
            st.button("Operate on it", key="mistakes.to_operate", icon=":material/edit:", on_click=_to_operate)
    with bars:
        st.markdown(f"**What the network says**  \n{figures(one)}")
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
        "**Against the mean of each label**",
        help="The mean of all training digits with that label, and where this one differs: blue is ink that the mean "
        "does not have, orange is ink that is missing.",
    )
    pictures = []
    for role, label in zip(
        ("true", "predicted" if not _is_right(found, opened) else "next"), rivals(found, opened), strict=True
    ):
        name = found.class_names[label]
        if statistics.counts[label] == 0:
            st.caption(f"There is no training digit with label {escape_markdown(name)}, so it has no mean.")
            continue
        mean = statistics.means[label]
        distance = float(np.linalg.norm(image.astype(np.float64) - mean)) / 255
        pictures += [
            Picture(pixels=grey_picture(mean), title=f"Mean {name}", detail=role, note=f"Mean of all training {name}"),
            Picture(
                pixels=signed_picture(image - mean, 255.0),
                title=f"Minus mean {name}",
                detail=f"distance {distance:.1f}",
                note=f"Where the digit differs from the mean {name}; distance {distance:.1f} full pixels",
            ),
        ]
    picture_strip(pictures, key="mistakes.means", cell=84)


def _is_right(found: Evaluated, opened: Position) -> bool:
    return bool(found.predictions.probabilities[opened].argmax() == found.predictions.labels[opened])


def _render_measures(found: Evaluated, opened: Position) -> None:
    st.subheader("Its handwriting", anchor=False)
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
            help=f"{MEASURES[name].help} In {MEASURES[name].unit}.",
        )
        for name, value in measures.row(opened).items()
    ]
    rank_table(rows, key="mistakes.ranks", among=f"among true {found.class_names[labels[opened]]}")
