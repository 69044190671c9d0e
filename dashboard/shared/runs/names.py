"""Names of runs on screen, which tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dashboard import cached
from dashboard.shared.runs.status import status_word
from dashboard.widgets.markdown import isolated
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig

MAX_TITLE = 40


def created(run_id: str) -> str:
    """When a run was made, to the minute: "2026-11-29 08:33"."""
    day, time = run_id[:8], run_id[9:13]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:]}"


def dataset_title(name: str) -> str:
    """The title of a data set; its name, if it is not on this machine."""
    return cached.dataset_titles().get(name, name)


def images_words(config: ExperimentConfig) -> str:
    """The images of a training: the title of the data set, or how many of them."""
    title = dataset_title(config.dataset)
    return title if config.limit is None else f"{config.limit:,} images of {title}"


def run_labels(runs: Iterable[RunRecord]) -> dict[str, str]:
    """The labels of several runs by id, all different: where two would be equal, they end with the id."""
    titles = cached.dataset_titles()  # once: to look into the cache for hundreds of runs takes longer than the rest
    labels = {run.run_id: _label(run, titles) for run in runs}
    seen = Counter(labels.values())
    return {run_id: label if seen[label] == 1 else f"{label} · {run_id[-6:]}" for run_id, label in labels.items()}


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


def _label(run: RunRecord, titles: Mapping[str, str]) -> str:
    return f"{isolated(run.title)} · {_score(run, titles)} · {created(run.run_id)}"


def _score(run: RunRecord, titles: Mapping[str, str]) -> str:
    accuracy = run.summary.test_accuracy
    if accuracy is None or run.dataset is None:
        return status_word(run.status)
    name = run.dataset.name
    return f"{shown_share(accuracy)} of {run.dataset.test_images:,} {titles.get(name, name)}"
