"""The scores of a run: accuracy and loss, and precision, recall and F1 per class."""

from __future__ import annotations

import math

import streamlit as st

from dashboard import cached
from dashboard.charts.per_class import per_class_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.context.mistakes_links import render_gallery_link
from dashboard.shared.side_panel import question_and_answer
from dashboard.views.evaluate.choices import LineKind, evaluate
from dashboard.views.evaluate.chosen_digits import choose_line, render_chosen_digits
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.intervals import LEVEL, Interval
from mnist_core.evaluation.scores import ClassScore, Scores, scores
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share

OPENS = {1: LineKind.FALSE, 2: LineKind.MISSED, 4: LineKind.TRUE, 5: LineKind.PREDICTED}
"""The digits that a click in a column of the table shows."""

HINT = "Click a number of the table to see its digits here; for precision and recall, the wrong ones."

HELP = {
    "wrong": "Digits whose predicted label differs from the true one.",
    "loss": "Mean cross-entropy in nats; 0 is perfect.",
    "top2": "Share of digits whose true label is among the two most probable classes.",
    "f1": "Mean F1 of the classes that occur or are predicted, each with the same weight.",
}

COLUMNS = (
    Column(title="Class", is_text=True),
    Column(title="Precision", help="Share of the digits predicted as this class that are correct."),
    Column(title="Recall", help="Share of the digits of this class that are found."),
    Column(title="F1", help="Harmonic mean of precision and recall."),
    Column(title="Support", help="Digits with this true label."),
    Column(title="Predicted", help="Digits with this predicted label."),
)

DIFFERENCE = Column(title="F1 difference", help="F1 of this run minus F1 of the run it is compared with.")


def render_scores(found: Evaluated) -> None:
    """Accuracy and loss, the scores per class, and the digits behind a score."""
    values = scores(found.predictions)
    question, answer = question_and_answer()
    with question:
        render_metrics(found, values)
        other = _compared_scores(found)
        _render_mistakes_link(found, values)
        st.subheader("Per class", anchor=False)
        _render_table(found, values, other)
        if other is not None and found.compared is not None:
            st.caption(_other_words(found.compared.title, other))  # below what can be clicked, which must not move
        chart(
            per_class_figure(values, class_names=found.class_names, height=400),
            key="evaluate.per_class",
            name=f"{found.run.title} {found.split} per class",
            alt=f"Precision, recall and F1 per class, with {shown_level(LEVEL)} intervals",
        )
    render_chosen_digits(answer, found, hint=HINT)


def render_metrics(found: Evaluated, values: Scores) -> None:
    """Accuracy, wrong digits, loss, top-2 accuracy and macro F1 of some predictions."""
    low, high = values.accuracy_interval
    with st.container(key="evaluate.figures", horizontal=True, gap="small"):
        st.metric(
            f"Accuracy on {_data_words(found)}",
            shown_share(values.accuracy),
            delta=f"{shown_range(low, high)}",
            delta_color="off",
            delta_arrow="off",
            help=f"Share of digits that are correct, with the {shown_level(LEVEL)} interval (Wilson) for the accuracy "
            "on all digits that these are a random sample of.",
            width="content",
        )
        st.metric("Wrong", f"{values.n_mistakes:,} of {values.n:,}", help=HELP["wrong"], width="content")
        st.metric("Loss", f"{values.loss:.4f}", help=HELP["loss"], width="content")
        st.metric("Top-2 accuracy", shown_share(values.top2_accuracy), help=HELP["top2"], width="content")
        st.metric("Macro F1", shown_share(values.macro_f1), help=HELP["f1"], width="content")


def _compared_scores(found: Evaluated) -> Scores | None:
    """The scores of the run that is compared with, on the same images; None without one, or if it has none."""
    if found.compared is None or not found.is_own:
        return None
    try:
        return scores(cached.predictions(found.compared.run_id, found.split))
    except MnistCoreError:
        return None


def _other_words(title: str, other: Scores) -> str:
    return (
        f"{escape_markdown(title)}: accuracy {shown_share(other.accuracy)}, {other.n_mistakes:,} wrong, "
        f"loss {other.loss:.4f}, top-2 accuracy {shown_share(other.top2_accuracy)}, "
        f"macro F1 {shown_share(other.macro_f1)}"
    )


