"""Which classes are confused: the matrix, the most confused pairs, and one-vs-rest curves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.curves import precision_recall_figure, roc_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.matrix_digits import render_matrix_digits, render_opening_matrix
from dashboard.shared.linked_choice import linked_segments, linked_toggle
from dashboard.shared.side_panel import question_and_answer
from dashboard.views.evaluate.choices import CellUnit, Curve, EvaluateChoices, evaluate
from dashboard.views.evaluate.digits import MATRIX
from dashboard.widgets.chart import chart
from dashboard.widgets.confusion_grid import Picked
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pair_list import Pair, pair_list
from mnist_core.data.dataset import N_CLASSES
from mnist_core.evaluation.confusion import ConfusedPair, ConfusionMatrix, cell_rows
from mnist_core.evaluation.curves import precision_recall_curves, roc_curves
from mnist_core.shares import shown_share
from mnist_core.words import counted

N_PAIRS = 10
N_EXAMPLES = 8
HINT = "Click a cell or a pair to see its digits here, or a label for its row or column."
UNITS = {CellUnit.COUNTS: "Counts", CellUnit.ROW_SHARES: "% of row", CellUnit.COLUMN_SHARES: "% of column"}
CURVES = {Curve.ROC: "ROC", Curve.PRECISION_RECALL: "Precision-recall"}


def render_confusion(found: Evaluated) -> None:
    """The matrix with the digits of what is picked, the most confused pairs, and the curves."""
    matrix = ConfusionMatrix.from_predictions(found.predictions)
    question, answer = question_and_answer()
    with question:
        _render_matrix(found)
        with st.container(key="evaluate.confused"):
            _render_pairs(found, matrix)
        _render_curves(found)
    render_matrix_digits(answer, found, MATRIX, hint=HINT, only_wrong=evaluate.only)


def _render_matrix(found: Evaluated) -> None:
    """The matrix with its own controls."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = linked_segments(
            "Cells show",
            tuple(UNITS),
            choice=EvaluateChoices.rates,
            words=UNITS.__getitem__,
            help="% of row: share of the digits with that true label; the diagonal is recall. "
            "% of column: share of the digits with that predicted label; the diagonal is precision.",
        )
        only_wrong = linked_toggle("Only wrong", choice=EvaluateChoices.only, help="Leaves out the diagonal.")
    render_opening_matrix(
        found,
        MATRIX,
        key="evaluate.matrix",
        name=f"{found.run.title} {found.split} confusion",
        rates=None if unit is CellUnit.COUNTS else unit.value,
        only_wrong=only_wrong,
    )
    st.caption("Blue is correct, orange is wrong. A label opens its row or column.")


def _render_pairs(found: Evaluated, matrix: ConfusionMatrix) -> None:
    st.markdown("**Most confused pairs**", help="True label → predicted label, with the digits of highest loss.")
    pairs = matrix.most_confused(N_PAIRS)
    if not pairs:
        st.caption("No digit is wrong.")
        return
    cells = [(pair.true_label, pair.predicted_label) for pair in pairs]
    chosen_cell = evaluate.cell
    picked = pair_list(
        [_pair(found, pair) for pair in pairs],
        key="evaluate.pairs",
        label=f"Most confused pairs among {found.words}",
        selected=cells.index(chosen_cell) if chosen_cell in cells else None,
    )
    if picked is not None:
        MATRIX.open(Picked(*cells[picked]))
        st.rerun()  # the matrix, drawn before, has to show it too


def _pair(found: Evaluated, pair: ConfusedPair) -> Pair:
    true, predicted = found.class_names[pair.true_label], found.class_names[pair.predicted_label]
    rows = cell_rows(found.predictions, pair.true_label, pair.predicted_label)
    hardest = rows[np.argsort(-found.predictions.losses[rows], kind="stable")][:N_EXAMPLES]
    return Pair(
        title=f"{true} → {predicted}",
        detail=f"{pair.count:,} · {shown_share(pair.rate)} of {true}",
        note=f"true {true}, predicted {predicted}: show {counted(pair.count, 'digit')}, "
        f"{shown_share(pair.rate)} of true {true}",
        examples=found.images(hardest),
    )


def _render_curves(found: Evaluated) -> None:
    st.subheader("One-vs-rest ROC and PR", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = linked_segments(
            "Curve",
            tuple(CURVES),
            choice=EvaluateChoices.curve,
            words=CURVES.__getitem__,
            help="One class against all others, while the probability threshold falls. "
            "ROC: true positive rate against false positive rate; the area under it is 1 for a perfect network. "
            "Precision-recall (PR): precision against recall.",
        )
        labels = st.pills(
            "Classes",
            range(N_CLASSES),
            selection_mode="multi",
            format_func=lambda label: escape_markdown(found.class_names[label]),
            key="evaluate.curve_labels",
            persist_state="session",
            help="Select none to show all.",
        )
        zoom = st.toggle("Zoom in", value=True, key="evaluate.curve_zoom", persist_state="session",
                         help="Shows the corner in which the curves of good networks differ.")  # fmt: skip
    wanted = labels or None
    if kind is Curve.ROC:
        figure = roc_figure(roc_curves(found.predictions), labels=wanted, zoom=zoom, class_names=found.class_names)
    else:
        curves = precision_recall_curves(found.predictions)
        figure = precision_recall_figure(curves, labels=wanted, zoom=zoom, class_names=found.class_names)
    chart(
        figure,
        key="evaluate.curves",
        name=f"{found.run.title} {found.split} {CURVES[kind]}",
        alt=f"{CURVES[kind]} curve of each class",
    )
