"""The best results on this machine: of each recipe, and of each data set."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from mnist_core.errors import RunError
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.query import Condition, RunQuery, equal
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig

FULL_DATASET = "mnist"
"""The data set of the published results."""

SCORED = RunQuery(
    statuses=(RunStatus.COMPLETED,), conditions=(Condition(field="test_accuracy", comparison=">=", value=0),)
)


def best_run_of_each_recipe(runs: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """The best finished run of each recipe by its name; a recipe without one is left out.

    Runs on the full MNIST come before runs on other data. Among them the validation accuracy decides, so that the test
    accuracy is not selected for being high.
    """

    def recipe(run: RunRecord) -> str | None:
        name = run.config.recipe
        return name if name is not None and is_of_recipe(run.config, name) else None

    return _best_of_each(runs, recipe, lambda run: (run.config.dataset == FULL_DATASET, _validation(run)))


def best_run_of_each_dataset(runs: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """The best finished run of each data set, in the order in which the data sets are met; by validation accuracy.

    Runs on different images are never compared: the SHA-256 tells data sets apart, not the name.
    """
    best = _best_of_each(runs, lambda run: run.dataset.sha256 if run.dataset is not None else None, _validation)
    return tuple(best.values())


def recipe_candidates(store: RunStore) -> Iterator[RunRecord]:
    """The runs among which the best of each recipe is, found in the index so that only a few are read."""
    full = equal("dataset", FULL_DATASET)
    for name, recipe in RECIPES.items():
        settings = (equal("recipe", name), equal("limit", None), equal("scaling", recipe.scaling.value))
        for data in (full, replace(full, comparison="!=")):
            query = replace(SCORED, conditions=(*SCORED.conditions, *settings, data), sort="validation_accuracy")
            yield from itertools.islice((run for run in store.find(query) if is_of_recipe(run.config, name)), 1)


def dataset_candidates(store: RunStore) -> Iterator[RunRecord]:
    """The best run of each data set, found in the index."""
    for run_id in store.index.best_of_each("sha256", SCORED):
        with contextlib.suppress(RunError):  # deleted or damaged since
            yield store.get(run_id)


def is_of_recipe(config: ExperimentConfig, name: str) -> bool:
    """True for the recipe's network and scaling, trained on all images, for any number of epochs."""
    recipe = RECIPES.get(name)
    return (
        recipe is not None
        and config.limit is None
        and config.scaling is recipe.scaling
        and config.architecture == recipe.architecture
    )


def _best_of_each(
    runs: Iterable[RunRecord], group: Callable[[RunRecord], str | None], rank: Callable[[RunRecord], Any]
) -> dict[str, RunRecord]:
    """The run of the highest rank in each group, among those that are completed and scored; the first of equal ones."""
    best: dict[str, RunRecord] = {}
    for run in runs:
        if run.status is not RunStatus.COMPLETED or run.summary.test_accuracy is None:
            continue
        name = group(run)
        if name is not None and (name not in best or rank(run) > rank(best[name])):
            best[name] = run
    return best


def _validation(run: RunRecord) -> float:
    return run.summary.validation_accuracy or 0.0
