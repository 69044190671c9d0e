"""The run that ended last: its accuracy, the digits it gets wrong, and one of them with a reason."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.context.evaluated import TEST, Evaluated, evaluated
from dashboard.shared.context.mistakes_links import render_explain_link, render_gallery_link
from dashboard.shared.digits.card import figures, verdict
from dashboard.shared.notices import show_notices
from dashboard.shared.runs.scores import score_on_test
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.state.session import per_tab
from dashboard.views.home.suggestion import render_suggestion
from dashboard.views.home.verdict import render_verdict
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.picture_strip import Picture, grey_picture, picture_strip
from mnist_core.data.dataset import Indices, UInt8Array
from mnist_core.data.rows import Row
from mnist_core.designs.links import config_to_link
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.mistakes import MistakeQuery, MistakeSort, find_mistakes
from mnist_core.evaluation.predictions import Position
from mnist_core.runs.record import RunRecord

N_SHOWN = 10
N_NEIGHBOURS = 8
CELL = 46
ENLARGED = 112
WORST_FIRST = MistakeQuery(sort=MistakeSort.LOSS)
"""The order that the gallery of Mistakes has until another is chosen."""


def render_last_run(run: RunRecord) -> None:
    """The result of a run that has ended, how it compares with the one before, and what to try next."""
    show_notices()
    st.subheader(f"{STATUS_BADGES[run.status][0]}: {escape_markdown(run.title)}", anchor=False)
    score = score_on_test(run)
    with st.container(key="home.score"):
        st.markdown(f"**{score}** correct." if score else _why_no_score(run))
    if score:
        render_verdict(run)
        _render_mistakes(run)
        render_suggestion(run)
    _render_ways_on(run)


def _why_no_score(run: RunRecord) -> str:
    if run.error:
        return escape_markdown(run.error)
    return (
        f"{run.summary.epochs_done} of {run.epochs} epochs are trained. Test images are scored when training has ended."
    )


def _render_mistakes(run: RunRecord) -> None:
    try:
        found = evaluated(run, TEST)
    except PredictionsError as error:
        st.caption(escape_markdown(str(error)))
        return
    wrong = find_mistakes(found.predictions, WORST_FIRST)
    if len(wrong) == 0:
        st.markdown("No test image is misclassified.")
        return
    if found.dataset is None:
        st.caption(found.missing)
        return
    st.fragment(_render_wrong_digits)(found, wrong)


def _first(found: Evaluated, shown: Indices) -> int:
    """Which of the digits is opened first: the one that is open on the other pages, if it is among them."""
    return int(np.argmax(shown == found.opened)) if found.opened in shown else 0


def _render_wrong_digits(found: Evaluated, wrong: Indices) -> None:
    """The digits with the highest loss; the first one, or the one that is clicked, is opened below."""
    key = f"home.wrong.{found.run.run_id}"
    shown = wrong[:N_SHOWN]
    which = f"; the {N_SHOWN} with the highest loss" if len(wrong) > N_SHOWN else ""
    with st.container(key="home.n_wrong"):
        st.markdown(f"{len(wrong):,} misclassified{which}:", help="Below each digit: true label → predicted label.")
    names, opened = found.class_names, per_tab(f"home.opened.{found.run.run_id}", lambda: [_first(found, shown)])
    chosen = found.predictions.take(shown)
    images = found.images(shown)
    assert images is not None
    clicked = digit_grid(
        images,
        [f"{names[true]}→{names[said]}" for true, said in zip(chosen.labels, chosen.predicted, strict=True)],
        key=key,
        label="Misclassified test images, the highest loss first",
        show_captions=True,
        selected=opened[0],
        cell=CELL,
        ids=chosen.index,
    )
    if clicked is not None:
        opened[0] = clicked
        found.open(Position(int(shown[clicked])))  # in the bar and on the other pages as well
    _render_opened(found, Position(int(shown[min(opened[0], len(shown) - 1)])), n_wrong=len(wrong))


def _render_opened(found: Evaluated, position: Position, *, n_wrong: int) -> None:
    """The digit, both labels, and what the nearest training images say; the whole explanation is a link away."""
    row = found.predictions.row_at(position)
    picture, words = st.columns([1, 4], vertical_alignment="center")
    with picture:
        image = found.image(position)
        assert image is not None
        picture_strip(
            [Picture(pixels=grey_picture(image), title="", note="The digit")], key="home.digit", cell=ENLARGED
        )
    with words, st.container(key="home.opened", gap="xsmall"):
        one = found.predictions.take(np.array([position]))
        st.markdown(f"{verdict(found, position)}  \n{figures(one)}  \n{_reason(found, position)}")
        with st.container(horizontal=True, gap="small"):
            render_explain_link(found.run.run_id, found.dataset_name, found.image_ref(row))
            render_gallery_link(found.run.run_id, TEST, label=f"Review {n_wrong:,} misclassified digits")


def _reason(found: Evaluated, position: Position) -> str:
    """Whether the training images that look most like it have the true label or the predicted one."""
    labels = _nearest_labels(found, found.predictions.row_at(position))
    n_true = int((labels == found.predictions.labels[position]).sum())
    n_predicted = int((labels == found.predictions.probabilities[position].argmax()).sum())
    return (
        f"Of the {len(labels)} training images nearest to it by pixels, {n_predicted} have the predicted label, "
        f"{n_true} the true one."
    )


def _nearest_labels(found: Evaluated, row: Row) -> UInt8Array:
    """Labels (8,) of the training images nearest to a test image, searched once for each."""
    dataset = found.dataset
    assert dataset is not None

    def make() -> UInt8Array:
        near = cached.pixel_index(dataset, "train").nearest(dataset.test.images[row], N_NEIGHBOURS)
        labels: UInt8Array = dataset.train.labels[near.rows]
        labels.setflags(write=False)
        return labels

    return cached.kept("nearest labels", dataset.sha256, row, make=make)


def _render_ways_on(run: RunRecord) -> None:
    """Links to where this run goes on."""
    evaluate, train, design = page_named("evaluate"), page_named("train"), page_named("design")
    with st.container(horizontal=True, gap="small"):
        if evaluate is not None and run.summary.epochs_done:
            st.page_link(evaluate, label="Evaluate", icon=":material/fact_check:", query_params={"run": run.run_id})
        if train is not None:
            st.page_link(
                train, label="Learning curves", icon=":material/model_training:", query_params={"run": run.run_id}
            )
        if design is not None:
            link = {"design": config_to_link(run.config_in_force)}
            st.page_link(design, label="Edit the design", icon=":material/schema:", query_params=link)
