"""The best result of each recipe on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.training.config import ExperimentConfig

FULL_DATASET = "mnist"
"""The data set of the published results."""


def best_run_of_each_recipe(runs: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """The best finished run of each recipe by its name; a recipe without one is left out.

    Runs on the full MNIST come before runs on other data. Among them the validation accuracy decides, so that the test
    accuracy is not selected for being high.
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
    """True for the recipe's network and scaling, trained on all images, for any number of epochs."""
    recipe = RECIPES.get(name)
    return (
        recipe is not None
        and config.limit is None
        and config.scaling is recipe.scaling
        and config.architecture == recipe.architecture
    )


def _rank(run: RunRecord) -> tuple[bool, float]:
    return run.config.dataset == FULL_DATASET, run.summary.validation_accuracy or 0.0
