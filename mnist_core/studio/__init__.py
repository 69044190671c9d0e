"""MNIST Studio from Python, with the names of the command line.

    from mnist_core import studio

    run = studio.train("two-conv", dataset="mnist-sample", epochs=1)
    run.wait()
    run.scores().accuracy
    run.predict(images)

Runs are trained by processes of their own, so a notebook that is closed loses nothing. The folders of runs and of data
are those of the command line: see `MNIST_STUDIO_RUNS` and `MNIST_STUDIO_DATA`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_core.data.finding.issues import Issue, check_takes
from mnist_core.data.label_overlay.review import LabelReview
from mnist_core.data.sources.catalogue import (
    DatasetInfo,
    default_dataset_name,
    list_datasets,
    load_dataset,
    require_dataset,
)
from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.evaluation.comparison import Comparison
from mnist_core.evaluation.comparison import compare as compare_predictions
from mnist_core.jobs import queue
from mnist_core.models.recipes import RECIPES, Recipe
from mnist_core.runs.predicted_images import validation_on
from mnist_core.runs.record import check_same_data
from mnist_core.runs.store import RunStore
from mnist_core.studio.one_run import Run
from mnist_core.training.config import ExperimentConfig, config_from_recipe, config_with

if TYPE_CHECKING:
    from mnist_core.data.finding.issues import Quality

__all__ = [
    "Run",
    "compare",
    "data",
    "import_run",
    "labels",
    "load_dataset",
    "quality",
    "recipes",
    "run",
    "runs",
    "train",
    "verify",
]


def data() -> tuple[DatasetInfo, ...]:
    """The data sets on this machine."""
    return list_datasets()


def quality(
    dataset: str, issue: str, *, split: str | None = None, label: int | None = None, run: Run | None = None
) -> Quality:
    """Near-duplicates, exact duplicates, outliers or suspect labels of a data set, as on the page Explore.

    Args:
        issue: `near-duplicates`, `exact-duplicates`, `outliers` or `suspect-labels`.
        split: whose outliers, `train` or `test`; by default those of the training split.
        label: only outliers with this label, 0 to 9, and near-duplicates of which at least one image has it.
        run: whose validation predictions suspect labels are found by.

    Raises:
        DatasetError: the data set is not on this machine.
        ConfigError: there is no such issue or label, no run for suspect labels, or the issue has nothing to do with a
            value that is given.
        PredictionsError: the run has no validation predictions for these images.
    """
    from mnist_core.data.finding.quality import find_issue

    if run is not None and not isinstance(run, Run):
        raise ConfigError.invalid("run", expected="a run, as of `studio.run(RUN_ID)`", received=run)
    if issue in tuple(Issue):
        check_takes(Issue(issue), {"run": run})
    images = load_dataset(dataset)
    judged = None if run is None else validation_on(RunStore(runs_folder()), run.run_id, images)
    return find_issue(images, issue, split=split, label=label, judged=judged)


def labels(dataset: str) -> LabelReview:
    """The decisions about the labels of a data set, with `decide`, `remove` and `undo`; the data set stays as it is.

    Raises:
        DatasetError: the data set is not on this machine.
    """
    return LabelReview(load_dataset(dataset))


def recipes() -> Mapping[str, Recipe]:
    """The recipes by name."""
    return RECIPES


def train(
    recipe: str | ExperimentConfig,
    *,
    dataset: str | None = None,
    name: str = "",
    limit: int | None = None,
    **training: Any,
) -> Run:
    """Start a training in a process of its own; returns at once.

    Args:
        recipe: name of a recipe, or a whole configuration, of which the other arguments replace a part.
        dataset: name of the data set; by default that of the configuration, and for a recipe `mnist` if it is on this
            machine, else `mnist-sample`.
        limit: use only this many training images.
        training: settings such as `epochs`, `batch_size`, `learning_rate` and `seed`.

    Raises:
        ConfigError: there is no such recipe, or a setting is outside its allowed range.
        DatasetError: the data set is not on this machine.
    """
    if isinstance(recipe, str):
        config = config_from_recipe(recipe, dataset=dataset or default_dataset_name(), limit=limit, **training)
    else:
        config = config_with(recipe, dataset=dataset, limit=limit, **training)
    require_dataset(config.dataset)
    store = RunStore(runs_folder())
    run_id, _ = queue.submit_now(store, config, name=name)
    return Run(store, run_id)


def runs() -> tuple[Run, ...]:
    """All runs, the newest first."""
    store = RunStore(runs_folder())
    return tuple(Run(store, record.run_id) for record in store.list())


def run(run_id: str) -> Run:
    """One run.

    Raises:
        RunNotFoundError: there is none with this id.
    """
    return Run(RunStore(runs_folder()), run_id)


def compare(first: Run, second: Run) -> Comparison:
    """Two runs on the test images, digit by digit.

    Raises:
        PredictionsError: they were tested on different images, or one of them was not.
    """
    check_same_data(first.record, second.record)
    return compare_predictions(first.predictions(), second.predictions())


def verify(capsule: str | Path, *, retrain: bool = False) -> Any:
    """Compute the results of a capsule again; `matches`, `differences` and more, as the command prints them."""
    from mnist_core.export.capsule.verifying import verify as verify_capsule

    return verify_capsule(Path(capsule), retrain=retrain)


def import_run(file: str | Path, **options: Any) -> Run:
    """Store a capsule or a Keras model from elsewhere as a run.

    Args:
        options: `name`, `dataset`, `pixels` and `config`, as of `mnist_core.export.incoming.importing.import_file`.

    Raises:
        IncomingError: the file is not accepted.
    """
    from mnist_core.export.incoming.importing import import_file

    store = RunStore(runs_folder())
    return Run(store, import_file(store, Path(file), **options).run_id)
