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

from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics
from mnist_core.training.settings import ClassWeighting, Schedule, TrainingSettings

GAP = 0.03
"""Training accuracy this far above validation accuracy, and a rising validation loss, is called overfitting."""
CHANCE = 0.1
LOW_ACCURACY = 0.9
PLATEAU_EPOCHS = 4
PLATEAU_GAIN = 0.001
SMALL_VALIDATION = 1000
IGNORED_RECALL = 0.1
DEAD_SHARE = 0.25
SHORT_PATIENCE = 3
ROTATION_DEGREES = 10.0
SHIFT_PIXELS = 2.0
GUESSING_LOSS = math.log(10)
NEAR_GUESSING = 0.05
"""A loss less than this share below that of guessing has not learnt anything."""
HIGH_RATE = 0.005
"""From this learning rate on, a network that learns nothing is taken for one that its first steps have broken."""
WELL_BELOW = 0.5
"""A learning rate of at most this share of another one is a different choice, not the same again."""


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
    rate = e.config.training.learning_rate
    jump, tried = _unanswered_jump(e), rate
    if jump is not None:
        what = f"at epoch {jump.epoch}, at a learning rate of {jump.rate:g}, it jumped up"
        if e.config.training.schedule is Schedule.CONSTANT:
            tried = jump.rate  # of a schedule the setting is the highest rate, not that of an epoch
    elif _is_stuck(e) and rate >= HIGH_RATE and not _is_answered(e, e.history[-1].learning_rate):
        what = _near_guessing(min(m.loss for m in e.history))
    else:
        return None
    lower = _scaled(tried, 0.1)
    of_what = "it" if math.isclose(tried, rate) else f"{tried:g}"
    return _other_rate(
        e,
        lower,
        title="The learning rate looks too high",
        evidence=f"The training loss is {e.history[-1].loss:.3f}; {what}.",
        how=f"a tenth of {of_what}",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Jump:
    """An epoch whose training loss is far above that of the epoch before, and the learning rate that led to it."""

    epoch: int
    rate: float


def _unanswered_jump(e: HintEvidence) -> _Jump | None:
    """The first jump of the loss at a learning rate that is still about the one in force."""
    for before, m in zip(e.history, e.history[1:], strict=False):
        # An epoch keeps the rate of its last batch: one that was lowered within it began with that of the epoch before.
        rate = max(before.learning_rate, m.learning_rate) or e.config.training.learning_rate
        if m.loss > 1.5 * before.loss + 0.1 and not _is_answered(e, rate):
            return _Jump(epoch=m.epoch, rate=rate)
    return None


def _is_answered(e: HintEvidence, rate: float) -> bool:
    """Whether the learning rate in force is already well below `rate`."""
    return e.config.training.learning_rate <= WELL_BELOW * rate


def _is_stuck(e: HintEvidence) -> bool:
    lowest = min(m.loss for m in e.history)
    return lowest > (1 - NEAR_GUESSING) * GUESSING_LOSS and e.history[-1].accuracy < 2 * CHANCE


def _near_guessing(lowest: float) -> str:
    if lowest > (1 + NEAR_GUESSING) * GUESSING_LOSS:
        return f"its lowest, {lowest:.3f}, is above that of guessing ({GUESSING_LOSS:.3f})"
    return f"its lowest, {lowest:.3f}, stayed within {NEAR_GUESSING:.0%} of that of guessing ({GUESSING_LOSS:.3f})"


def _other_rate(e: HintEvidence, rate: float, *, title: str, evidence: str, how: str) -> Hint:
    """A hint to train with the learning rate `rate`; `how` says what it is of the present one."""
    return Hint(
        title=title,
        evidence=evidence,
        chart="loss",
        advice=f"Train with {how}: {rate:g} instead of {e.config.training.learning_rate:g}.",
        changes={"learning_rate": rate},
    )


def _scaled(rate: float, factor: float) -> float:
    """`rate` times `factor`, in as many digits as are shown, so that what is proposed is what is said."""
    return float(f"{rate * factor:.6g}")


def _rate_too_low(e: HintEvidence) -> Hint | None:
    """The loss falls slowly but steadily, and both curves still rise together at the end.

    Silent where the rate was high: the loss of a network that was broken at the start also falls slowly.
    """
    was_high = max(m.learning_rate for m in e.history) >= HIGH_RATE
    if len(e.history) < 2 or (was_high and _is_stuck(e)) or _rate_too_high(e) is not None:
        return None
    first, last = e.history[0], e.history[-1]
    is_steady = all(b.loss < a.loss for a, b in zip(e.history, e.history[1:], strict=False))
    rate = e.config.training.learning_rate
    if is_steady and last.accuracy < LOW_ACCURACY and last.loss > 0.6 * first.loss and rate <= 0.05:
        return _other_rate(
            e,
            _scaled(rate, 10),
            title="The learning rate looks too low",
            evidence=f"Over {len(e.history)} epochs the loss fell only from {first.loss:.3f} to {last.loss:.3f}.",
            how="ten times as much",
        )
    return None


def _overfitting(e: HintEvidence) -> Hint | None:
    last = e.history[-1]
    best = min(e.history, key=lambda m: m.val_loss)
    gap = last.accuracy - last.val_accuracy
    if len(e.history) < 3 or gap <= GAP or last.val_loss <= 1.05 * best.val_loss:
        return None
    changes, amounts = _against_overfitting(e.config.training)
    if not changes:
        return None
    aims = ("stop early" * ("early_stopping_patience" in changes), "vary the images" * ("augmentation" in changes))
    return Hint(
        title="The network learns its images by heart",
        evidence=(
            f"Training accuracy is {last.accuracy:.1%}, validation accuracy {last.val_accuracy:.1%}, and "
            f"the validation loss rose from {best.val_loss:.3f} (epoch {best.epoch}) to {last.val_loss:.3f}."
        ),
        chart="loss",
        advice=f"{' and '.join(filter(None, aims)).capitalize()}: {', '.join(amounts)}.",
        changes=changes,
    )


def _against_overfitting(now: TrainingSettings) -> tuple[dict[str, Any], list[str]]:
    """Changes by name, and each in words: never a longer patience or less variation than there is."""
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


def _underfitting(e: HintEvidence) -> Hint | None:
    """The last epoch still raised the validation accuracy, and the settings do not ask for as many epochs already."""
    last = e.history[-1]
    gains = [b.val_accuracy - a.val_accuracy for a, b in zip(e.history, e.history[1:], strict=False)]
    if len(e.history) < 2 or gains[-1] <= 0.005 or last.accuracy >= 0.99:
        return None
    done = len(e.history)
    epochs = min(2 * done, int(spec_of(TrainingSettings, "epochs").high or 0))
    if epochs <= max(done, e.config.training.epochs):
        return None  # a run that was stopped, or that cannot be longer
    how = "twice as long" if epochs == 2 * done else "as long as a run may be"
    return Hint(
        title="It was still learning when it ended",
        evidence=f"The last epoch raised validation accuracy by {gains[-1]:.1%}, to {last.val_accuracy:.1%}.",
        chart="accuracy",
        advice=f"Train {how}: {epochs} epochs.",
        changes={"epochs": epochs},
    )


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
    return _other_rate(
        e,
        float(f"{e.config.training.learning_rate / 3:.2g}"),
        title="Many units never answer",
        evidence=f"In {name} {share:.0%} of the units are zero for every digit that was tried.",
        how="a third of the learning rate",
    )


def _ignored_class(e: HintEvidence) -> Hint | None:
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
