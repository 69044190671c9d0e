"""Errors by handwriting: weak slices, and the error rate against each measure."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.charts.measure_errors import clicked_bin, measure_errors_figure
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import evaluated_measures, measure_title
from dashboard.state.session import widget_value
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, evaluate
from dashboard.views.evaluate.digits import render_digits
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.measure_errors import MeasureErrors, error_by_measure
from mnist_core.evaluation.weak_slices import MIN_DIGITS, SIGNIFICANCE_LEVEL, WeakSlice

CHART = "evaluate.measure_chart"
DIGITS_COLUMN = 2
"""The column of `COLUMNS` that opens digits."""

COLUMNS = (
    Column(
        title="Slice",
        is_text=True,
        help="With its error rate on the confirmation half, which had no part in the search. "
        "Hover for the exact ranges of its measures.",
    ),
    Column(
        title="Error rate, discovery half",
        help="On the half that was searched. The slice was chosen because this rate is high, so it is biased upwards.",
    ),
    Column(title="Digits", help="In both halves. Click to see them."),
    Column(
        title="Confirmed on the other half?",
        is_text=True,
        help="Whether the error rate of the slice is significantly higher than elsewhere on the confirmation half.",
    ),
)


def render_handwriting(found: Evaluated) -> None:
    """Weak slices and error rates by measure; a click shows the digits."""
    if found.dataset is None:
        st.info("Handwriting is measured on the images, and they are not available.", icon=":material/draw:")
        return
    measures = evaluated_measures(found, name="evaluate.measuring")
    if measures is None:
        return
    _render_slices(found, measures)
    _render_measure(found, measures)


def _render_slices(found: Evaluated, measures: Measures) -> None:
    st.subheader("Weak slices", anchor=False)
    slices = answers.weak_slices(
        found.run.run_id, found.split, found.epoch, predictions=found.predictions, measures=measures
    )
    if not slices:
        st.markdown(f"No weak slice with at least {MIN_DIGITS} digits in the discovery half among these {found.words}.")
        return
    chosen = evaluate.group
    picked = number_table(
        COLUMNS,
        [_row(item) for item in slices],
        key="evaluate.groups",
        label=f"Weak slices of {found.words}",
        selected=(chosen, DIGITS_COLUMN) if chosen is not None and chosen < len(slices) else None,
    )
    if picked is not None:
        reset(EvaluateChoices.bin, *ABOUT_SHOWN_DIGITS)
        chosen = evaluate.group = picked[0]
    n_confirmed = sum(item.is_confirmed for item in slices)
    st.caption(
        f"A shallow decision tree found {len(slices)} {'slice' if len(slices) == 1 else 'slices'} on one half of the "
        f"digits; {n_confirmed} confirmed on the other half (Fisher's exact test, {SIGNIFICANCE_LEVEL:.0%} for all "
        "slices together). The error rates beside the names are those of the other half. "
        "Searching many slices finds some by chance; ignore unconfirmed ones."
    )
    if chosen is not None and chosen < len(slices):
        _render_slice(found, slices[chosen])


def _row(weak: WeakSlice) -> list[Number]:
    first, second = weak.discovery, weak.confirmation
    return [
        Number(text=slice_words(weak), note=weak.sentence),
        Number(text=f"{first.rate:.1%}", note=f"{first.n_wrong:,} of {first.n:,} wrong"),
        Number(
            text=f"{len(weak.positions):,}",
            opens=True,
            note=f"Show the {len(weak.positions):,} digits: {weak.sentence}",
        ),
        Number(
            text="yes" if weak.is_confirmed else "no",
            note=f"p = {weak.p_value:.2g}, {second.n_wrong:,} of {second.n:,} wrong in the slice, "
            f"{second.n_wrong_elsewhere:,} of {second.n_elsewhere:,} elsewhere",
        ),
    ]


def slice_words(weak: WeakSlice) -> str:
    """A slice and its rate on the confirmation half: "Thin 8s: 4.1% wrong against 0.7% elsewhere, 61 digits"."""
    name, other = weak.name[:1].upper() + weak.name[1:], weak.confirmation
    if other.n == 0:
        return f"{name}: no digits on the other half"
    count = f"{other.n:,} {'digit' if other.n == 1 else 'digits'}"
    return f"{name}: {other.rate:.1%} wrong against {other.rate_elsewhere:.1%} elsewhere, {count}"


def _render_slice(found: Evaluated, weak: WeakSlice) -> None:
    _render_title(escape_markdown(weak.sentence))
    positions = weak.positions[np.argsort(-found.predictions.losses[weak.positions], kind="stable")]
    render_digits(found, positions)


def _render_measure(found: Evaluated, measures: Measures) -> None:
    st.subheader("Error rate by measure", anchor=False)
    names = tuple(MEASURES)
    name = linked_select(
        "Measure",
        names,
        choice=EvaluateChoices.measure,
        default=names[0],
        words=lambda name: MEASURES[name].title,
        resets=(EvaluateChoices.bin, *ABOUT_SHOWN_DIGITS),
        width=260,
    )
    values = measures.column(name)
    errors = error_by_measure(found.predictions, values, measure=name)
    st.caption(
        f"{MEASURES[name].help} {found.words[:1].upper()}{found.words[1:]}, in {len(errors.bins)} "
        f"{'bin' if len(errors.bins) == 1 else 'bins'} with {LEVEL:.0%} intervals; the dashed line is the error rate "
        "of all. Click a point to see its digits."
    )
    chart(
        measure_errors_figure(errors, title=measure_title(name), height=300),
        key=f"{CHART}.{name}",
        name=f"{found.run.title} {found.split} errors by {name}",
        on_select=lambda: _take_bin(f"{CHART}.{name}", errors),
        alt=f"Error rate against {MEASURES[name].title.lower()}",
    )
    _render_bins(errors, name)
    number = evaluate.bin
    if number is not None and number < len(errors.bins):
        _render_bin(found, errors, number, values)


def _render_bins(errors: MeasureErrors, name: str) -> None:
    """The same as a table, which shows the numbers and works without a mouse."""
    with st.expander("As a table"):
        columns = (Column(title=MEASURES[name].title, is_text=True), Column(title="Digits"), Column(title="Error rate"))
        rows = [
            [
                Number(text=range_words(item.low, item.high)),
                Number(
                    text=f"{item.n:,}",
                    opens=True,
                    note=f"Show {_digits(item.n)}",
                ),
                Number(text=f"{item.rate:.2%}", note=f"{item.n_wrong:,} of {item.n:,} wrong"),
            ]
            for item in errors.bins
        ]
        picked = number_table(
            columns, rows, key="evaluate.measure_bins", label=f"Error rate by {MEASURES[name].title.lower()}"
        )
    if picked is not None:
        _choose_bin(picked[0])
        st.rerun()  # a slice that was open above is drawn already


def _take_bin(key: str, errors: MeasureErrors) -> None:
    clicked = clicked_bin(widget_value(key), errors)
    if clicked is not None:
        _choose_bin(errors.bins.index(clicked))


def _choose_bin(number: int) -> None:
    reset(EvaluateChoices.group, *ABOUT_SHOWN_DIGITS)
    evaluate.bin = number


def _render_bin(found: Evaluated, errors: MeasureErrors, number: int, values: np.ndarray) -> None:
    item = errors.bins[number]
    positions = bin_positions(values, errors, number)
    _render_title(
        f"{_digits(len(positions))}, {MEASURES[errors.measure].title.lower()} {range_words(item.low, item.high)}: "
        f"{item.n_wrong:,} wrong"
    )
    order = np.argsort(-found.predictions.losses[positions], kind="stable")
    render_digits(found, positions[order])


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


def _digits(n: int) -> str:
    return "1 digit" if n == 1 else f"{n:,} digits"


def _render_title(words: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="evaluate.chosen"):
        st.markdown(f"**{words}**")
        st.button(
            "Close",
            key="evaluate.close",
            icon=":material/close:",
            type="tertiary",
            on_click=reset,
            args=(EvaluateChoices.group, EvaluateChoices.bin, *ABOUT_SHOWN_DIGITS),
        )
    st.caption("Highest loss first; a cross marks wrong digits.")
