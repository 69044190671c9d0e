"""The links of lessons to what is tried out and seen."""

from __future__ import annotations

from dataclasses import replace

from dashboard.shared.lessons.lesson import Missing, Way
from dashboard.shared.lessons.seen_runs import looked_at
from mnist_core.designs.links import config_to_link
from mnist_core.runs.record import RunRecord
from mnist_core.training.config import ExperimentConfig


def design_way(
    config: ExperimentConfig, name: str, label: str = "Open this design", *, like: RunRecord | None = None
) -> Way:
    """A link that opens a design on the page Design, with a name for the run.

    Args:
        like: a run that the new one is to be compared with: on the same images, with the same seed and precision.
    """
    if like is not None:
        theirs = like.config.training
        training = replace(config.training, seed=theirs.seed, precision=theirs.precision)
        config = replace(config, dataset=like.config.dataset, training=training)
    return Way(page="design", label=label, query={"design": config_to_link(config), "name": name})


def ways_to(page: str, label: str, **query: str) -> tuple[Way, ...]:
    """The link to a view of the run that is looked at; without one, to where a first network is trained."""
    found = looked_at()
    if isinstance(found, Missing):
        return (Way(page="home", label="Train a first network"),)
    return (Way(page=page, label=label, query={"run": found[0].run_id, **query}),)


def ledger_ways(found: tuple[RunRecord, RunRecord] | Missing) -> tuple[Way, ...]:
    """The link to the comparison of two runs, of which the first is the baseline; none while there are not two."""
    if isinstance(found, Missing):
        return ()
    baseline, run = found
    return (ledger_way(run, baseline, "Compare the two runs"),)


def ledger_way(run: RunRecord, baseline: RunRecord, label: str) -> Way:
    """A link to the comparison of a run with another one, image by image."""
    return Way(page="runs", label=label, query={"run": run.run_id, "with": baseline.run_id, "view": "ledger"})