def _data_words(found: Evaluated) -> str:
    """What was scored, so that a score is not taken for one on other data: "10,000 MNIST test images"."""
    known = found.dataset.title if found.dataset else found.run.config.dataset if found.is_own else ""
    of = f"{escape_markdown(known)} " if known else ""
    return f"{len(found.predictions):,} {of}{found.split} images"


def _render_mistakes_link(found: Evaluated, values: Scores) -> None:
    if values.n_mistakes:
        n = "the" if values.n_mistakes == 1 else f"{values.n_mistakes:,}"
        digits = "digit" if values.n_mistakes == 1 else "digits"
        label = f"Review {n} misclassified {digits}"
        render_gallery_link(found.run.run_id, found.split, label=label, epoch=found.other_epoch)


def _render_table(found: Evaluated, values: Scores, other: Scores | None) -> None:
    shares = [share for score in values.per_class for share in (score.precision, score.recall, score.f1)]
    start = bar_start(min((share for share in shares if not math.isnan(share)), default=0.0))
    rows = [_row(found.class_names[score.label], score, start) for score in values.per_class]
    if other is not None:
        for row, here, there in zip(rows, values.per_class, other.per_class, strict=True):
            row.append(_difference(here.f1, there.f1))
    picked = number_table(
        COLUMNS if other is None else (*COLUMNS, DIFFERENCE),
        rows,
        key="evaluate.classes",
        label=f"Scores per class on {found.words}",
        name=f"{found.run.title} {found.split} scores per class",
        selected=_selected(),
    )
    if picked is not None:
        choose_line(OPENS[picked[1]], values.per_class[picked[0]].label)
    st.caption(
        f"The bars of the table start at {shown_level(start)}. Precision and recall open the wrong digits, support and "
        "predicted all of them."
    )


def bar_start(lowest: float) -> float:
    """Where the bars start: at a round share below the lowest, so that 97% and 99% look different."""
    return max(0.0, math.floor(10 * lowest - 0.1) / 10)


def _row(name: str, score: ClassScore, start: float) -> list[Number]:
    false, missed = score.predicted - score.correct, score.support - score.correct
    precision = (
        f"Precision of {name}: {score.correct:,} of {score.predicted:,} correct, {_range(score.precision_interval)}. "
        f"Show the wrong ones ({false:,})"
    )
    recall = (
        f"Recall of {name}: {score.correct:,} of {score.support:,} found, {_range(score.recall_interval)}. "
        f"Show the missed ones ({missed:,})"
    )
    occurs, is_predicted = score.support > 0, score.predicted > 0
    return [
        Number(text=name),
        _share(score.precision, start, precision, base="digits predicted as this class", opens=is_predicted),
        _share(score.recall, start, recall, base="digits of this class", opens=occurs),
        _share(score.f1, start, f"F1 of {name}", base="digits of this class"),
        Number(text=f"{score.support:,}", opens=occurs, note=f"Show all digits with true label {name}"),
        Number(text=f"{score.predicted:,}", opens=is_predicted, note=f"Show all digits predicted as {name}"),
    ]


def _share(share: float, start: float, note: str, *, base: str, opens: bool = False) -> Number:
    """A score with its bar; `base` says what is missing where it is undefined."""
    if math.isnan(share):
        return Number(text="–", note=f"Undefined: no {base} here")
    return Number(text=shown_share(share), share=max(0.0, (share - start) / (1 - start)), note=note, opens=opens)


def _difference(here: float, there: float) -> Number:
    difference = here - there
    return Number(text="–" if math.isnan(difference) else shown_points(difference))


def _range(interval: Interval) -> str:
    return f"{shown_level(LEVEL)} interval {shown_range(interval.low, interval.high)}"


def _selected() -> tuple[int, int] | None:
    """Which number of the table the chosen digits belong to."""
    line = evaluate.line
    if line is None:
        return None
    return line.label, next(column for column, opened in OPENS.items() if opened is line.kind)
