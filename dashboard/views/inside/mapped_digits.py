"""The panel beside the map of a layer: the digit that is open, or the digits inside the lasso."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.context.digit import close_digit, image_words, open_digit, open_digit_of
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.context.prediction import verdict_mark
from dashboard.shared.digits.digit_list import digest_of, label_counts_words
from dashboard.shared.digits.export import labelled_digits, render_export_box, rows_of_split
from dashboard.shared.side_panel import answer_panel
from dashboard.state.url_selection import rows_of
from dashboard.views.inside.choices import InsideChoices, InsideView, inside
from dashboard.widgets.digit_grid import MAX_DIGITS, digit_grid
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, Indices, SplitName, UInt8Array
from mnist_core.data.image_ref import ImageRef
from mnist_core.runs.record import RunRecord
from mnist_core.words import counted

CELL, ENLARGED = 34, 5


def render_mapped_digits(
    place: DeltaGenerator, run: RunRecord, dataset: Dataset, rows: Indices, predicted: UInt8Array
) -> None:
    """In the panel; `rows` are the digits of the map, `predicted` their predicted labels."""
    opened = open_digit_of(dataset.name)
    selected = rows_of(inside.selection, rows, dataset, SplitName.TEST)
    if opened is not None and opened.row < len(dataset.split(opened.split)):
        title = image_words(opened.split, opened.row).capitalize()
        with answer_panel(place, name="inside", title=title, is_open=True, on_close=close_digit):
            _render_digit(run, dataset, opened, rows, predicted)
    elif len(selected):
        title = f"{counted(len(selected), 'digit')} selected"
        with answer_panel(place, name="inside", title=title, is_open=True, on_close=InsideChoices.selection.reset):
            _render_list(run, dataset, selected, predicted[np.isin(rows, selected)])
    else:
        with answer_panel(place, name="inside", is_open=False, on_close=close_digit):
            st.caption(
                ":material/touch_app: Hover over a point to see its digit, click to open it, or drag to lasso a group."
            )


def _render_digit(run: RunRecord, dataset: Dataset, opened: ImageRef, rows: Indices, predicted: UInt8Array) -> None:
    split, names = dataset.split(opened.split), dataset.class_names
    label = int(split.labels[opened.row])
    enlarged_digit(split.images[opened.row], ENLARGED, alt=image_words(opened.split, opened.row))
    where = np.flatnonzero(rows == opened.row) if opened.split == SplitName.TEST else rows[:0]
    words = f"True label **{escape_markdown(names[label])}**"
    if len(where):
        said = int(predicted[where[0]])
        verdict = verdict_mark(is_correct=said == label)
        st.markdown(f"{words}, predicted **{escape_markdown(names[said])}** · {verdict}")
    else:
        st.markdown(words)
        st.caption("This digit is not one of the points.")
    st.button(
        "Show activations",
        key="inside.to_activations",
        icon=":material/layers:",
        on_click=InsideChoices.view.choose,
        args=(InsideView.ACTIVATIONS,),
    )
    render_explain_link(run.run_id, dataset.name, opened)


def _render_list(run: RunRecord, dataset: Dataset, rows: Indices, predicted: UInt8Array) -> None:
    names, labels = dataset.class_names, dataset.test.labels[rows]
    wrong = int((predicted != labels).sum())
    st.caption(f"{label_counts_words(labels, names)} · {wrong:,} of them wrong")
    shown = rows[:MAX_DIGITS]
    picked = digit_grid(
        dataset.test.images[shown],
        [names[label] for label in labels[:MAX_DIGITS]],
        key=f"inside.lassoed.{digest_of(shown)}",
        label="Selected digits",
        ids=shown,
        notes=[
            f"test digit {row}: true {names[label]}, predicted {names[said]}"
            for row, label, said in zip(shown, labels, predicted, strict=False)
        ],
        marks=(predicted != labels)[:MAX_DIGITS].tolist(),
        cell=CELL,
    )
    if picked is not None:
        open_digit(dataset.name, SplitName.TEST, int(shown[picked]))
        st.rerun()
    digits = labelled_digits(
        dataset,
        len(rows),
        images=rows_of_split(SplitName.TEST, rows),
        more=lambda: {"predicted": predicted, "is_correct": predicted == labels},
        stem=f"{run.run_id}-test-selection",
        columns="predicted label",
    )
    render_export_box(digits, name="inside.lassoed.export")
