"""Weak slices: the confirmed ones, the worst first, and folded away what may be chance."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.cached import answers
from dashboard.shared.context.evaluated import Evaluated
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, evaluate
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.measures.registry import Measures
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.weak_slices import MIN_DIGITS, SIGNIFICANCE_LEVEL, WeakSlice
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share
from mnist_core.words import word_for

DIGITS_COLUMN = 3
"""The column of `COLUMNS` that opens digits."""

COLUMNS = (
    Column(title="Slice", is_text=True, help="Hover for the exact ranges of its measures."),
    Column(
        title="Error rate",
        is_text=True,  # so that the interval takes a second line on a phone
        help=f"On the confirmation half, which had no part in the search, with its {shown_level(LEVEL)} interval.",
    ),
    Column(title="Difference", is_text=True, help="To the error rate of all other digits of the confirmation half."),
    Column(title="Digits", help="In both halves. Click to see them."),
)


def render_weak_slices(found: Evaluated, measures: Measures) -> tuple[WeakSlice, ...]:
    """The confirmed slices, and the others in an expander; returns those that can be chosen, in that order."""
    st.subheader("Weak slices", anchor=False)
    slices = answers.weak_slices(
        found.run.run_id, found.split, found.other_epoch, predictions=found.predictions, measures=measures
    )
    confirmed = [item for item in slices if item.is_confirmed]
    doubtful = [item for item in slices if item.is_worse and not item.is_confirmed]
    if confirmed:
        _render_table(found, confirmed, key="evaluate.groups", start=0)
        st.caption(
            "These digits are wrong more often than others. A shallow decision tree found the slices on one half of "
            f"the digits; Fisher's exact test confirmed them on the other half ({shown_level(SIGNIFICANCE_LEVEL)} for "
            "all slices together). The error rates are those of that confirmation half."
        )
    else:
        st.markdown(
            f"No confirmed weak slice among these {found.words}, of slices with at least {MIN_DIGITS} digits in the "
            "discovery half."
        )
    _render_doubtful(found, doubtful, start=len(confirmed), n_equal=len(slices) - len(confirmed) - len(doubtful))
    return (*confirmed, *doubtful)


def _render_doubtful(found: Evaluated, doubtful: Sequence[WeakSlice], *, start: int, n_equal: int) -> None:
    if not doubtful and not n_equal:
        return
    is_chosen = evaluate.group is not None and evaluate.group >= start
    with st.expander(f"Not confirmed: {len(doubtful) + n_equal}", expanded=is_chosen, key="evaluate.not_confirmed"):
        st.caption(
            "Searching many slices finds some by chance. These stood out on the half that was searched, but their "
            "error rate on the other half is not significantly higher than elsewhere."
        )
        if doubtful:
            _render_table(found, doubtful, key="evaluate.doubtful", start=start)
        if n_equal:
            more = " more" if doubtful else ""
            st.caption(f"{n_equal}{more} {word_for(n_equal, 'was', 'were')} not worse there at all.")


def _render_table(found: Evaluated, slices: Sequence[WeakSlice], *, key: str, start: int) -> None:
    """A line for each slice; `start` is the position of the first one among all."""
    chosen = evaluate.group
    picked = number_table(
        COLUMNS,
        [_row(item) for item in slices],
        key=key,
        label=f"Weak slices of {found.words}",
        name=f"{found.run.title} {found.split} weak slices",
        selected=(chosen - start, DIGITS_COLUMN)
        if chosen is not None and start <= chosen < start + len(slices)
        else None,
    )
    if picked is not None:
        reset(EvaluateChoices.measure_bin, *ABOUT_SHOWN_DIGITS)
        evaluate.group = start + picked[0]
        st.rerun()  # the other table, which may be drawn already, has to lose its mark


def _row(weak: WeakSlice) -> list[Number]:
    other = weak.confirmation
    return [
        Number(text=weak.name[:1].upper() + weak.name[1:], note=weak.sentence),
        Number(
            text=f"{shown_share(other.rate)} ({shown_range(*other.interval)})",
            note=f"{other.n_wrong:,} of {other.n:,} wrong",
        ),
        Number(
            text=shown_points(other.excess),
            note=f"{other.n_wrong_elsewhere:,} of {other.n_elsewhere:,} wrong elsewhere, "
            f"{shown_share(other.rate_elsewhere)}; p = {weak.p_value:.2g}",
        ),
        Number(
            text=f"{len(weak.positions):,}",
            opens=True,
            note=f"Show the {len(weak.positions):,} digits: {weak.sentence}",
        ),
    ]
