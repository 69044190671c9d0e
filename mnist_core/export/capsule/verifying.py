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
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import IncomingError, PredictionsError, RunError
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.export.capsule.reading import Capsule, read_capsule
from mnist_core.export.exportable import images_of
from mnist_core.jobs.launcher import launch
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.processes import Tell
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.settings import Precision
from mnist_core.training.versions import environment

TOLERANCE = 1e-4
"""Largest difference of a probability from one that float32 has computed elsewhere."""

ROUNDED_TOLERANCE = 0.05
"""The same, from one that was computed in bfloat16, whose numbers have three digits."""

STORED_TOLERANCE = 1e-6
"""Of an accuracy in the summary from that of the stored predictions."""

LOOK_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Something that is not as stored."""

    what: str
    stored: str
    found: str


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

    Trained again, the network matches if the accuracies differ no more than by chance (McNemar's exact test).

    Raises:
        IncomingError: the capsule is not accepted, or has no predictions, or its data set is not on this machine.
        RunError: training again failed.
    """
    capsule = read_capsule(path)
    if retrain and capsule.run.is_foreign:
        raise IncomingError(f"{path.name} has an imported model. How it was trained is not known: verify its weights.")
    dataset = _dataset(capsule, path.name)
    split, stored = _stored(capsule, path.name)
    images = images_of(dataset, split)
    if int(stored.index.max()) >= len(images):
        raise IncomingError(f"The predictions in {path.name} are of other images than {dataset.name} has.")
    if not np.array_equal(images.labels[stored.index], stored.labels):
        raise IncomingError(f"The predictions in {path.name} have other labels than {dataset.name} has.")
    made = _retrained(capsule, dataset, split, tell) if retrain else _rescored(capsule, dataset, split, stored, tell)
    found = _in_order_of(stored, made)
    largest = float(np.abs(found.probabilities - stored.probabilities).max(initial=0))
    differences = [*_summary_differences(capsule.run, split, stored)]
    differences += (
        _chance_differences(stored, found) if retrain else _exact_differences(capsule, stored, found, largest)
    )
    return Verification(
        is_retrained=retrain,
        differences=tuple(differences),
        circumstances=tuple(_circumstances(capsule, dataset, retrain=retrain)),
        split=split,
        compared=len(stored),
        labels_changed=int((stored.predicted != found.predicted).sum()),
        largest_difference=largest,
        stored_accuracy=stored.accuracy,
        accuracy=found.accuracy,
    )


def _dataset(capsule: Capsule, title: str) -> Dataset:
    """The data set of the capsule: by its SHA-256, whatever it is called here."""
    name, sha256 = capsule.run.config.dataset, capsule.dataset_sha256
    infos = {info.name: info for info in list_datasets() if info.available}
    same = [info.name for info in infos.values() if sha256 and info.sha256 == sha256]
    if same:
        return load_dataset(name if name in same else same[0])
    if name not in infos:
        raise IncomingError(f"The data set {name} of {title} is not on this machine.")
    raise IncomingError(
        f"The data set {name} on this machine is another one than that of {title}. Expected SHA-256 "
        f"{sha256[:12] or 'unknown'}…. Received: {str(infos[name].sha256)[:12]}…."
    )


def _stored(capsule: Capsule, title: str) -> tuple[str, Predictions]:
    if capsule.test:
        return "test", capsule.test
    best = capsule.validation.get(capsule.run.best_epoch or 0)
    if not best:
        raise IncomingError(f"{title} has no predictions to compare with.")
    return "validation", best


def _rescored(capsule: Capsule, dataset: Dataset, split: str, stored: Predictions, tell: Tell) -> Predictions:
    images = images_of(dataset, split).images[stored.index]
    probabilities = score_images(
        capsule.run.config.architecture,
        capsule.weights,
        scaler_of(capsule.run),
        images,
        progress=lambda done, total: tell(done / total, "scoring"),
    )
    return Predictions(index=stored.index, labels=stored.labels, probabilities=probabilities)


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


def _summary_differences(run: RunRecord, split: str, stored: Predictions) -> list[Difference]:
    """Where the summary says something else than the stored predictions."""
    said = run.summary.test_accuracy if split == "test" else run.summary.validation_accuracy
    if said is None or abs(said - stored.accuracy) <= STORED_TOLERANCE:
        return []
    return [Difference(what=f"{split} accuracy in run.json", stored=f"{said:.6f}", found=f"{stored.accuracy:.6f}")]


def _exact_differences(capsule: Capsule, stored: Predictions, found: Predictions, largest: float) -> list[Difference]:
    is_rounded = capsule.run.precision == Precision.MIXED_BFLOAT16 or stored.is_rounded
    tolerance = ROUNDED_TOLERANCE if is_rounded else TOLERANCE
    differences = []
    if largest > tolerance:
        differences.append(
            Difference(
                what="largest difference of a probability", stored=f"at most {tolerance:g}", found=f"{largest:.2g}"
            )
        )
    changed = (stored.predicted != found.predicted) & (stored.margin > 2 * tolerance)  # a tie may fall either way
    if changed.any():
        differences.append(Difference(what="changed predicted labels", stored="0", found=f"{int(changed.sum())}"))
    return differences


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
