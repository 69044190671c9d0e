"""The digits of a capsule scored again with its weights, and whether that gives the stored predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import IncomingError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.export.capsule.reading import Capsule
from mnist_core.export.exportable import images_of
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.processes import Tell
from mnist_core.training.settings import Precision
from mnist_core.words import counted

TOLERANCE = 1e-4
"""Largest difference of a probability from one that float32 has computed elsewhere."""

ROUNDED_TOLERANCE = 0.05
"""The same, from one that was computed in bfloat16, whose numbers have three digits."""


MEAN_TOLERANCE = 0.02
"""Of the most changed probability of a digit, on average: the weights of epochs are rounded as well."""
N_OF_EPOCH = 100
"""Validation digits that are scored with the weights of each epoch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Something that is not as stored."""

    what: str
    stored: str
    found: str


def dataset_names(capsule: Capsule) -> tuple[str, ...]:
    """The names here of the data set of the capsule, by its SHA-256: the name that it has there first, if it has it."""
    name, sha256 = capsule.run.config.dataset, capsule.dataset_sha256
    same = [info.name for info in list_datasets() if info.available and sha256 and info.sha256 == sha256]
    return tuple(sorted(same, key=lambda found: found != name))


def dataset_of_capsule(capsule: Capsule, title: str) -> Dataset:
    """The data set of the capsule.

    Raises:
        IncomingError: it is not on this machine.
    """
    if names := dataset_names(capsule):
        return load_dataset(names[0])
    name, sha256 = capsule.run.config.dataset, capsule.dataset_sha256
    here = {info.name: str(info.sha256) for info in list_datasets() if info.available}
    if name not in here:
        raise IncomingError(f"The data set {name} of {title} is not on this machine.")
    raise IncomingError(
        f"The data set {name} on this machine is another one than that of {title}. Expected SHA-256 "
        f"{sha256[:12] or 'unknown'}…. Received: {here[name][:12]}…."
    )


def predictions_of_best(capsule: Capsule) -> tuple[str, Predictions] | None:
    """The split and the stored predictions of the weights: of test digits if there are any. None if there are none."""
    if capsule.test:
        return "test", capsule.test
    best = capsule.validation.get(capsule.run.best_epoch or 0)
    return ("validation", best) if best else None


def check_digits(dataset: Dataset, split: str, stored: Predictions, title: str) -> None:
    """Ensure that predictions are of digits of a data set.

    Raises:
        IncomingError: they are of others.
    """
    images = images_of(dataset, split)
    if int(stored.index.max(initial=0)) >= len(images):
        raise IncomingError(f"The {split} predictions in {title} are of other images than {dataset.name} has.")
    if not np.array_equal(images.labels[stored.index], stored.labels):
        raise IncomingError(f"The {split} predictions in {title} have other labels than {dataset.name} has.")


def sampled(stored: Predictions, n: int) -> Predictions:
    """At most `n` of the predictions, evenly spread."""
    return stored.take(np.unique(np.linspace(0, len(stored) - 1, n).astype(np.int64)))


def rescored(
    capsule: Capsule,
    dataset: Dataset,
    split: str,
    stored: Predictions,
    tell: Tell = lambda share, note: None,
    *,
    weights: Weights | None = None,
) -> Predictions:
    """The same digits, scored with the weights of the capsule, or with others of its network."""
    probabilities = score_images(
        capsule.run.config.architecture,
        capsule.weights if weights is None else weights,
        scaler_of(capsule.run),
        images_of(dataset, split).images[stored.index],
        progress=lambda done, total: tell(done / total, f"scoring {split} digits"),
    )
    return Predictions(index=stored.index, labels=stored.labels, probabilities=probabilities)


def weight_differences(capsule: Capsule, split: str, stored: Predictions, found: Predictions) -> list[Difference]:
    """Where predictions that were scored again are not the stored ones."""
    is_rounded = capsule.run.precision == Precision.MIXED_BFLOAT16 or stored.is_rounded
    tolerance = ROUNDED_TOLERANCE if is_rounded else TOLERANCE
    largest = largest_difference(stored, found)
    differences = []
    if largest > tolerance:
        what = f"largest difference of a probability, {split} digits"
        differences.append(Difference(what=what, stored=f"at most {tolerance:g}", found=f"{largest:.2g}"))
    changed = (stored.predicted != found.predicted) & (stored.margin > 2 * tolerance)  # a tie may fall either way
    if changed.any():
        differences.append(
            Difference(what=f"changed predicted labels, {split} digits", stored="0", found=f"{int(changed.sum()):,}")
        )
    return differences


def epoch_differences(capsule: Capsule, dataset: Dataset, n_digits: int = N_OF_EPOCH) -> list[Difference]:
    """The epochs whose weights do not give the validation predictions of that epoch; some digits of each are scored."""
    differences, n_images = [], len(images_of(dataset, "validation"))
    for epoch, rounded in capsule.epoch_weights.items():
        stored = capsule.validation.get(epoch)
        if not stored or stored.index.max() >= n_images:  # rows that are not there are a difference of their own
            continue
        sample = sampled(stored, n_digits)
        weights = {name: np.asarray(value, np.float32) for name, value in rounded.items()}
        again = rescored(capsule, dataset, "validation", sample, weights=weights)
        each = np.abs(again.probabilities - sample.probabilities).max(axis=1)
        if (mean := float(each.mean())) > MEAN_TOLERANCE:
            what = f"mean difference of a probability with the weights of epoch {epoch}"
            differences.append(Difference(what=what, stored=f"at most {MEAN_TOLERANCE:g}", found=f"{mean:.2g}"))
    return differences


def epochs_not_compared(capsule: Capsule) -> list[Difference]:
    """The trained epochs whose weights cannot be scored, since their predictions are not in the capsule."""
    epochs = [epoch for epoch in capsule.epoch_weights if epoch and not capsule.validation.get(epoch)]
    if not epochs:
        return []
    stored = counted(len(epochs), "epoch")
    return [Difference(what="weights of epochs", stored=stored, found="not compared: their predictions are missing")]


def largest_difference(stored: Predictions, found: Predictions) -> float:
    """Of a probability; the digits are the same, in the same order."""
    return float(np.abs(found.probabilities - stored.probabilities).max(initial=0))
