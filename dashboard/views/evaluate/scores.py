"""The scores of a run: accuracy and loss, and precision, recall and F1 per class."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.charts.per_class import per_class_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.context.mistakes_links import render_review_link
from dashboard.shared.context.reviewed_labels import label_overlay
from dashboard.shared.digits.class_scores import render_class_scores, render_score_figures
from dashboard.shared.digits.matrix_digits import render_matrix_digits
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import current
from dashboard.views.evaluate.digits import MATRIX
from dashboard.views.evaluate.verdict import render_verdict
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName
from mnist_core.errors import DatasetError, MnistCoreError
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.relabelled import relabelled
from mnist_core.evaluation.scores import Scores, scores
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted

HINT = "Click a number of the table to see its digits here; for precision and recall, the wrong ones."


def render_scores(found: Evaluated) -> None:
    """Accuracy and loss, the scores per class, and beside them what they show, or the digits behind a score."""
    values = scores(found.predictions)
    question, answer = question_and_answer()
    with question:
        render_metrics(found, values)
        other = _compared_scores(found)
        _render_reviewed_accuracy(found)
        st.subheader("Per class", anchor=False)
        name = f"{found.run.title} {found.split} scores per class"
        render_class_scores(found, values, MATRIX, key="evaluate.classes", name=name, other=other)
        if other is not None and found.compared is not None:
            st.caption(_other_words(found.compared.title, other))  # below what can be clicked, which must not move
        chart(
            per_class_figure(values, class_names=found.class_names, height=400),
            key="evaluate.per_class",
            name=f"{found.run.title} {found.split} per class",
            alt=f"Precision, recall and F1 per class, with {shown_level(LEVEL)} intervals",
        )
        st.caption(
            f"The scores of each class, with {shown_level(LEVEL)} intervals: higher is better. Low recall: digits of "
            "the class are missed. Low precision: other digits are predicted as the class."
        )
    render_matrix_digits(answer, found, MATRIX, hint=HINT, until_then=lambda: render_verdict(found))


def render_metrics(found: Evaluated, values: Scores) -> None:
    """The figures of some predictions, in a line."""
    with st.container(key="evaluate.figures", horizontal=True, gap="small"):
        render_score_figures(values, title=f"Accuracy on {_data_words(found)}")


def _compared_scores(found: Evaluated) -> Scores | None:
    """The scores of the run that is compared with, on the same images; None without one, or if it has none."""
    if found.compared is None or not found.is_own:
        return None
    try:
        return scores(cached.predictions(found.compared.run_id, found.split))
    except MnistCoreError:
        return None


def _other_words(title: str, other: Scores) -> str:
    """The figures of the run that is compared with, as many as of the other one."""
    words = (
        f"{escape_markdown(title)}: accuracy {shown_share(other.accuracy)}, {other.n_mistakes:,} wrong, "
        f"loss {other.loss:.4f}"
    )
    if current.is_plain:
        return words
    return f"{words}, top-2 accuracy {shown_share(other.top2_accuracy)}, macro F1 {shown_share(other.macro_f1)}"


def _data_words(found: Evaluated) -> str:
    """What was scored, so that a score is not taken for one on other data: "10,000 MNIST test images"."""
    known = found.dataset.title if found.dataset else found.run.config.dataset if found.is_own else ""
    of = f"{escape_markdown(known)} " if known else ""
    return f"{len(found.predictions):,} {of}{found.split} images"


def _render_reviewed_accuracy(found: Evaluated) -> None:
    """The accuracy under the labels as they were reviewed on Mistakes; nothing if none of these was."""
    if found.dataset is None or not found.is_own:
        return
    try:
        decisions = label_overlay(found.dataset).of_split(SplitName(found.data_split))
    except DatasetError as error:
        st.caption(escape_markdown(str(error)))
        return
    result = relabelled(found.predictions, decisions)
    if n := result.n_decisions:
        label = f"Under the reviewed labels: {shown_share(result.reviewed.accuracy)} ({counted(n, 'decision')})"
        render_review_link(found.run.run_id, found.split, label=label, epoch=found.other_epoch)
