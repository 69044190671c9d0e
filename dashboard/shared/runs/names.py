"""Names of runs on screen, which tell them apart."""

from __future__ import annotations

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
    """The labels of several runs by id, all different: the name of each first, then its score and when it was made."""
    found = tuple(runs)
    titles = cached.dataset_titles()  # once: to look into the cache for hundreds of runs takes longer than the rest
    names = told_apart([(isolated(run.title), run.config.training.seed, run.run_id) for run in found])
    return {
        run.run_id: f"{name} · {_score(run, titles)} · {created(run.run_id)}"
        for run, name in zip(found, names, strict=True)
    }


def distinct_titles(runs: Iterable[RunRecord]) -> dict[str, str]:
    """The titles of several runs by id, told apart."""
    found = tuple(runs)
    names = told_apart([(run.title, run.config.training.seed, run.run_id) for run in found])
    return {run.run_id: name for run, name in zip(found, names, strict=True)}


def short_labels(runs: Iterable[RunRecord]) -> tuple[str, ...]:
    """The titles of several runs, cut where they are long, and told apart."""
    return tuple(told_apart([(_cut(run.title), run.config.training.seed, run.run_id) for run in runs]))


def told_apart(runs: Sequence[tuple[str, int, str]]) -> list[str]:
    """The title of each run, with the seed where runs of the same title differ in it, then with the end of the id.

    Args:
        runs: title, seed and id of each.
    """
    names = [title for title, _, _ in runs]
    for ends in ([f"seed {seed}" for _, seed, _ in runs], [run_id[-6:] for *_, run_id in runs]):
        found: dict[str, set[str]] = {}
        for name, end in zip(names, ends, strict=True):
            found.setdefault(name, set()).add(end)
        names = [f"{name} · {end}" if len(found[name]) > 1 else name for name, end in zip(names, ends, strict=True)]
    return names


def _cut(title: str) -> str:
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…"


def _score(run: RunRecord, titles: Mapping[str, str]) -> str:
    accuracy = run.summary.test_accuracy
    if accuracy is None or run.dataset is None:
        return status_word(run.status)
    name = run.dataset.name
    return f"{shown_share(accuracy)} of {run.dataset.test_images:,} {titles.get(name, name)}"
