from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnist_core.data.scaling import Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.runs.best_runs import best_run_of_each_recipe
from mnist_core.runs.record import RunRecord, RunStatus, RunSummary
from mnist_core.training.config import config_from_recipe


def run(
    run_id: str, validation: float, *, test: float | None = 0.9, dataset: str = "mnist", **config: Any
) -> RunRecord:
    summary = RunSummary(parameters=1, validation_accuracy=validation, test_accuracy=test)
    experiment = replace(config_from_recipe("two-conv", dataset=dataset), **config)
    return RunRecord(run_id=run_id, name="", status=RunStatus.COMPLETED, config=experiment, summary=summary)


def best(*runs: RunRecord) -> str | None:
    found = best_run_of_each_recipe(runs).get("two-conv")
    return found.run_id if found else None


def test_without_a_run_there_is_no_result() -> None:
    assert best_run_of_each_recipe([]) == {}


def test_validation_decides_not_the_test_set() -> None:
    assert best(run("a", 0.98, test=0.99), run("b", 0.985, test=0.97)) == "b"


def test_the_full_set_goes_before_the_sample() -> None:
    assert best(run("sample", 0.999, dataset="mnist-sample"), run("full", 0.97)) == "full"
    assert best(run("sample", 0.999, dataset="mnist-sample")) == "sample"


def test_a_changed_recipe_is_not_the_recipe() -> None:
    assert best(run("a", 0.9, architecture=Architecture(layers=(Flatten(),)))) is None
    assert best(run("b", 0.9, scaling=Scaling.STANDARDISED)) is None
    assert best(run("c", 0.9, limit=500)) is None


def test_more_epochs_are_still_the_recipe() -> None:
    longer = run("a", 0.9)
    training = replace(longer.config.training, epochs=50)
    assert best(replace(longer, config=replace(longer.config, training=training))) == "a"


def test_an_unfinished_run_does_not_count() -> None:
    assert best(replace(run("a", 0.99), status=RunStatus.STOPPED), run("b", 0.5)) == "b"
    assert best(run("a", 0.99, test=None)) is None
