"""The run that the context bar compares with: what it predicts for the same images, in one line."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import cached
from dashboard.shared.context.mistakes_links import render_difference_links
from dashboard.shared.runs.names import short_labels
from dashboard.state.current import JudgedSplit
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.comparison import Comparison, Outcome, compare
from mnist_core.evaluation.intervals import LEVEL as CONFIDENCE
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.significance import UNLIKELY, p_words
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_share


def comparison_with(other: RunRecord, split: str, predictions: Predictions) -> Comparison:
    """The outcome of each image for `other`, the first run, and for these predictions, the second.

    Raises:
        MnistCoreError: `other` has no predictions for these images.
    """
    return compare(cached.predictions(other.run_id, split), predictions)


def render_comparison(
    predictions: Predictions,
    split: JudgedSplit,
    *,
    run: RunRecord,
    other: RunRecord,
    images: str,
    epoch: int | None = None,
    show: Callable[[Outcome], None] | None = None,
) -> None:
    """Both accuracies, which images differ, with links to them, and whether that may be chance.

    Args:
        predictions: of `run` for `split`.
        other: the run it is compared with.
        images: what the accuracies are about, as Markdown.
        epoch: that of the predictions, if it is not the best one.
        show: shows the images with an outcome on this page; without it, links lead to the page Mistakes.
    """
    name = escape_markdown(short_labels((run, other))[1])
    with st.container(key="comparison", horizontal=True, vertical_alignment="center", gap="xsmall"):
        try:
            comparison = comparison_with(other, split, predictions)
        except MnistCoreError:
            st.markdown(f"{images} · {name} has no predictions for them", width="content")
            return
        first, second = comparison.accuracies
        st.markdown(f"{images}: {shown_share(second)}, compared run {shown_share(first)}", width="content", help=name)
        only_here = f"{comparison.counts[Outcome.FIXED]:,} correct only in this run"
        only_there = f"{comparison.counts[Outcome.BROKEN]:,} only in the compared run"
        if show is None:
            render_difference_links(
                run.run_id, split, other.run_id, only_here=only_here, only_there=only_there, epoch=epoch
            )
        else:
            for outcome, words in ((Outcome.FIXED, only_here), (Outcome.BROKEN, only_there)):
                key = f"comparison.{outcome.name.lower()}"
                st.button(words, key=key, type="tertiary", icon=":material/rule:", on_click=show, args=(outcome,))
        st.markdown(_significance(comparison), width="content", help=explain_test(comparison))


def equal_words(comparison: Comparison) -> str:
    """What two equally accurate runs differ in, in a sentence; empty if one is more accurate."""
    fixed, broken = comparison.counts[Outcome.FIXED], comparison.counts[Outcome.BROKEN]
    if fixed != broken:
        return ""
    if fixed == 0:
        return "Both are correct on the same images."
    return f"Equally accurate, but on {fixed + broken:,} images they differ."


def explain_test(comparison: Comparison) -> str:
    """What the p-value means, and the interval of the difference."""
    low, high = comparison.difference_interval
    return (
        "McNemar's exact test: if both networks were equally good, an image on which only one is correct would favour "
        "either with probability 1/2. p is the probability of a difference at least as large as this one. "
        f"{shown_level(CONFIDENCE)} interval of the difference: {shown_points(low)} to {shown_points(high)}."
    )


def _significance(comparison: Comparison) -> str:
    if said := equal_words(comparison):
        return said
    p_value = comparison.p_value
    return f"{'May' if p_value >= UNLIKELY else 'Unlikely to'} be chance ({p_words(p_value)})"
