"""Hints on the validation split: a label that is not found in it, and too few images to tell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mnist_core.hints.hint import CHANCE, Hint, HintEvidence
from mnist_core.training.settings import ClassWeighting

SMALL_VALIDATION = 1000
IGNORED_RECALL = 0.1


def ignored_class(e: HintEvidence) -> Hint | None:
    """A label is hardly ever found, by a network that has learned others."""
    if e.recall is None or np.isnan(e.recall).all() or e.history[-1].val_accuracy < 2 * CHANCE:
        return None
    label = int(np.nanargmin(e.recall))
    if e.recall[label] > IGNORED_RECALL:
        return None
    advice = "Give rare labels more weight in the loss: class weights balanced."
    changes: dict[str, Any] = {"class_weighting": ClassWeighting.BALANCED, "class_weights": ()}
    if e.config.training.class_weighting is ClassWeighting.BALANCED:
        advice = "Class weights are balanced already. See in Mistakes what its images are taken for."
        changes = {}
    return Hint(
        title=f"The label {label} is hardly ever found",
        evidence=f"{e.recall[label]:.0%} of the validation images of a {label} are predicted as one; over all labels "
        f"it is {e.history[-1].val_accuracy:.0%}.",
        chart="accuracy",
        advice=advice,
        changes=changes,
    )


def small_validation(e: HintEvidence) -> Hint | None:
    """So few images are held back that the validation accuracy is not well known."""
    last = e.history[-1]
    if e.n_validation >= SMALL_VALIDATION or e.n_validation == 0 or e.config.training.validation_fraction >= 0.3:
        return None
    spread = 1.96 * math.sqrt(max(last.val_accuracy * (1 - last.val_accuracy), 1e-4) / e.n_validation)
    return Hint(
        title="The validation split is small",
        evidence=f"With {e.n_validation} images the validation accuracy of {last.val_accuracy:.1%} is known to about "
        f"± {spread:.1%}.",
        chart="accuracy",
        advice="Hold back 30% of the training images, or train on a larger data set.",
        changes={"validation_fraction": 0.3},
    )
