"""Short names of the runs that are compared, which tell them apart in a legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mnist_core.runs.record import RunRecord

MAX_TITLE = 40


def short_labels(runs: Sequence[RunRecord]) -> tuple[str, ...]:
    """The title of each run; where several have the same, with the seed, then with the end of the id."""
    titles = [run.title if len(run.title) <= MAX_TITLE else f"{run.title[: MAX_TITLE - 1]}…" for run in runs]
    for more in (_seed, _end_of_id):
        seen = Counter(titles)
        titles = [
            f"{title} · {more(run)}" if seen[title] > 1 else title for title, run in zip(titles, runs, strict=True)
        ]
    return tuple(titles)


def _seed(run: RunRecord) -> str:
    return f"seed {run.config.training.seed}"


def _end_of_id(run: RunRecord) -> str:
    return run.run_id[-6:]
