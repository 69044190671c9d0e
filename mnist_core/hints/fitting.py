"""Hints from the curves of training and validation: overfitting, underfitting and plateaus."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnist_core.fields import spec_of
from mnist_core.hints.hint import Hint, HintEvidence
from mnist_core.training.settings import Schedule, TrainingSettings

GAP = 0.03
"""Overfitting: training accuracy exceeds validation accuracy by more than this, and the validation loss rises."""
PLATEAU_EPOCHS = 4
PLATEAU_GAIN = 0.001
SHORT_PATIENCE = 3
ROTATION_DEGREES = 10.0
SHIFT_PIXELS = 2.0


def overfitting(e: HintEvidence) -> Hint | None:
    """Training accuracy is well above validation accuracy, and the validation loss has risen from its minimum."""
    last = e.history[-1]
    best = min(e.history, key=lambda m: m.val_loss)
    gap = last.accuracy - last.val_accuracy
    if len(e.history) < 3 or gap <= GAP or last.val_loss <= 1.05 * best.val_loss:
        return None
    changes, amounts = _against_overfitting(e.config.training)
    if not changes:
        return None
    aims = ("stop early" * ("early_stopping_patience" in changes), "augment the images" * ("augmentation" in changes))
    return Hint(
        title="Overfitting",
        evidence=(
            f"Training accuracy is {last.accuracy:.1%}, validation accuracy {last.val_accuracy:.1%}, and "
            f"the validation loss rose from {best.val_loss:.3f} (epoch {best.epoch}) to {last.val_loss:.3f}."
        ),
        chart="loss",
        advice=f"{' and '.join(filter(None, aims)).capitalize()}: {', '.join(amounts)}.",
        changes=changes,
    )


def _against_overfitting(now: TrainingSettings) -> tuple[dict[str, Any], list[str]]:
    """Changes by setting, and each in words; they never lengthen the patience or reduce the augmentation."""
    changes: dict[str, Any] = {}
    amounts: list[str] = []
    if now.early_stopping_patience is None or now.early_stopping_patience > SHORT_PATIENCE:
        changes["early_stopping_patience"] = SHORT_PATIENCE
        amounts.append(f"patience {SHORT_PATIENCE}")
    varied = now.augmentation
    if varied.rotation_degrees < ROTATION_DEGREES:
        varied = replace(varied, rotation_degrees=ROTATION_DEGREES)
        amounts.append(f"rotation {ROTATION_DEGREES:g} degrees")
    if varied.shift_pixels < SHIFT_PIXELS:
        varied = replace(varied, shift_pixels=SHIFT_PIXELS)
        amounts.append(f"shift {SHIFT_PIXELS:g} pixels")
    if varied != now.augmentation:
        changes["augmentation"] = varied
    return changes, amounts


def underfitting(e: HintEvidence) -> Hint | None:
    """The last epoch still raised the validation accuracy, and the run was not configured for more epochs."""
    last = e.history[-1]
    gains = [b.val_accuracy - a.val_accuracy for a, b in zip(e.history, e.history[1:], strict=False)]
    if len(e.history) < 2 or gains[-1] <= 0.005 or last.accuracy >= 0.99:
        return None
    done = len(e.history)
    epochs = min(2 * done, int(spec_of(TrainingSettings, "epochs").high or 0))
    if epochs <= max(done, e.config.training.epochs):
        return None  # the run was stopped early, or has the highest number of epochs already
    how = "twice as long" if epochs == 2 * done else "for the highest number of epochs"
    return Hint(
        title="Still improving at the last epoch",
        evidence=f"The last epoch raised validation accuracy by {100 * gains[-1]:.1f} points, "
        f"to {last.val_accuracy:.1%}.",
        chart="accuracy",
        advice=f"Train {how}: {epochs} epochs.",
        changes={"epochs": epochs},
    )


def plateau(e: HintEvidence) -> Hint | None:
    """Validation accuracy has not improved for some epochs, at a constant learning rate."""
    if len(e.history) <= PLATEAU_EPOCHS + 1 or e.config.training.schedule is not Schedule.CONSTANT:
        return None
    before = max(m.val_accuracy for m in e.history[:-PLATEAU_EPOCHS])
    since = max(m.val_accuracy for m in e.history[-PLATEAU_EPOCHS:])
    if since - before < PLATEAU_GAIN:
        return Hint(
            title="Validation accuracy has plateaued",
            evidence=f"The last {PLATEAU_EPOCHS} epochs gained {100 * max(0.0, since - before):.2f} points; the best "
            f"validation accuracy is {max(before, since):.2%}.",
            chart="accuracy",
            advice="Use a cosine schedule: the last epochs then train with a low learning rate.",
            changes={"schedule": Schedule.COSINE},
        )
    return None
