"""The ledger: two runs image by image, and whether they differ by more than chance."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.comparison import ledger_figure
from dashboard.shared.context.bar import Context
from dashboard.shared.context.compared import comparison_with, explain_test
from dashboard.shared.context.evaluated import TEST, Evaluated, evaluated
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.digits.gallery import Gallery, render_digit_gallery, render_no_digits
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.runs.names import dataset_title, short_labels
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import current
from dashboard.views.runs.choices import OUTCOMES, LedgerOutcome, RunsChoices, runs
from dashboard.views.runs.header import with_newest_other
from dashboard.views.runs.verdict import verdict
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.rows import Row
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.comparison import Comparison
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share

WORDS = {
    LedgerOutcome.FIXED: "Fixed",
    LedgerOutcome.BROKEN: "Broken",
    LedgerOutcome.BOTH_WRONG: "Both wrong",
    LedgerOutcome.BOTH_RIGHT: "Both right",
}
MAX_SETTINGS = 4


def render_ledger(context: Context) -> None:
    """Both accuracies, one sentence on whether they differ, and the images of each outcome."""
    run, other = context.run, context.compared
    if run is None or other is None:
        are_chosen = len(runs.chosen) == 2
        title = "These two runs cannot be compared" if are_chosen else "No two runs to compare"
        text = "Choose a run and one to compare it with in the bar above: both need results on the same images."
        remedy = with_newest_other(run, _compare_with, words="Compare {} with {}")
        render_empty_state(title, text, icon="rule", remedy=remedy)
        return
    try:
        found = evaluated(run, TEST)
        comparison = comparison_with(other, TEST, found.predictions)
    except MnistCoreError as error:
        render_empty_state("No ledger for these two runs", escape_markdown(str(error)), icon="rule")
        return
    _render_verdict(run, other, comparison)
    question, answer = question_and_answer()
    with question:
        outcome = _render_outcomes(comparison)
        chart(
            ledger_figure(comparison, class_names=found.class_names),
            key="runs.ledger.figure",
            name=" against ".join(short_labels((run, other))),
            alt="Test images that the run fixed and broke, by true label",
        )
        st.caption(
            "Up: test images of each true label that are wrong in the compared run and correct in this one. Down: the "
            "reverse. The more up and the fewer down, the better this run."
        )
    positions = _positions(found, comparison, outcome)
    title = f"{WORDS[outcome]}: {len(positions):,} images"
    with answer:
        st.markdown(f"**{title}**")
        if len(positions) == 0:
            render_no_digits("No images here.")
        render_digit_gallery(
            found,
            positions,
            gallery=Gallery(name="runs.ledger", page=RunsChoices.at, render_ways_on=_render_ways_on, has_export=True),
        )


def _compare_with(run_ids: tuple[str, str]) -> None:
    current.run, current.compared = run_ids


def _render_verdict(run: RunRecord, other: RunRecord, comparison: Comparison) -> None:
    first, second = comparison.accuracies
    low, high = comparison.difference_interval
    intervals = comparison.accuracy_intervals
    names = short_labels((other, run))
    with st.container(key="runs.ledger.verdict", gap="xsmall"):
        with st.container(horizontal=True, gap="medium"):
            for title, name, accuracy, interval in (
                ("Compared with", names[0], first, intervals[0]),
                ("This run", names[1], second, intervals[1]),
            ):
                st.metric(f"{title}: {escape_markdown(name)}", shown_share(accuracy), delta=shown_range(*interval),
                          delta_color="off", delta_arrow="off", width="content")  # fmt: skip
            st.metric("Difference", shown_points(comparison.difference), width="content", delta_color="off",
                      delta=f"{shown_points(low)} to {shown_points(high)}", delta_arrow="off",
                      help=f"With its {shown_level(LEVEL)} interval for paired data (Newcombe).")  # fmt: skip
        st.markdown(verdict(run, other, comparison), help=explain_test(comparison))
        st.caption(f"{_data_words(run)} {_differing_words(other, run)}")


def _data_words(run: RunRecord) -> str:
    if run.dataset is None:
        return ""
    return f"On {run.dataset.test_images:,} test images of {escape_markdown(dataset_title(run.dataset.name))}."


def _differing_words(first: RunRecord, second: RunRecord) -> str:
    """The settings in which the runs differ, from the first to the second."""
    found = setting_differences((first.config_in_force, second.config_in_force))
    if not found:
        return "The settings are the same."
    words = [escape_markdown(f"{item.label} {' to '.join(item.values)}") for item in found[:MAX_SETTINGS]]
    rest = f", and {len(found) - MAX_SETTINGS} more" if len(found) > MAX_SETTINGS else ""
    return f"Settings that differ: {', '.join(words)}{rest}."


def _render_outcomes(comparison: Comparison) -> LedgerOutcome:
    counts = comparison.counts
    return linked_segments(
        "Outcome",
        tuple(OUTCOMES),
        choice=RunsChoices.outcome,
        words=lambda outcome: f"{WORDS[outcome]} {counts[OUTCOMES[outcome]]:,}",
        resets=(RunsChoices.at,),
        help="Fixed: wrong in the compared run, correct in this one. Broken: correct there, wrong in this one.",
        wrap=True,
    )


def _positions(found: Evaluated, comparison: Comparison, outcome: LedgerOutcome) -> np.ndarray:
    """Positions in the predictions of this run, those that it finds hardest first."""
    is_one = np.isin(found.predictions.index, comparison.rows(OUTCOMES[outcome]))
    positions = np.flatnonzero(is_one)
    return positions[np.argsort(-found.predictions.losses[positions], kind="stable")].astype(np.int64)


def _render_ways_on(found: Evaluated, row: Row) -> None:
    render_explain_link(found.run.run_id, found.dataset_name, found.image_ref(row))
