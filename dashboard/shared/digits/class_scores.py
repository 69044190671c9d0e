"""The scores of some predictions: figures for all digits, and a table per class whose numbers open their digits."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.matrix_digits import MatrixDigits
from dashboard.state.current import current
from dashboard.state.url_line import Line, LineKind
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.evaluation.intervals import LEVEL, Interval
from mnist_core.evaluation.scores import ClassScore, Scores
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share

OPENS = {1: LineKind.FALSE, 2: LineKind.MISSED, 4: LineKind.TRUE, 5: LineKind.PREDICTED}
"""The digits that a click in a column of the table shows."""

HELP = {
    "accuracy": f"Share of digits that are correct, with the {shown_level(LEVEL)} interval (Wilson) for the accuracy "
    "on all digits that these are a random sample of.",
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


def render_score_figures(values: Scores, *, title: str, help: str = HELP["accuracy"]) -> None:
    """Accuracy, wrong digits, loss, top-2 accuracy and macro F1; more figures can follow in the same container.

    A plain page leaves out the last two.

    Args:
        title: of the accuracy, as Markdown.
        help: of the accuracy.
    """
    st.metric(
        title,
        shown_share(values.accuracy),
        delta=shown_range(*values.accuracy_interval),
        delta_color="off",
        delta_arrow="off",
        help=help,
        width="content",
    )
    st.metric("Wrong", f"{values.n_mistakes:,} of {values.n:,}", help=HELP["wrong"], width="content")
    st.metric("Loss", f"{values.loss:.4f}", help=HELP["loss"], width="content")
    if current.is_plain:
        return
    st.metric("Top-2 accuracy", shown_share(values.top2_accuracy), help=HELP["top2"], width="content")
    st.metric("Macro F1", shown_share(values.macro_f1), help=HELP["f1"], width="content")


def render_class_scores(
    found: Evaluated, values: Scores, digits: MatrixDigits, *, key: str, name: str, other: Scores | None = None
) -> None:
    """Precision, recall and F1 of each class; a click opens the digits behind a number.

    Args:
        values: the scores of `found`.
        key: "<page>.<field>".
        name: of what and what; the file it is downloaded to is named so.
        other: of another run, for a column with the difference.
    """
    shares = [share for score in values.per_class for share in (score.precision, score.recall, score.f1)]
    start = _bar_start(min((share for share in shares if not math.isnan(share)), default=0.0))
    rows = [_row(found.class_names[score.label], score, start) for score in values.per_class]
    if other is not None:
        for row, here, there in zip(rows, values.per_class, other.per_class, strict=True):
            row.append(_difference(here.f1, there.f1))
    picked = number_table(
        COLUMNS if other is None else (*COLUMNS, DIFFERENCE),
        rows,
        key=key,
        label=f"Scores per class on {found.words}",
        name=name,
        selected=_selected(digits.line.get()),
    )
    if picked is not None:
        digits.open_line(OPENS[picked[1]], values.per_class[picked[0]].label)
    st.caption(
        f"The bars of the table start at {shown_level(start)}. Precision and recall open the wrong digits, support and "
        "predicted all of them."
    )


def _bar_start(lowest: float) -> float:
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


def _selected(line: Line | None) -> tuple[int, int] | None:
    """Which number of the table the open digits belong to."""
    if line is None:
        return None
    return line.label, next(column for column, opened in OPENS.items() if opened is line.kind)
