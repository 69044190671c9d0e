"""Hints from the validation split: a class with a very low recall, and a split that is too small."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mnist_core.evaluation.intervals import LEVEL, Z_95
from mnist_core.hints.hint import CHANCE, Evidence, Hint, HintEvidence, HintKind
from mnist_core.shares import shown_level, shown_share
from mnist_core.training.settings import ClassWeighting

SMALL_VALIDATION = 1000
IGNORED_RECALL = 0.1
FRACTION = 0.3
"""The validation fraction that is proposed for a small split."""


def ignored_class(e: HintEvidence) -> Hint | None:
    """The recall of a class is very low, although the network has learned others."""
    if e.recall is None or np.isnan(e.recall).all() or e.history[-1].val_accuracy < 2 * CHANCE:
        return None
    label = int(np.nanargmin(e.recall))
    if e.recall[label] > IGNORED_RECALL:
        return None
    advice = "Give rare classes more weight in the loss: set the class weights to balanced."
    changes: dict[str, Any] = {"class_weighting": ClassWeighting.BALANCED, "class_weights": ()}
    if e.config.training.class_weighting is ClassWeighting.BALANCED:
        advice = "The class weights are balanced already. See on the page Mistakes how its images are misclassified."
        changes = {}
    return Hint(
        kind=HintKind.IGNORED_CLASS,
        title=f"Very low recall of class {label}",
        evidence=f"{shown_share(float(e.recall[label]))} of the validation images of class {label} are correct, "
        f"against {shown_share(e.history[-1].val_accuracy)} of all validation images.",
        seen_in=Evidence.CONFUSION,
        advice=advice,
        changes=changes,
    )


def _more_images(e: HintEvidence) -> str:
    return "train on a larger data set" if e.config.limit is None else "raise the image limit"


def small_validation(e: HintEvidence) -> Hint | None:
    """There are so few validation images that the validation accuracy is imprecise."""
    last = e.history[-1]
    if e.n_validation >= SMALL_VALIDATION or e.n_validation == 0 or e.config.training.validation_fraction >= FRACTION:
        return None
    spread = Z_95 * math.sqrt(max(last.val_accuracy * (1 - last.val_accuracy), 1e-4) / e.n_validation)
    return Hint(
        kind=HintKind.SMALL_VALIDATION,
        title="The validation split is small",
        evidence=f"With {e.n_validation:,} images, the {shown_level(LEVEL)} interval of the validation accuracy of "
        f"{shown_share(last.val_accuracy)} is about ± {100 * spread:.2f} points.",
        seen_in=Evidence.ACCURACY,
        advice=f"Set the validation fraction to {shown_level(FRACTION)}, or {_more_images(e)}.",
        changes={"validation_fraction": FRACTION},
    )
