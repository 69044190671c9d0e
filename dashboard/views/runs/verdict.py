"""Whether two runs differ by more than chance, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import cached
from dashboard.shared.context.compared import equal_words
from dashboard.shared.runs.names import short_labels
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.comparison import Comparison
from mnist_core.evaluation.repeats import Spread, is_within_spread, spread_of
from mnist_core.evaluation.significance import UNLIKELY, p_words
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import RunRecord

MAX_REPEATS = 100


def verdict(run: RunRecord, other: RunRecord, comparison: Comparison) -> str:
    """One sentence on whether the two runs differ, and one on their repeats where there are some.

    Args:
        comparison: of `other`, the first, and `run`, the second.
    """
    said = difference_words(comparison, names=short_labels((other, run)), both="these two runs")
    difference = comparison.difference
    if difference and is_within_spread(difference, tuple(_spread(one) for one in (run, other))):
        return f"{said} Repeats with other seeds differ by as much."
    return said


def difference_words(comparison: Comparison, *, names: Sequence[str], both: str) -> str:
    """One sentence on whether the first and the second of a comparison differ by more than chance.

    Args:
        names: of the first and of the second.
        both: the two in words.
    """
    if said := equal_words(comparison):
        return said
    p = comparison.p_value
    if p < UNLIKELY:
        better = names[int(comparison.difference > 0)]
        return f"**{escape_markdown(better)} is better**: this is unlikely to be chance ({p_words(p)})."
    said = f"**The difference between {both} may be chance** ({p_words(p)})."
    low, high = comparison.difference_interval
    if low > 0 or high < 0:
        said += " The interval leaves out 0 all the same: it is approximate, the test is exact."
    return said


def _spread(run: RunRecord) -> Spread | None:
    """The test accuracies of the repeats of a run."""
    index = cached.run_store().index
    for row in index.rows_of((run.run_id,)):
        same = RunQuery(conditions=(equal("repeat_key", row.repeat_key),), limit=MAX_REPEATS)
        return spread_of(other.test_accuracy for other in index.rows(same))
    return None
