"""What the curves of a run say about its settings: rules that quote the numbers they read and propose one change.

A rule speaks only with evidence; each is tested on a real training that shows the fault and on one that does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics
from mnist_core.training.settings import ClassWeighting, Schedule

GAP = 0.03
"""Training accuracy this far above validation accuracy, and a rising validation loss, is called overfitting."""
CHANCE = 0.1
LOW_ACCURACY = 0.9
PLATEAU_EPOCHS = 4
PLATEAU_GAIN = 0.001
SMALL_VALIDATION = 1000
IGNORED_RECALL = 0.1
DEAD_SHARE = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """One observation.

    Attributes:
        title: a few words.
        evidence: the numbers it rests on, in a sentence.
        chart: which curve shows it: "loss" or "accuracy".
        advice: what the proposed change is, in a sentence.
        changes: training settings of a new run, by name; empty if the change cannot be made by a setting.
    """

    title: str
    evidence: str
    chart: str
    advice: str
    changes: Mapping[str, Any]

    def applied(self, config: ExperimentConfig) -> ExperimentConfig:
        """The experiment with the proposed change."""
        return replace(config, training=replace(config.training, **self.changes), recipe=config.recipe)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HintEvidence:
    """What the rules may look at.

    Attributes:
        recall: share of each label's validation images that were found, (10,), or None.
        dead_units: share of units in each layer with ReLU that never answer, by layer name.
    """

    config: ExperimentConfig
    history: tuple[EpochMetrics, ...]
    n_validation: int
    recall: npt.NDArray[np.float64] | None = None
    dead_units: Mapping[str, float] | None = None


Rule = Callable[[HintEvidence], Hint | None]


def hints(evidence: HintEvidence) -> tuple[Hint, ...]:
    """Every hint that has evidence, the most important first."""
    if not evidence.history:
        return ()
    return tuple(hint for rule in RULES if (hint := rule(evidence)) is not None)


def _rate_too_high(e: HintEvidence) -> Hint | None:
    """The loss stays at or above that of guessing, or jumps up between epochs."""
    losses = [m.loss for m in e.history]
    guessing = math.log(10)
    is_stuck = len(losses) >= 1 and min(losses) > 0.95 * guessing and e.history[-1].accuracy < 2 * CHANCE
    jumps = [m.epoch for before, m in zip(e.history, e.history[1:], strict=False) if m.loss > 1.5 * before.loss + 0.1]
    rate = e.config.training.learning_rate
    if (is_stuck and rate >= 0.005) or jumps:
        what = (
            f"at epoch {jumps[0]} the training loss jumped up"
            if jumps
            else "it never fell below that of guessing (2.303)"
        )
        return Hint(
            title="The learning rate looks too high",
            evidence=f"The training loss is {losses[-1]:.3f}; {what}.",
            chart="loss",
            advice=f"Train with a tenth of it: {rate / 10:g} instead of {rate:g}.",
            changes={"learning_rate": rate / 10},
        )
    return None


def _rate_too_low(e: HintEvidence) -> Hint | None:
    """The loss falls slowly but steadily, and both curves still rise together at the end."""
    if len(e.history) < 2:
        return None
    first, last = e.history[0], e.history[-1]
    is_steady = all(b.loss < a.loss for a, b in zip(e.history, e.history[1:], strict=False))
    rate = e.config.training.learning_rate
    if is_steady and last.accuracy < LOW_ACCURACY and last.loss > 0.6 * first.loss and rate <= 0.05:
        return Hint(
            title="The learning rate looks too low",
            evidence=f"Over {len(e.history)} epochs the loss fell only from {first.loss:.3f} to {last.loss:.3f}.",
            chart="loss",
            advice=f"Train with ten times as much: {rate * 10:g} instead of {rate:g}.",
            changes={"learning_rate": rate * 10},
        )
    return None


def _overfitting(e: HintEvidence) -> Hint | None:
    last = e.history[-1]
    best = min(e.history, key=lambda m: m.val_loss)
    gap = last.accuracy - last.val_accuracy
    if len(e.history) >= 3 and gap > GAP and last.val_loss > 1.05 * best.val_loss:
        return Hint(
            title="The network learns its images by heart",
            evidence=(
                f"Training accuracy is {last.accuracy:.1%}, validation accuracy {last.val_accuracy:.1%}, and "
                f"the validation loss rose from {best.val_loss:.3f} (epoch {best.epoch}) to {last.val_loss:.3f}."
            ),
            chart="loss",
            advice="Stop early and vary the images: patience 3, rotation 10 degrees, shift 2 pixels.",
            changes={
                "early_stopping_patience": 3,
                "augmentation": replace(e.config.training.augmentation, rotation_degrees=10.0, shift_pixels=2.0),
            },
        )
    return None


def _underfitting(e: HintEvidence) -> Hint | None:
    last = e.history[-1]
    gains = [b.val_accuracy - a.val_accuracy for a, b in zip(e.history, e.history[1:], strict=False)]
    if len(e.history) >= 2 and gains[-1] > 0.005 and last.accuracy < 0.99:
        return Hint(
            title="It was still learning when it ended",
            evidence=f"The last epoch raised validation accuracy by {gains[-1]:.1%}, to {last.val_accuracy:.1%}.",
            chart="accuracy",
            advice=f"Train twice as long: {2 * len(e.history)} epochs.",
            changes={"epochs": 2 * len(e.history)},
        )
    return None


def _plateau(e: HintEvidence) -> Hint | None:
    if len(e.history) <= PLATEAU_EPOCHS + 1 or e.config.training.schedule is not Schedule.CONSTANT:
        return None
    before = max(m.val_accuracy for m in e.history[:-PLATEAU_EPOCHS])
    since = max(m.val_accuracy for m in e.history[-PLATEAU_EPOCHS:])
    if since - before < PLATEAU_GAIN:
        return Hint(
            title="Validation accuracy stands still",
            evidence=f"The last {PLATEAU_EPOCHS} epochs brought {max(0.0, since - before):.2%}; the best is "
            f"{max(before, since):.2%}.",
            chart="accuracy",
            advice="Let the learning rate fall along a cosine, so that the last epochs make small steps.",
            changes={"schedule": Schedule.COSINE},
        )
    return None


def _dead_units(e: HintEvidence) -> Hint | None:
    dead = {name: share for name, share in (e.dead_units or {}).items() if share >= DEAD_SHARE}
    if not dead:
        return None
    name, share = max(dead.items(), key=lambda item: item[1])
    rate = e.config.training.learning_rate
    return Hint(
        title="Many units never answer",
        evidence=f"In {name} {share:.0%} of the units are zero for every digit that was tried.",
        chart="loss",
        advice=f"Train with a third of the learning rate: {rate / 3:.2g} instead of {rate:g}.",
        changes={"learning_rate": rate / 3},
    )


def _ignored_class(e: HintEvidence) -> Hint | None:
    if e.recall is None or np.isnan(e.recall).all() or e.history[-1].val_accuracy < 2 * CHANCE:
        return None
    label = int(np.nanargmin(e.recall))
    if e.recall[label] > IGNORED_RECALL:
        return None
    return Hint(
        title=f"The label {label} is hardly ever found",
        evidence=f"{e.recall[label]:.0%} of the validation images of a {label} are predicted as one; over all labels "
        f"it is {e.history[-1].val_accuracy:.0%}.",
        chart="accuracy",
        advice="Give rare labels more weight in the loss: class weights balanced.",
        changes={"class_weighting": ClassWeighting.BALANCED, "class_weights": ()},
    )


def _small_validation(e: HintEvidence) -> Hint | None:
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


RULES: tuple[Rule, ...] = (
    _rate_too_high,
    _rate_too_low,
    _dead_units,
    _ignored_class,
    _overfitting,
    _plateau,
    _underfitting,
    _small_validation,
)
