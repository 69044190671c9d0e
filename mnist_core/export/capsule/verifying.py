"""Whether the numbers of a capsule hold: scored again with its weights, or trained again from its settings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnist_core import processes
from mnist_core.data.dataset import Dataset
from mnist_core.errors import IncomingError, PredictionsError, RunError
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.export.capsule.checking import dataset_differences, file_differences, texts_not_compared
from mnist_core.export.capsule.reading import Capsule, read_capsule
from mnist_core.export.capsule.scoring import (
    Difference,
    check_digits,
    dataset_of_capsule,
    epoch_differences,
    epochs_not_compared,
    largest_difference,
    predictions_of_best,
    rescored,
    weight_differences,
)
from mnist_core.jobs.launcher import launch
from mnist_core.processes import Tell
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.settings import Precision
from mnist_core.training.versions import environment

LOOK_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What came out.

    Attributes:
        is_retrained: whether the network was trained again, or only scored.
        differences: of results, none if they match.
        circumstances: what else differs between here and the training, and may explain them.
        compared: digits.
        largest_difference: of a probability; not for a network that was trained again.
    """

    is_retrained: bool
    differences: tuple[Difference, ...]
    circumstances: tuple[Difference, ...]
    split: str
    compared: int
    labels_changed: int
    largest_difference: float
    stored_accuracy: float
    accuracy: float

    @property
    def matches(self) -> bool:
        return not self.differences


def verify(path: Path, *, retrain: bool = False, tell: Tell = lambda share, note: None) -> Verification:
    """Compute the results of a capsule again and compare them with the stored ones.

    Whatever follows from its files or its data set is compared too, so that a number that was changed does not pass.
    Trained again, the network matches if the accuracies differ no more than by chance (McNemar's exact test).

    Raises:
        IncomingError: the capsule is not accepted, or has no predictions, or its data set is not on this machine.
        RunError: training again failed.
    """
    capsule = read_capsule(path)
    if retrain and capsule.run.is_foreign:
        raise IncomingError(f"{path.name} has an imported model. How it was trained is not known: verify its weights.")
    dataset = dataset_of_capsule(capsule, path.name)
    of_best = predictions_of_best(capsule)
    if of_best is None:
        raise IncomingError(f"{path.name} has no predictions to compare with.")
    split, stored = of_best
    check_digits(dataset, split, stored, path.name)
    made = _retrained(capsule, dataset, split, tell) if retrain else rescored(capsule, dataset, split, stored, tell)
    found = _in_order_of(stored, made)
    differences = [*file_differences(capsule), *dataset_differences(capsule, dataset)]
    if retrain:
        differences += _chance_differences(stored, found)
    else:
        differences += weight_differences(capsule, split, stored, found)
        if split == "test":
            differences += _validation_differences(capsule, dataset, path.name, tell)
        differences += epoch_differences(capsule, dataset)
    return Verification(
        is_retrained=retrain,
        differences=tuple(differences),
        circumstances=(
            *_circumstances(capsule, dataset, retrain=retrain),
            *texts_not_compared(capsule),
            *epochs_not_compared(capsule),
        ),
        split=split,
        compared=len(stored),
        labels_changed=int((stored.predicted != found.predicted).sum()),
        largest_difference=largest_difference(stored, found),
        stored_accuracy=stored.accuracy,
        accuracy=found.accuracy,
    )


def _validation_differences(capsule: Capsule, dataset: Dataset, title: str, tell: Tell) -> list[Difference]:
    """Where the weights, which are those of the best epoch, do not give its validation predictions."""
    stored = capsule.validation.get(capsule.run.best_epoch or 0)
    if not stored:
        return []
    check_digits(dataset, "validation", stored, title)
    found = rescored(capsule, dataset, "validation", stored, tell)
    return weight_differences(capsule, "validation", stored, found)


def _retrained(capsule: Capsule, dataset: Dataset, split: str, tell: Tell) -> Predictions:
    """Predictions of a run with the same settings, trained in a folder of its own."""
    config = capsule.run.config_in_force
    with tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
        store = RunStore(Path(place))
        run_id = store.create(replace(config, dataset=dataset.name))
        if capsule.run.precision in set(Precision):
            store.set(run_id, precision=capsule.run.precision)
        worker = launch(store, run_id)
        try:
            while worker.poll() is None:
                tell(store.get(run_id).summary.epochs_done / config.training.epochs, "training")
                time.sleep(LOOK_SECONDS)
        finally:
            processes.end(worker)
        run = store.get(run_id)
        if run.status is not RunStatus.COMPLETED:
            raise RunError(run.error or "Training again ended early.")
        try:
            return store.predictions(run_id, split)
        except PredictionsError as error:
            raise RunError(f"Training again has left no predictions. {error}") from error


def _in_order_of(stored: Predictions, made: Predictions) -> Predictions:
    """The same digits as are stored, in their order."""
    positions = {row: position for position, row in enumerate(made.index.tolist())}
    if not positions.keys() >= set(stored.index.tolist()):
        raise IncomingError("Training again has split the digits in another way, so there is nothing to compare.")
    return made.take(np.array([positions[row] for row in stored.index.tolist()], dtype=np.int64))


def _chance_differences(stored: Predictions, found: Predictions) -> list[Difference]:
    if compare(stored, found).p_value >= UNLIKELY:
        return []
    return [Difference(what="accuracy", stored=f"{stored.accuracy:.4f}", found=f"{found.accuracy:.4f}")]


def _circumstances(capsule: Capsule, dataset: Dataset, *, retrain: bool) -> list[Difference]:
    here: Mapping[str, str] = environment()
    names = dict.fromkeys((*capsule.environment, *here))
    found = [
        Difference(what=name, stored=capsule.environment.get(name, "-"), found=here.get(name, "-"))
        for name in names
        if capsule.environment.get(name, "-") != here.get(name, "-")
    ]
    if dataset.name != capsule.run.config.dataset:
        found.append(Difference(what="name of the data set", stored=capsule.run.config.dataset, found=dataset.name))
    if retrain and capsule.run.config_in_force != capsule.run.config:
        found.append(
            Difference(what="settings", stored="changed during the training", found="from the start as at the end")
        )
    if retrain and not capsule.run.config.training.deterministic:
        found.append(Difference(what="order of additions in the training", stored="not fixed", found="not fixed"))
    return found
