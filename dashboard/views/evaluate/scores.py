"""The figures of a run: how good it is, and how good at each label."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.charts.per_class import per_class_figure
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.mistakes_links import render_gallery_link
from dashboard.views.evaluate.choices import LineKind, evaluate
from dashboard.views.evaluate.chosen_digits import choose_line, render_chosen_digits
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.evaluation.intervals import Interval
from mnist_core.evaluation.scores import ClassScore, Scores, scores

OPENS = {1: LineKind.FALSE, 2: LineKind.MISSED, 4: LineKind.TRUE, 5: LineKind.PREDICTED}
"""What a click into a column of the table shows."""

HELP = {
    "wrong": "Digits whose most probable label is not the true one.",
    "loss": "Mean cross-entropy in nats: how improbable the network found the true labels. 0 is perfect.",
    "top2": "Share of digits whose true label is among the two most probable.",
    "f1": "Mean of the F1 of the labels, each counting the same.",
}

COLUMNS = (
    Column(title="Label", is_text=True),
    Column(title="Precision", help="Of the digits predicted as this label, the share that is right."),
    Column(title="Recall", help="Of the digits with this label, the share that was found."),
    Column(title="F1", help="Precision and recall in one figure: their harmonic mean."),
    Column(title="Support", help="Digits with this true label."),
    Column(title="Predicted", help="Digits predicted as this label."),
)


def render_scores(found: Evaluated) -> None:
    """Accuracy and loss, the scores of each label, and the digits behind a score."""
    values = scores(found.predictions)
    render_figures(found, values)
    _render_ways_on(found, values)
    st.subheader("Label by label", anchor=False)
    table, chart = st.columns([4, 5], gap="large")
    with table:
        _render_table(found, values)
    with chart:
        st.plotly_chart(
            per_class_figure(values, class_names=found.class_names, height=400),
            key="evaluate.per_class",
            config={"displayModeBar": False},
            alt="Precision, recall and F1 of each label with 95% intervals",
        )
    render_chosen_digits(found)


def render_figures(found: Evaluated, values: Scores) -> None:
    """The four figures of a set of predictions."""
    low, high = values.accuracy_interval
    with st.container(key="evaluate.figures", horizontal=True, gap="large"):
        st.metric(
            f"Accuracy on {found.split} digits",
            f"{values.accuracy:.2%}",
            delta=f"{low:.2%} to {high:.2%}",
            delta_color="off",
            delta_arrow="off",
            help="Share of digits predicted right. The range is the 95% interval (Wilson's): where the true accuracy "
            "lies if these digits are a fair sample.",
            width="content",
        )
        st.metric("Wrong", f"{values.n_mistakes:,} of {values.n:,}", help=HELP["wrong"], width="content")
        st.metric("Loss", f"{values.loss:.4f}", help=HELP["loss"], width="content")
        st.metric("Top-2 accuracy", f"{values.top2_accuracy:.2%}", help=HELP["top2"], width="content")
        st.metric("Macro F1", f"{values.macro_f1:.2%}", help=HELP["f1"], width="content")


def _render_ways_on(found: Evaluated, values: Scores) -> None:
    if values.n_mistakes:
        words = "the one digit" if values.n_mistakes == 1 else f"all {values.n_mistakes:,} digits"
        render_gallery_link(found.run.run_id, found.split, label=f"See {words} it got wrong")


def _render_table(found: Evaluated, values: Scores) -> None:
    shares = [share for score in values.per_class for share in (score.precision, score.recall, score.f1)]
    start = bar_start(min((share for share in shares if not math.isnan(share)), default=0.0))
    picked = number_table(
        COLUMNS,
        [_row(found.class_names[score.label], score, start) for score in values.per_class],
        key="evaluate.classes",
        label=f"Scores of each label on {found.words}",
        selected=_selected(),
    )
    if picked is not None:
        choose_line(OPENS[picked[1]], values.per_class[picked[0]].label)
    st.caption(
        f"Bars begin at {start:.0%}. Click a figure for the digits behind it: of precision and recall, the wrong ones."
    )


def bar_start(lowest: float) -> float:
    """Where the bars begin: at a round share below the lowest, so that 97% and 99% look different."""
    return max(0.0, math.floor(10 * lowest - 0.1) / 10)


def _row(name: str, score: ClassScore, start: float) -> list[Number]:
    false, missed = score.predicted - score.correct, score.support - score.correct
    precision = (
        f"Precision of {name}: {score.correct:,} of {score.predicted:,} right, {_range(score.precision_interval)}"
    )
    recall = f"Recall of {name}: {score.correct:,} of {score.support:,} right, {_range(score.recall_interval)}"
    occurs, is_predicted = score.support > 0, score.predicted > 0
    return [
        Number(text=name),
        _share(
            score.precision, start, f"{precision}. Show the {false:,} others predicted as {name}", opens=is_predicted
        ),
        _share(score.recall, start, f"{recall}. Show the {missed:,} missed {name}", opens=occurs),
        _share(score.f1, start, f"F1 of {name}"),
        Number(text=f"{score.support:,}", opens=occurs, note=f"Show all digits with true label {name}"),
        Number(text=f"{score.predicted:,}", opens=is_predicted, note=f"Show all digits predicted as {name}"),
    ]


def _share(share: float, start: float, note: str, *, opens: bool = False) -> Number:
    if math.isnan(share):
        return Number(text="–", note="There is no such digit, so this cannot be said.")
    return Number(text=f"{share:.2%}", share=max(0.0, (share - start) / (1 - start)), note=note, opens=opens)


def _range(interval: Interval) -> str:
    return f"95% interval {interval.low:.2%} to {interval.high:.2%}"


def _selected() -> tuple[int, int] | None:
    """Which figure of the table the chosen digits belong to."""
    line = evaluate.line
    if line is None:
        return None
    return line.label, next(column for column, opened in OPENS.items() if opened is line.kind)
