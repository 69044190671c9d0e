"""Which handwriting fails: the error rate against each measure, and groups of digits that fail more often."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.charts.slices import clicked_bin, measure_errors_figure
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import evaluated_measures, measure_title
from dashboard.state.session import widget_value
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, evaluate
from dashboard.views.evaluate.digits import render_digits
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.evaluation.slices import MeasureErrors, error_by_measure
from mnist_core.evaluation.weak_groups import WeakGroup

CHART = "evaluate.measure_chart"
MIN_DIGITS = 30
GROUP_OPENS = 2
"""The column of `COLUMNS` that opens digits."""

COLUMNS = (
    Column(
        title="Group",
        is_text=True,
        help="With its figures on the half that had no part in finding it: those to believe. Point at a group for the "
        "exact ranges of its measures.",
    ),
    Column(title="When found", help="Wrong ones on the half it was found on: chosen for being high, so it flatters."),
    Column(title="Digits", help="Of both halves together. Click for them."),
    Column(
        title="Held up?", is_text=True, help="Whether the other half confirms that the group is worse than the rest."
    ),
)


def render_handwriting(found: Evaluated) -> None:
    """Error rates by measure and weak groups; a click shows the digits."""
    if found.dataset is None:
        st.info("Measuring handwriting needs the digits themselves, and they are not here.", icon=":material/draw:")
        return
    measures = evaluated_measures(found, name="evaluate.measuring")
    if measures is None:
        return
    _render_groups(found, measures)
    _render_measure(found, measures)


def _render_groups(found: Evaluated, measures: Measures) -> None:
    st.subheader("Groups that fail more often", anchor=False)
    groups = answers.weak_groups(
        found.run.run_id, found.split, found.epoch, predictions=found.predictions, measures=measures
    )
    if not groups:
        st.markdown(f"No group of at least {MIN_DIGITS} digits stands out among these {found.words}.")
        return
    chosen = evaluate.group
    picked = number_table(
        COLUMNS,
        [_row(group) for group in groups],
        key="evaluate.groups",
        label=f"Groups of digits that fail more often, among {found.words}",
        selected=(chosen, GROUP_OPENS) if chosen is not None and chosen < len(groups) else None,
    )
    if picked is not None:
        reset(EvaluateChoices.bin, *ABOUT_SHOWN_DIGITS)
        chosen = evaluate.group = picked[0]
    n_confirmed = sum(group.is_confirmed for group in groups)
    st.caption(
        f"A shallow decision tree found {len(groups)} {'group' if len(groups) == 1 else 'groups'} on one half of the "
        f"digits; {n_confirmed} held up on the other half (Fisher's exact test, at 5% for all groups together). The "
        "figures in the sentences are those of the other half. "
        "Who looks through many groups finds bad ones by chance: do not build on those that did not."
    )
    if chosen is not None and chosen < len(groups):
        _render_group(found, groups[chosen])


def _row(group: WeakGroup) -> list[Number]:
    first, second = group.found, group.confirmed
    return [
        Number(text=group_words(group), note=group.sentence),
        Number(text=f"{first.rate:.1%}", note=f"{first.n_wrong:,} of {first.n:,} wrong"),
        Number(
            text=f"{len(group.positions):,}",
            opens=True,
            note=f"Show the {len(group.positions):,} digits: {group.sentence}",
        ),
        Number(
            text="yes" if group.is_confirmed else "no",
            note=f"p = {group.p_value:.2g}, {second.n_wrong:,} of {second.n:,} wrong in the group, "
            f"{second.n_wrong_elsewhere:,} of {second.n_elsewhere:,} elsewhere",
        ),
    ]


def group_words(group: WeakGroup) -> str:
    """A group and its rate on the other half: "Thin 8s: 4.1% wrong against 0.7% elsewhere, 61 digits"."""
    name, other = group.name[:1].upper() + group.name[1:], group.confirmed
    if other.n == 0:
        return f"{name}: none on the other half"
    count = f"{other.n:,} {'digit' if other.n == 1 else 'digits'}"
    return f"{name}: {other.rate:.1%} wrong against {other.rate_elsewhere:.1%} elsewhere, {count}"


def _render_group(found: Evaluated, group: WeakGroup) -> None:
    _render_title(escape_markdown(group.sentence))
    positions = group.positions[np.argsort(-found.predictions.losses[group.positions], kind="stable")]
    render_digits(found, positions)


def _render_measure(found: Evaluated, measures: Measures) -> None:
    st.subheader("Errors by one measure", anchor=False)
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
        f"{MEASURES[name].help} Each point is about a tenth of the {found.words}, with its 95% interval; "
        "the dashed line is the share among all. Click a point for its digits."
    )
    st.plotly_chart(
        measure_errors_figure(errors, title=measure_title(name), height=300),
        key=f"{CHART}.{name}",
        config={"displayModeBar": False},
        on_select=lambda: _take_bin(f"{CHART}.{name}", errors),
        selection_mode="points",
        alt=f"Share of wrong digits against {MEASURES[name].title}",
    )
    _render_bins(errors, name)
    number = evaluate.bin
    if number is not None and number < len(errors.bins):
        _render_bin(found, errors, number, values)


def _render_bins(errors: MeasureErrors, name: str) -> None:
    """The same as a table, which says the numbers and can be used without a mouse."""
    with st.expander("As a table"):
        columns = (Column(title=MEASURES[name].title, is_text=True), Column(title="Digits"), Column(title="Wrong"))
        rows = [
            [
                Number(text=range_words(item.low, item.high)),
                Number(
                    text=f"{item.n:,}",
                    opens=True,
                    note=f"Show these {item.n:,} digits",
                ),
                Number(text=f"{item.rate:.2%}", note=f"{item.n_wrong:,} of {item.n:,} wrong"),
            ]
            for item in errors.bins
        ]
        picked = number_table(columns, rows, key="evaluate.measure_bins", label=f"Errors by {MEASURES[name].title}")
    if picked is not None:
        _choose_bin(picked[0])
        st.rerun()  # a group that was open above is drawn already


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
        f"{len(positions):,} digits, {MEASURES[errors.measure].title.lower()} {range_words(item.low, item.high)}: "
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
    """A range in words."""
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


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
    st.caption("The highest loss comes first; a cross marks wrong ones.")
