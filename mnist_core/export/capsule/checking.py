"""Whether the files of a capsule agree with each other and with its data set: all that needs no scoring.

A number that follows from another file is computed from it again. What only a training gives, such as its losses on the
training images, cannot be checked here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import mnist_core
from mnist_core.data.dataset import Dataset
from mnist_core.evaluation.predictions import Predictions
from mnist_core.export.capsule import contents
from mnist_core.export.capsule.reading import Capsule
from mnist_core.export.capsule.scoring import Difference
from mnist_core.export.capsule.writing import texts_of
from mnist_core.training.progress import best_of
from mnist_core.training.settings import KeptWeights

ACCURACY_TOLERANCE = 1e-6
LOSS_TOLERANCE = 1e-3
"""Relative, of a mean of logarithms: other versions have added them up in another order, or as Keras does."""
ROUNDED_LOSS_TOLERANCE = 0.05
"""The same, from probabilities with three digits."""
STUDIO = "MNIST Studio"
"""Its name among the versions of a training."""
MAX_SHOWN = 60
"""Characters of a setting in a table."""


def writer_of(capsule: Capsule) -> str:
    """The version that wrote the capsule; empty if unknown.

    Before it was noted, it was not older than the one that had trained the run.
    """
    return capsule.written_by or capsule.environment.get(STUDIO, "")


def file_differences(capsule: Capsule) -> list[Difference]:
    """Where one file says something else than follows from the others."""
    return [*_architecture(capsule), *_test(capsule), *_history(capsule), *_config(capsule), *_texts(capsule)]


def dataset_differences(capsule: Capsule, dataset: Dataset) -> list[Difference]:
    """Where the capsule says something else of its data set than follows from it, or has scored other rows."""
    return [*_sizes(capsule, dataset), *_rows(capsule, dataset)]


def texts_not_compared(capsule: Capsule) -> list[Difference]:
    """Texts that are not as this version writes them, in a capsule that another version has written."""
    if writer_of(capsule) == mnist_core.__version__:
        return []
    writer = writer_of(capsule)
    by = f"written by version {writer}" if writer else "written by an unknown version"
    return [
        Difference(what=name, stored=by, found=f"not compared: this is version {mnist_core.__version__}")
        for name in _changed_texts(capsule)
    ]


def _architecture(capsule: Capsule) -> Iterator[Difference]:
    said, found = capsule.run.summary.parameters, capsule.run.config.architecture.parameters
    if said != found:
        yield Difference(what="parameters in run.json", stored=f"{said:,}", found=f"{found:,}")


def _test(capsule: Capsule) -> Iterator[Difference]:
    """The test scores in `run.json`, from the test predictions."""
    summary, test = capsule.run.summary, capsule.test
    said = {"test accuracy": summary.test_accuracy, "test loss": summary.test_loss}
    if not test:  # none, or of no digit
        for name, value in said.items():
            if value is not None:
                yield Difference(what=f"{name} in run.json", stored=f"{value:.6f}", found="no test predictions")
        return
    yield from _scores(f"{contents.RUN}: test", (summary.test_accuracy, summary.test_loss), test)


def _history(capsule: Capsule) -> Iterator[Difference]:
    """The scores of every epoch whose predictions are there, and the best epoch."""
    summary, epochs = capsule.run.summary, {metrics.epoch: metrics for metrics in capsule.history}
    for epoch, predictions in capsule.validation.items():
        if (metrics := epochs.get(epoch)) is not None:
            said = (metrics.val_accuracy, metrics.val_loss)
            yield from _scores(f"{contents.HISTORY}: epoch {epoch}, validation", said, predictions)
    yield from _best_epoch(capsule)
    what, claimed = f"{contents.RUN}: validation", (summary.validation_accuracy, summary.validation_loss)
    best, of_best = epochs.get(summary.best_epoch or 0), capsule.validation.get(summary.best_epoch or 0)
    if of_best:
        yield from _scores(what, claimed, of_best)
    elif best is not None:
        yield from _numbers(what, claimed, (best.val_accuracy, best.val_loss), LOSS_TOLERANCE)
    elif summary.validation_accuracy is not None:
        yield Difference(what=f"{what} accuracy", stored=f"{summary.validation_accuracy:.6f}", found="no such epoch")


def _best_epoch(capsule: Capsule) -> Iterator[Difference]:
    summary, history = capsule.run.summary, capsule.history
    if not history:
        if not capsule.run.is_foreign:
            yield Difference(what=contents.HISTORY, stored="no epoch", found=f"{summary.epochs_done:,} in run.json")
        return
    kept = capsule.run.config.training.kept_weights
    best = best_of(history, kept)
    said = next((metrics for metrics in history if metrics.epoch == summary.best_epoch), None)
    is_as_good = (  # earlier versions may have chosen another one among equals
        kept is KeptWeights.BEST and said is not None and best is not None and said.val_accuracy == best.val_accuracy
    )
    if best is not None and said != best and not is_as_good:
        yield Difference(what="best epoch in run.json", stored=f"{summary.best_epoch}", found=f"{best.epoch}")
    if summary.epochs_done != len(history):
        yield Difference(what="epochs done in run.json", stored=f"{summary.epochs_done:,}", found=f"{len(history):,}")


def _config(capsule: Capsule) -> Iterator[Difference]:
    """Settings in `config.json` that are not those of `run.json` with all that was changed in the training."""
    said, found = (dict(_flat(config.to_dict())) for config in (capsule.config, capsule.run.config_in_force))
    for name in dict.fromkeys((*said, *found)):
        if said.get(name) != found.get(name):
            what = f"{name} in {contents.CONFIG}"
            yield Difference(what=what, stored=_short(said.get(name)), found=_short(found.get(name)))


def _texts(capsule: Capsule) -> Iterator[Difference]:
    """Code and readme, which follow from the run, if the version that wrote them is this one."""
    if writer_of(capsule) == mnist_core.__version__:
        for name in _changed_texts(capsule):
            yield Difference(what=name, stored="another text", found="that of run.json")


def _changed_texts(capsule: Capsule) -> list[str]:
    return [name for name, text in texts_of(capsule.run).items() if capsule.texts.get(name) != text]


def _sizes(capsule: Capsule, dataset: Dataset) -> Iterator[Difference]:
    said = capsule.run.dataset
    if said is None:
        return
    if said.sha256 and said.sha256 != capsule.dataset_sha256:
        stored, found = (f"{sha256[:12]}…" for sha256 in (said.sha256, dataset.sha256))
        yield Difference(what="SHA-256 of the data set in run.json", stored=stored, found=found)
    train, validation = (len(rows) for rows in capsule.run.config.split(dataset.train.labels))
    sizes = (said.train_images, train), (said.validation_images, validation), (said.test_images, len(dataset.test))
    for name, (stored_size, size) in zip(("training", "validation", "test"), sizes, strict=True):
        if stored_size and stored_size != size:  # 0 is not known, as of a model from elsewhere
            yield Difference(what=f"{name} images in run.json", stored=f"{stored_size:,}", found=f"{size:,}")


def _rows(capsule: Capsule, dataset: Dataset) -> Iterator[Difference]:
    """Predictions are of the whole split: of chosen rows, any accuracy could be had."""
    if capsule.test is not None:
        yield from _whole(contents.TEST, capsule.test, np.arange(len(dataset.test)))
    if capsule.validation:
        wanted = capsule.run.config.split(dataset.train.labels)[1]
        for epoch, predictions in capsule.validation.items():
            yield from _whole(f"predictions/validation-{epoch:03d}.npz", predictions, wanted)


def _whole(name: str, predictions: Predictions, rows: np.ndarray) -> Iterator[Difference]:
    missing = len(np.setdiff1d(rows, predictions.index))
    more = len(np.setdiff1d(predictions.index, rows))
    if missing or more:
        extra = f", and {more:,} of other images" if more else ""
        found = f"all {len(rows):,} digits of the split"
        yield Difference(what=name, stored=f"{len(predictions) - more:,} digits{extra}", found=found)


def _scores(what: str, said: tuple[float | None, float | None], predictions: Predictions) -> Iterator[Difference]:
    if len(predictions):
        tolerance = ROUNDED_LOSS_TOLERANCE if predictions.is_rounded else LOSS_TOLERANCE
        yield from _numbers(what, said, (predictions.accuracy, predictions.loss), tolerance)


def _numbers(
    what: str, said: tuple[float | None, float | None], found: tuple[float, float], tolerance: float
) -> Iterator[Difference]:
    """Accuracy and loss as stored and as found; what is not stored claims nothing."""
    allowed = (ACCURACY_TOLERANCE, tolerance * (1 + found[1]))
    for name, stored, number, most in zip(("accuracy", "loss"), said, found, allowed, strict=True):
        if stored is not None and abs(stored - number) > most:
            yield Difference(what=f"{what} {name}", stored=f"{stored:.6f}", found=f"{number:.6f}")


def _flat(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """The settings of a configuration in JSON's types by their path; a list, such as that of layers, is one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
