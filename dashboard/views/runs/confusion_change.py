"""What differs between the confusion matrices of two of the compared runs, and the digits behind a cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.confusion_matrix import render_matrix_change
from dashboard.shared.context.evaluated import TEST, Evaluated, evaluated
from dashboard.shared.digits.export import predicted_digits, render_export_box
from dashboard.shared.linked_choice import linked_select
from dashboard.views.runs.choices import RunsChoices, runs
from dashboard.views.runs.digits import render_test_digits
from dashboard.widgets.confusion_grid import NOTHING, Picked
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.rows import Row
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.confusion_change import ConfusionChange, confusion_change
from mnist_core.runs.record import RunRecord

Named = tuple[RunRecord, str]


def render_confusion_change(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    """The matrix of the later run minus that of the earlier one, on the test images."""
    tested = {run.run_id: (run, label) for run, label in zip(found, labels, strict=True)
              if run.summary.test_accuracy is not None}  # fmt: skip
    if len(tested) < 2:
        return
    st.subheader("Difference of the confusion matrices", anchor=False)
    (before, before_label), (after, after_label) = _pair(tested)
    if before.run_id == after.run_id:
        st.caption("Choose two different runs.")
        return
    try:
        later = evaluated(after, TEST)
        change = confusion_change(cached.predictions(before.run_id), later.predictions)
    except MnistCoreError as error:
        st.caption(f":material/info: {escape_markdown(str(error))}")
        return
    names = class_names_of(after.config.dataset)
    picked = render_matrix_change(
        change.counts,
        key="runs.change",
        label="Test images more or fewer in each cell; rows are true labels",
        name=f"{before_label} to {after_label} confusion",
        class_names=names,
        selected=Picked(*runs.cell) if runs.cell is not None else NOTHING,
    )
    if picked is not None and None not in picked:
        RunsChoices.cell.choose_sent((picked.true_label, picked.predicted_label))
    st.caption(f"Test images that **{escape_markdown(after_label)}** has in a cell minus those of "
               f"**{escape_markdown(before_label)}**: green is more, purple is fewer. More on the diagonal is better. "
               "Click a cell to see which digits moved.")  # fmt: skip
    _render_moved(change, later, names)


def _pair(tested: dict[str, Named]) -> tuple[Named, Named]:
    """The two runs; with more than two, they can be chosen."""
    ids = tuple(tested)
    if len(ids) == 2:
        return tested[ids[0]], tested[ids[1]]
    with st.container(horizontal=True):
        chosen = [
            linked_select(title, ids, choice=choice, default=default, words=lambda run_id: tested[run_id][1], width=240,
                          help=help)
            for title, choice, default, help in (
                ("From", RunsChoices.before, ids[0], "The run before the change."),
                ("To", RunsChoices.after, ids[-1], "The run after the change."),
            )
        ]  # fmt: skip
    return tested[chosen[0]], tested[chosen[1]]


def _render_moved(change: ConfusionChange, found: Evaluated, names: Sequence[str]) -> None:
    """The digits, and their export as the later run predicts them."""
    if runs.cell is None:
        return
    true, predicted = runs.cell
    positions = change.moved(true, predicted)
    st.markdown(f"True {escape_markdown(names[true])}, predicted {escape_markdown(names[predicted])} in one run alone: "
                f"**{len(positions):,}**")  # fmt: skip
    pairs = [(names[int(a)], names[int(b)]) for a, b in zip(change.first[positions], change.second[positions],
                                                            strict=True)]  # fmt: skip
    rows = change.index[positions]
    render_test_digits(
        found.dataset,
        rows,
        [f"{a}→{b}" for a, b in pairs],
        [f"Test image {row}: true label {names[true]}, predicted {a} before and {b} after"
         for row, (a, b) in zip(rows, pairs, strict=True)],
        key="runs.moved",
        label="Digits that moved into or out of the cell",
    )  # fmt: skip
    if len(rows):
        at = [place for row in rows if (place := found.position_of(Row(int(row)))) is not None]
        render_export_box(predicted_digits(found, np.array(at, dtype=np.int64)), name="runs.moved.export")
