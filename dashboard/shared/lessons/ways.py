"""The links of lessons to what is tried out and seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dashboard import cached
from dashboard.shared.lessons.designs import design
from dashboard.shared.lessons.lesson import Missing, Way, WhyNot
from dashboard.shared.lessons.seen_runs import judged_run
from mnist_core.designs.links import config_to_link
from mnist_core.runs.record import RunRecord
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.first_network import FIRST_NETWORK


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


def ways_to(page: str, label: str, *, why_not: WhyNot | None = None, **query: str) -> tuple[Way, ...]:
    """The link to a view of the run that is looked at; where no run can answer the question, to a training."""
    found = judged_run(why_not)
    if isinstance(found, Missing):
        return training_ways(found)
    return (Way(page=page, label=label, query={"run": found.run_id, **query}),)


def training_ways(missing: Missing) -> tuple[Way, ...]:
    """The link to where a run is trained, or is training, that a lesson about one needs; none where another would do.

    Home has a button that trains only until there is a run.
    """
    if missing.instead is not None:
        return ()
    if missing.unfinished is not None:
        return (Way(page="train", label="Watch the training", query={"run": missing.unfinished.run_id}),)
    if next(cached.newest_runs(), None) is None and cached.has_dataset(FIRST_NETWORK.dataset):
        return (Way(page="home", label="Train a first network"),)
    return (design_way(design(), "Two convolutions", "Open a design to train"),)


def ledger_ways(
    found: tuple[RunRecord, RunRecord] | Missing, untrained: Callable[[], tuple[Way, ...]]
) -> tuple[Way, ...]:
    """The link to the comparison of two runs, of which the first is the baseline.

    Args:
        untrained: the links to their designs, while there are not two: one of them may have been deleted.
    """
    if isinstance(found, Missing):
        return untrained()
    baseline, run = found
    return (ledger_way(run, baseline, "Compare the two runs"),)


def ledger_way(run: RunRecord, baseline: RunRecord, label: str) -> Way:
    """A link to the comparison of a run with another one, image by image."""
    return Way(page="runs", label=label, query={"run": run.run_id, "with": baseline.run_id, "view": "ledger"})
