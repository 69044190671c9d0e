"""What each recipe has reached on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.training.config import ExperimentConfig

FULL_DATASET = "mnist"
"""The data set that published figures are about."""


def best_run_of_each_recipe(runs: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """The best finished run of each recipe by its name; a recipe without one is left out.

    Runs on the full MNIST go before runs on other data. Among them validation decides, so that the test accuracy shown
    was not chosen for being high.
    """
    best: dict[str, RunRecord] = {}
    for run in runs:
        name = run.config.recipe
        if name is None or run.status is not RunStatus.COMPLETED or not is_of_recipe(run.config, name):
            continue
        if run.summary.test_accuracy is not None and (name not in best or _rank(run) > _rank(best[name])):
            best[name] = run
    return best


def is_of_recipe(config: ExperimentConfig, name: str) -> bool:
    """True if this is the recipe's network on the recipe's inputs, trained on all images, for however many epochs."""
    recipe = RECIPES.get(name)
    return (
        recipe is not None
        and config.limit is None
        and config.scaling is recipe.scaling
        and config.architecture == recipe.architecture
    )


def _rank(run: RunRecord) -> tuple[bool, float]:
    return run.config.dataset == FULL_DATASET, run.summary.validation_accuracy or 0.0
