"""What a muted filter changes: the digits that break, those that are fixed, and the cells of the confusion matrix."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from dashboard.shared.confusion_matrix import render_matrix_change
from dashboard.shared.context.digit import image_words, open_digit, open_digit_of
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.digits.digit_list import digest_of
from dashboard.shared.digits.export import labelled_digits, render_export_box, rows_of_split
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.inside.choices import Changed, InsideChoices, inside
from dashboard.views.inside.knock_out_words import change_words, interval_words
from dashboard.widgets.confusion_grid import NOTHING, Picked
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pager import pager
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.evaluation.comparison import Outcome
from mnist_core.probing.knock_out_result import KnockOut
from mnist_core.runs.record import RunRecord
from mnist_core.words import counted

PAGE_SIZE, CELL, SMALL, ENLARGED = 60, 44, 34, 3
N_IN_CELL = 8


def render_changed(run: RunRecord, dataset: Dataset, found: KnockOut, muted: int, *, part: str) -> None:
    """For the panel; `muted` is the filter or unit, `part` the word for it."""
    counts = found.comparison(muted).counts
    words = {
        Changed.BROKEN: f"Broken {counts[Outcome.BROKEN]:,}",
        Changed.FIXED: f"Fixed {counts[Outcome.FIXED]:,}",
        Changed.MATRIX: "Confusion matrix",
    }
    shown = linked_segments(
        "Changes",
        tuple(words),
        choice=InsideChoices.changed,
        words=words.__getitem__,
        resets=(InsideChoices.changed_page, InsideChoices.changed_cell),
        label_visibility="collapsed",
    )
    if shown is Changed.MATRIX:
        _render_matrix(dataset, found, muted, part, f"{run.title} without {part} confusion change")
        return
    st.caption(
        f"Accuracy {change_words(found, muted)} ({interval_words(found, muted)}) on {len(found.rows):,} test digits",
        help=f"Broken: correct with all {part}s, wrong with this one muted. Fixed: the reverse.",
    )
    outcome = Outcome.BROKEN if shown is Changed.BROKEN else Outcome.FIXED
    rows = found.comparison(muted).rows(outcome)
    if not len(rows):
        verb = "breaks" if shown is Changed.BROKEN else "is fixed"
        st.caption(f"No digit {verb} without this {part}.")
        return
    card = st.container(key="inside.panel_top")
    _render_grid(dataset, found, muted, rows)
    with card:  # after the click on one of the digits
        _render_digit(run, dataset, found, muted, rows, part=part)
    stem = f"{run.run_id}-test-{found.layer}-without-{part}-{muted}-{outcome}"
    _render_export(dataset, found, muted, rows, stem=stem)


def _render_export(dataset: Dataset, found: KnockOut, muted: int, rows: Indices, *, stem: str) -> None:
    at = np.searchsorted(found.rows, rows)
    digits = labelled_digits(
        dataset,
        len(rows),
        images=rows_of_split(SplitName.TEST, rows),
        more=lambda: {"predicted": found.clean[at], "predicted_muted": found.predicted[muted][at]},
        stem=stem,
        columns="predicted label without and with muting",
    )
    render_export_box(digits, name="inside.changed.export")


def _render_grid(dataset: Dataset, found: KnockOut, muted: int, rows: Indices) -> None:
    n_pages = math.ceil(len(rows) / PAGE_SIZE)
    page = min(inside.changed_page, n_pages)
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    pager(
        n_pages,
        number=page,
        key="inside.changed_page",
        of=digest_of(rows),
        on_turn=InsideChoices.changed_page.choose_sent,
    )
    _render_digits(dataset, found, muted, shown, key=f"inside.changed.{digest_of(shown)}")


def _render_digits(
    dataset: Dataset, found: KnockOut, muted: int, rows: Indices, *, key: str, is_line: bool = False
) -> None:
    """The digits with both labels; `is_line`: in one line, small and without words."""
    names, at = dataset.class_names, np.searchsorted(found.rows, rows)
    clean, now, labels = found.clean[at], found.predicted[muted][at], found.labels[at]
    opened = _opened_row(dataset)
    where = np.flatnonzero(rows == (-1 if opened is None else opened))
    picked = digit_grid(
        dataset.test.images[rows],
        [f"{names[before]}→{names[after]}" for before, after in zip(clean, now, strict=True)],
        key=key,
        label="Digits whose predicted label changes",
        ids=rows,
        show_captions=not is_line,
        notes=[
            f"test digit {row}: true {names[label]}, predicted {names[before]}, now {names[after]}"
            for row, label, before, after in zip(rows, labels, clean, now, strict=True)
        ],
        marks=(now != labels).tolist(),
        selected=int(where[0]) if len(where) else None,
        cell=SMALL if is_line else CELL,
    )
    if picked is not None:
        open_digit(dataset.name, SplitName.TEST, int(rows[picked]))


def _opened_row(dataset: Dataset) -> int | None:
    opened = open_digit_of(dataset.name)
    return opened.row if opened is not None and opened.split == SplitName.TEST else None


def _render_digit(run: RunRecord, dataset: Dataset, found: KnockOut, muted: int, rows: Indices, *, part: str) -> None:
    """The open digit if it is one of `rows`, else the first, with both predictions and a link to its explanation."""
    opened = _opened_row(dataset)
    row = opened if opened is not None and opened in rows else int(rows[0])
    at, names = int(np.searchsorted(found.rows, row)), dataset.class_names
    true, before, after = (
        escape_markdown(names[label]) for label in (found.labels[at], found.clean[at], found.predicted[muted][at])
    )
    with st.container(horizontal=True, vertical_alignment="center", key="inside.changed_digit"):
        words = image_words(SplitName.TEST, row).capitalize()
        enlarged_digit(dataset.test.images[row], ENLARGED, alt=words)
        with st.container(gap="xxsmall"):
            st.markdown(
                f"**{words}** · true label **{true}**  \nPredicted **{before}**, without the {part} **{after}**"
            )
            render_explain_link(run.run_id, dataset.name, ImageRef(split=SplitName.TEST, row=row))


def _render_matrix(dataset: Dataset, found: KnockOut, muted: int, part: str, name: str) -> None:
    change = found.matrix_change(muted)
    if not change.any():
        st.caption(f"No cell of the confusion matrix changes without this {part}.")
        return
    place = st.container(key="inside.changed_in_cell", height=64, border=False, gap="xxsmall")
    cell = inside.changed_cell
    picked = render_matrix_change(
        change,
        key="inside.matrix_change",
        label=f"Change of the number of test digits with the {part} muted",
        name=name,
        class_names=dataset.class_names,
        selected=NOTHING if cell is None else Picked(*cell),
    )
    if picked is not None and picked.true_label is not None and picked.predicted_label is not None:
        cell = inside.changed_cell = (picked.true_label, picked.predicted_label)
    with place:
        _render_cell(dataset, found, muted, cell)


def _render_cell(dataset: Dataset, found: KnockOut, muted: int, cell: tuple[int, int] | None) -> None:
    """The digits that have come into a cell or left it."""
    if cell is None:
        st.caption(
            "Green cells have more digits than with all filters, purple ones fewer. Click one to see which digits."
        )
        return
    now = found.predicted[muted]
    is_moved = (found.clean != now) & (found.labels == cell[0]) & ((found.clean == cell[1]) | (now == cell[1]))
    rows = found.rows[is_moved]
    true, predicted = (escape_markdown(dataset.class_names[label]) for label in cell)
    more = f"; the first {N_IN_CELL} are shown" if len(rows) > N_IN_CELL else ""
    st.caption(f"True {true}, predicted {predicted}: {counted(len(rows), 'digit')} entered or left this cell{more}.")
    _render_digits(
        dataset, found, muted, rows[:N_IN_CELL], key=f"inside.in_cell.{cell[0]}.{cell[1]}.{muted}", is_line=True
    )
