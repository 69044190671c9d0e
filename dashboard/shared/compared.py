"""The run that the context bar compares with: what it says for the same images, in one line."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.comparison import Comparison, Outcome, compare
from mnist_core.evaluation.intervals import LEVEL as CONFIDENCE
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_share


def comparison_with(other: RunRecord, split: str, predictions: Predictions) -> Comparison:
    """The outcome of each image for `other`, the first run, and for these predictions, the second.

    Raises:
        MnistCoreError: `other` has no predictions for these images.
    """
    return compare(cached.predictions(other.run_id, split), predictions)


def render_comparison(predictions: Predictions, split: str, other: RunRecord | None) -> None:
    """Both accuracies, which images differ, and whether that may be chance; nothing without another run."""
    if other is None:
        return
    name = escape_markdown(other.title)
    with st.container(key="comparison"):
        try:
            comparison = comparison_with(other, split, predictions)
        except MnistCoreError:
            st.caption(f"{name} has no predictions for these {split} images.")
            return
        st.markdown(_words(name, comparison), help=explain_test(comparison))


def p_words(p_value: float) -> str:
    """A p-value in a sentence: "p = 0.021"."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def explain_test(comparison: Comparison) -> str:
    """What the p-value means, and the interval of the difference."""
    low, high = comparison.difference_interval
    return (
        "McNemar's exact test: if both networks were equally good, each image that only one of them gets right would "
        "be one of either with probability 1/2. p is the probability of a difference at least as large as this one. "
        f"{shown_level(CONFIDENCE)} interval of the difference: {shown_points(low)} to {shown_points(high)}."
    )


def _words(name: str, comparison: Comparison) -> str:
    first, second = comparison.accuracies
    counts = comparison.counts
    return (
        f"Compared with **{name}**: {shown_share(second)} against {shown_share(first)} of {len(comparison):,} images · "
        f"**{counts[Outcome.FIXED]:,}** correct only here, **{counts[Outcome.BROKEN]:,}** correct only there · "
        f"{_significance(comparison)}"
    )


def _significance(comparison: Comparison) -> str:
    counts, p_value = comparison.counts, comparison.p_value
    if counts[Outcome.FIXED] == counts[Outcome.BROKEN] == 0:
        return "both get the same images right"
    return f"the difference {'may' if p_value >= UNLIKELY else 'is unlikely to'} be chance ({p_words(p_value)})"
