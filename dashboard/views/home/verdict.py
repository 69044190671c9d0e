"""Two runs side by side: the newest one and the one before it on the same data."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.server.background import Job
from dashboard.shared.context.compared import equal_words, explain_test
from dashboard.shared.context.mistakes_links import render_difference_links
from dashboard.shared.job_progress import job_result
from dashboard.shared.runs.names import short_labels
from dashboard.state.current import JudgedSplit
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.comparison import Comparison, Outcome, compare
from mnist_core.evaluation.significance import UNLIKELY, p_words
from mnist_core.runs.query import Condition, RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share

CHANGE_HELP = "Fixed: wrong in the previous run, correct in this one. Broken: correct before, wrong in this one."


def run_before(run: RunRecord) -> RunRecord | None:
    """The newest scored run that a person made before this one on the same data; None if there is none."""
    if run.dataset is None:
        return None
    is_scored = Condition(field="test_accuracy", comparison=">=", value=0)
    query = RunQuery(conditions=(equal("sha256", run.dataset.sha256), is_scored))
    earlier = (other for other in cached.run_store().find(query) if other.run_id < run.run_id)
    return next((other for other in earlier if not other.is_trial), None)


def render_verdict(run: RunRecord) -> None:
    """Both accuracies, which digits changed, and whether that may be chance; nothing without a run before."""
    before = run_before(run)
    if before is None:
        return
    paths = [cached.run_store().predictions_path(one.run_id, "test") for one in (before, run)]
    found: tuple[Comparison, float] | None = job_result(
        ("home verdict", *((str(path), cached.changed(path)) for path in paths)),
        lambda job: _compare(job, before.run_id, run.run_id),
        title="Comparing with the run before",
        name="home.comparing",
    )
    if found is not None:
        _render(before, run, *found)


def _compare(job: Job, before: str, after: str) -> tuple[Comparison, float]:
    """In the background: the test loads scipy, which takes longer than drawing the page."""
    job.tell(None)
    comparison = compare(cached.predictions(before), cached.predictions(after))
    return comparison, comparison.p_value


def _render(before: RunRecord, run: RunRecord, comparison: Comparison, p_value: float) -> None:
    n, counts = len(comparison), comparison.counts
    fixed, broken = counts[Outcome.FIXED], counts[Outcome.BROKEN]
    first, second = comparison.n_right
    earlier, later = map(escape_markdown, short_labels((before, run)))
    with st.container(border=True, key="home.verdict", gap="small"):
        left, right = st.columns(2)
        left.metric(f"Previous run: {earlier}", shown_share(first / n))
        right.metric(
            f"This run: {later}",
            shown_share(second / n),
            delta=shown_points(comparison.difference),
            delta_color="normal" if p_value < UNLIKELY else "off",
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"Of {n:,} test images:", width="content", help=CHANGE_HELP)
            render_difference_links(
                run.run_id,
                JudgedSplit.TEST,
                before.run_id,
                only_here=f"{fixed:,} fixed",
                only_there=f"{broken:,} broken",
            )
        st.markdown(_significance(comparison, p_value), help=explain_test(comparison))


def _significance(comparison: Comparison, p_value: float) -> str:
    if said := equal_words(comparison):
        return said
    p = p_words(p_value)
    if p_value >= UNLIKELY:
        return f"The difference may be chance ({p})."
    return f"{'This' if comparison.difference > 0 else 'The previous'} run is better: unlikely to be chance ({p})."
