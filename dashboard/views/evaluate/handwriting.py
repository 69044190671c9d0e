"""Errors by handwriting: weak slices, and the error rate against each measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.charts.measure_errors import clicked_bin, measure_errors_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import evaluated_measures, measure_title
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, evaluate
from dashboard.views.evaluate.digits import render_digits
from dashboard.views.evaluate.weak_slices import render_weak_slices
from dashboard.widgets.chart import chart, clicked_in
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.measure_errors import MeasureErrors, error_by_measure
from mnist_core.evaluation.weak_slices import WeakSlice
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted

CHART = "evaluate.measure_chart"


def render_handwriting(found: Evaluated) -> None:
    """Weak slices and error rates by measure; a click shows the digits."""
    if found.dataset is None:
        st.info("Handwriting is measured on the images, and they are not available.", icon=":material/draw:")
        return
    measures = evaluated_measures(found, name="evaluate.measuring")
    if measures is None:
        return
    question, answer = question_and_answer()
    with question:
        slices = render_weak_slices(found, measures)
        errors = _render_measure(found, measures)
    _render_answer(answer, found, measures, slices, errors)


def _render_answer(
    place: DeltaGenerator,
    found: Evaluated,
    measures: Measures,
    slices: Sequence[WeakSlice],
    errors: MeasureErrors,
) -> None:
    """The digits of the slice or of the bin that is chosen."""
    group, number = evaluate.group, evaluate.measure_bin
    if group is not None and group < len(slices):
        _render_chosen(place, found, slices[group].positions, title=escape_markdown(slices[group].sentence))
    elif number is not None and number < len(errors.bins):
        positions = bin_positions(measures.column(errors.measure), errors, number)
        _render_chosen(place, found, positions, title=_bin_words(errors, number, n=len(positions)))
    else:
        with answer_panel(place, name="evaluate", is_open=False, on_close=_close):
            st.caption(":material/touch_app: Click the digits of a slice, or a point of the chart, to see them here.")


def _render_chosen(place: DeltaGenerator, found: Evaluated, positions: np.ndarray, *, title: str) -> None:
    help = "Highest loss first; a cross marks wrong digits."
    with answer_panel(place, name="evaluate", title=title, help=help, is_open=True, on_close=_close):
        render_digits(found, positions[np.argsort(-found.predictions.losses[positions], kind="stable")])


def _close() -> None:
    reset(EvaluateChoices.group, EvaluateChoices.measure_bin, *ABOUT_SHOWN_DIGITS)


def _render_measure(found: Evaluated, measures: Measures) -> MeasureErrors:
    st.subheader("Error rate by measure", anchor=False)
    names = tuple(MEASURES)
    name = linked_select(
        "Measure",
        names,
        choice=EvaluateChoices.measure,
        default=names[0],
        words=lambda name: MEASURES[name].title,
        resets=(EvaluateChoices.measure_bin, *ABOUT_SHOWN_DIGITS),
        width=260,
        help="The measure on the horizontal axis of the chart and in the table.",
    )
    values = measures.column(name)
    errors = error_by_measure(found.predictions, values, measure=name)
    st.caption(
        f"{MEASURES[name].help} {found.words[:1].upper()}{found.words[1:]}, in "
        f"{counted(len(errors.bins), 'bin')} with {shown_level(LEVEL)} intervals; the dashed line is the "
        "error rate of all. Where the points rise, such digits are harder for the network. Click a point to see its "
        "digits."
    )
    chart(
        measure_errors_figure(errors, title=measure_title(name), height=300),
        key=f"{CHART}.{name}",
        name=f"{found.run.title} {found.split} errors by {name}",
        on_click=lambda: _take_bin(f"{CHART}.{name}", errors),
        alt=f"Error rate against {MEASURES[name].title.lower()}",
    )
    _render_bins(errors, name, f"{found.run.title} {found.split} errors by {name}")
    return errors


def _render_bins(errors: MeasureErrors, name: str, file: str) -> None:
    """The same as a table, which shows the numbers and works without a mouse."""
    with st.expander("As a table"):
        columns = (Column(title=MEASURES[name].title, is_text=True), Column(title="Digits"), Column(title="Error rate"))
        rows = [
            [
                Number(text=range_words(item.low, item.high)),
                Number(
                    text=f"{item.n:,}",
                    opens=True,
                    note=f"Show {counted(item.n, 'digit')}",
                ),
                Number(text=shown_share(item.rate), note=f"{item.n_wrong:,} of {item.n:,} wrong"),
            ]
            for item in errors.bins
        ]
        picked = number_table(
            columns, rows, key="evaluate.measure_bins", label=f"Error rate by {MEASURES[name].title.lower()}", name=file
        )
    if picked is not None:
        _choose_bin(picked[0])
        st.rerun()  # a slice that is marked above is drawn already


def _take_bin(key: str, errors: MeasureErrors) -> None:
    clicked = clicked_bin(clicked_in(key), errors)
    if clicked is not None:
        _choose_bin(errors.bins.index(clicked))


def _choose_bin(number: int) -> None:
    reset(EvaluateChoices.group, *ABOUT_SHOWN_DIGITS)
    evaluate.measure_bin = number


def _bin_words(errors: MeasureErrors, number: int, *, n: int) -> str:
    item, title = errors.bins[number], MEASURES[errors.measure].title.lower()
    return f"{counted(n, 'digit')}, {title} {range_words(item.low, item.high)}: {item.n_wrong:,} wrong"


def bin_positions(values: np.ndarray, errors: MeasureErrors, number: int) -> np.ndarray:
    """Positions of the digits in one bin: from `low` to below `high`, in the last bin to `high` itself."""
    item = errors.bins[number]
    is_last = number == len(errors.bins) - 1
    numbers = np.asarray(values, np.float64)
    inside = (numbers >= item.low) & ((numbers <= item.high) if is_last else (numbers < item.high))
    return np.flatnonzero(inside)


def range_words(low: float, high: float) -> str:
    """A range in words: "2.5 to 3.1"."""
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
