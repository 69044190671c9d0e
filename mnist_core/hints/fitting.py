"""Hints from the curves of training and validation: overfitting, plateaus and trainings that ended too early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnist_core.fields import spec_of
from mnist_core.hints.hint import Evidence, Hint, HintEvidence, HintKind
from mnist_core.shares import shown_points, shown_share
from mnist_core.training.progress import EpochMetrics, best_of, has_stalled
from mnist_core.training.settings import Schedule, TrainingSettings

LAST_EPOCHS = 3
"""The validation loss has turned up only if each of the last epochs shows it: one noisy epoch does not."""
RISE = 0.1
"""Overfitting: each of the last epochs has a validation loss at least this share above the lowest.

In real trainings that do not overfit (dense and convolutional networks on 600 to 4,000 images, with and without dropout
and augmentation), single epochs lay up to 40% above the lowest, but never three in a row by a tenth.
"""
FALL = 0.1
"""... and the training loss has fallen by at least this share since."""
PLATEAU_EPOCHS = 4
PLATEAU_GAIN = 0.001
STILL_GAINING = 0.005
SHORT_PATIENCE = 3
ROTATION_DEGREES = 10.0
SHIFT_PIXELS = 2.0


def overfitting(e: HintEvidence) -> Hint | None:
    """The validation loss has turned up while the training loss went on falling."""
    lowest = min(e.history, key=lambda m: m.val_loss)
    if not _has_turned_up(e.history, lowest):
        return None
    end = e.history[-LAST_EPOCHS:]
    changes, advice = _against_overfitting(e)
    return Hint(
        kind=HintKind.OVERFITTING,
        title="Overfitting",
        evidence=(
            f"The validation loss was lowest at epoch {lowest.epoch} ({lowest.val_loss:.3f}) and at least "
            f"{min(m.val_loss for m in end):.3f} in each of the last {LAST_EPOCHS} epochs, while the training loss "
            f"fell from {lowest.loss:.3f} to {end[-1].loss:.3f}."
        ),
        seen_in=Evidence.LOSS,
        advice=advice,
        changes=changes,
        epoch=lowest.epoch,
        epoch_label="Lowest validation loss",
    )


def _has_turned_up(history: tuple[EpochMetrics, ...], lowest: EpochMetrics) -> bool:
    end = history[-LAST_EPOCHS:]
    return (
        lowest.epoch < end[0].epoch
        and min(m.val_loss for m in end) >= (1 + RISE) * lowest.val_loss
        and end[-1].loss <= (1 - FALL) * lowest.loss
    )


def _against_overfitting(e: HintEvidence) -> tuple[dict[str, Any], str]:
    """Changes by setting, and all in words; they never lengthen the patience or reduce the augmentation."""
    now, changes, words = e.config.training, {}, []
    best, stopped = best_of(e.history, now.kept_weights), _epoch_stopped(e)
    if best is not None and best.epoch < e.history[-1].epoch:
        words.append(f"Epoch {best.epoch} has the best validation accuracy; its checkpoint is kept.")
    if stopped is not None:
        changes["early_stopping_patience"] = SHORT_PATIENCE
        words.append(f"A patience of {SHORT_PATIENCE} would have ended the training after epoch {stopped}.")
    varied, amounts = _more_augmentation(now)
    if varied != now.augmentation:
        changes["augmentation"] = varied
        words.append(f"Augment the images: {', '.join(amounts)}.")
    if not changes:
        words.append("Train on more images, or add dropout to the network.")
    return changes, " ".join(words)


def _epoch_stopped(e: HintEvidence) -> int | None:
    """The epoch after which a short patience would have ended this training; None if it would not have ended sooner."""
    patience = e.config.training.early_stopping_patience
    if patience is not None and patience <= SHORT_PATIENCE:
        return None
    ends = range(1, len(e.history))
    return next((e.history[n - 1].epoch for n in ends if has_stalled(e.history[:n], SHORT_PATIENCE)), None)


def _more_augmentation(now: TrainingSettings) -> tuple[Any, list[str]]:
    varied, amounts = now.augmentation, []
    if varied.rotation_degrees < ROTATION_DEGREES:
        varied = replace(varied, rotation_degrees=ROTATION_DEGREES)
        amounts.append(f"rotation {ROTATION_DEGREES:g} degrees")
    if varied.shift_pixels < SHIFT_PIXELS:
        varied = replace(varied, shift_pixels=SHIFT_PIXELS)
        amounts.append(f"shift {SHIFT_PIXELS:g} pixels")
    return varied, amounts


def underfitting(e: HintEvidence) -> Hint | None:
    """The last epoch is the best by far, and the run was not configured for more epochs."""
    last, gain = e.history[-1], last_gain(e)
    if gain <= STILL_GAINING or last.accuracy >= 0.99:
        return None
    done = len(e.history)
    epochs = min(2 * done, int(spec_of(TrainingSettings, "epochs").high or 0))
    if epochs <= max(done, e.config.training.epochs):
        return None  # the run was stopped early, or has the highest number of epochs already
    how = "twice as long" if epochs == 2 * done else "for the highest number of epochs"
    return Hint(
        kind=HintKind.UNDERFITTING,
        title="Still improving at the last epoch",
        evidence=f"The last epoch raised the best validation accuracy by {_points(gain)}, "
        f"to {shown_share(last.val_accuracy)}.",
        seen_in=Evidence.ACCURACY,
        advice=f"Train {how}: {epochs} epochs.",
        changes={"epochs": epochs},
    )


def last_gain(e: HintEvidence) -> float:
    """By how much the last epoch raised the best validation accuracy; below 0 if it was worse, 0 in the first."""
    before = [m.val_accuracy for m in e.history[:-1]]
    return e.history[-1].val_accuracy - max(before) if before else 0.0


def plateau(e: HintEvidence) -> Hint | None:
    """Validation accuracy has not improved for some epochs, at a constant learning rate."""
    if len(e.history) <= PLATEAU_EPOCHS + 1 or e.config.training.schedule is not Schedule.CONSTANT:
        return None
    before = max(m.val_accuracy for m in e.history[:-PLATEAU_EPOCHS])
    since = max(m.val_accuracy for m in e.history[-PLATEAU_EPOCHS:])
    if since - before >= PLATEAU_GAIN or before == 1:
        return None
    return Hint(
        kind=HintKind.PLATEAU,
        title="Validation accuracy has plateaued",
        evidence=f"The last {PLATEAU_EPOCHS} epochs gained {_points(max(0.0, since - before))}; the best "
        f"validation accuracy is {shown_share(max(before, since))}.",
        seen_in=Evidence.ACCURACY,
        advice="Use a cosine schedule: the last epochs then train with a low learning rate.",
        changes={"schedule": Schedule.COSINE},
    )


def _points(gain: float) -> str:
    """A gain that a sentence calls one already, so that it needs no sign."""
    return shown_points(gain).lstrip("+")
