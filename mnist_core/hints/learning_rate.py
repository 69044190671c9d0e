"""Hints that a training is broken, or that it needs another learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mnist_core.data.dataset import N_CLASSES
from mnist_core.hints.hint import CHANCE, Evidence, Hint, HintEvidence, HintKind
from mnist_core.shares import shown_level
from mnist_core.training.settings import ClassWeighting, Schedule

LOW_ACCURACY = 0.9
GUESSING_LOSS = math.log(N_CLASSES)
NEAR_GUESSING = 0.05
"""A network whose loss is less than this share below that of random guessing has learned nothing."""
HIGH_RATE = 0.005
"""If a network learns nothing at this learning rate or above, its first steps have probably broken it."""
WELL_BELOW = 0.5
"""A learning rate of at most this share of an earlier one counts as lowered."""


def rate_too_high(e: HintEvidence) -> Hint | None:
    """The loss stays at or above that of random guessing, or rises sharply between two epochs."""
    rate = e.config.training.learning_rate
    jump, tried = _current_jump(e), rate
    what = f"The training loss is {e.history[-1].loss:.3f}; "
    if jump is not None:
        what += f"it jumped at epoch {jump.epoch}, at a learning rate of {jump.rate:g}"
        if e.config.training.schedule is Schedule.CONSTANT:
            tried = jump.rate  # with a schedule, the setting is the highest rate, not that of the epoch
    elif is_stuck(e) and rate >= HIGH_RATE and not _was_lowered(e, e.history[-1].learning_rate):
        what = _at_guessing(e)
    else:
        return None
    of_what = "it" if math.isclose(tried, rate) else f"{tried:g}"
    return Hint(
        kind=HintKind.RATE_TOO_HIGH,
        title="The learning rate looks too high",
        evidence=f"{what}.",
        seen_in=Evidence.LOSS,
        advice=_other_rate(e, _scaled(tried, 0.1), how=f"a tenth of {of_what}"),
        changes={"learning_rate": _scaled(tried, 0.1)},
        epoch=jump.epoch if jump else None,
        epoch_label="Loss jumps" if jump else "",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Jump:
    """An epoch whose training loss is far above that of the previous epoch, and the learning rate that led to it."""

    epoch: int
    rate: float


def _current_jump(e: HintEvidence) -> _Jump | None:
    """The first jump of the loss, unless the learning rate has been lowered since."""
    for before, m in zip(e.history, e.history[1:], strict=False):
        # An epoch records the rate of its last batch; if it was lowered within the epoch, the jump came at the old one.
        rate = max(before.learning_rate, m.learning_rate) or e.config.training.learning_rate
        if m.loss > 1.5 * before.loss + 0.1 and not _was_lowered(e, rate):
            return _Jump(epoch=m.epoch, rate=rate)
    return None


def _was_lowered(e: HintEvidence, rate: float) -> bool:
    """Whether the present learning rate is already well below `rate`."""
    return e.config.training.learning_rate <= WELL_BELOW * rate


def is_stuck(e: HintEvidence) -> bool:
    """Whether the network has learned nothing: its loss never came well below that of random guessing."""
    lowest = min(_losses_like_guessing(e)[1])
    return lowest > (1 - NEAR_GUESSING) * GUESSING_LOSS and e.history[-1].accuracy < 2 * CHANCE


def _losses_like_guessing(e: HintEvidence) -> tuple[str, list[float]]:
    """The losses that can be compared with that of random guessing, and of which split they are.

    Class weights scale the training loss; label smoothing does not change what random guessing costs.
    """
    if e.config.training.class_weighting is not ClassWeighting.NONE:
        return "validation", [m.val_loss for m in e.history]
    return "training", [m.loss for m in e.history]


def _at_guessing(e: HintEvidence) -> str:
    split, losses = _losses_like_guessing(e)
    lowest = min(losses)
    where = (
        f"above the loss of random guessing ({GUESSING_LOSS:.3f})"
        if lowest > (1 + NEAR_GUESSING) * GUESSING_LOSS
        else f"within {shown_level(NEAR_GUESSING)} of the loss of random guessing ({GUESSING_LOSS:.3f})"
    )
    return f"The {split} loss is {losses[-1]:.3f}; its minimum, {lowest:.3f}, is {where}"


def _other_rate(e: HintEvidence, rate: float, *, how: str) -> str:
    """Advice to train with the learning rate `rate`; `how` relates it to the present one."""
    return f"Train with {how}: {rate:g} instead of {e.config.training.learning_rate:g}."


def _scaled(rate: float, factor: float) -> float:
    """`rate` times `factor`, rounded as shown, so that the setting equals the number in the sentence."""
    return float(f"{rate * factor:.6g}")


def nothing_learned(e: HintEvidence) -> Hint | None:
    """The loss is that of guessing at a learning rate that was lowered after it had broken the network."""
    highest = max(m.learning_rate for m in e.history)
    if not is_stuck(e) or highest < HIGH_RATE or not _was_lowered(e, highest):
        return None
    return Hint(
        kind=HintKind.NOTHING_LEARNED,
        title="The network has learned nothing",
        evidence=f"{_at_guessing(e)}, also after its learning rate was lowered from {highest:g}.",
        seen_in=Evidence.LOSS,
        advice="The first steps have probably broken it. Start a new run with these settings.",
    )


def rate_too_low(e: HintEvidence) -> Hint | None:
    """The loss falls steadily, but slowly, or not at all at a low learning rate.

    No hint if the rate was high: the loss of a network that its first steps have broken also falls slowly.
    """
    stuck, rate = is_stuck(e), e.config.training.learning_rate
    if len(e.history) < 2 or (stuck and max(m.learning_rate for m in e.history) >= HIGH_RATE) or rate > 0.05:
        return None
    first, last = e.history[0], e.history[-1]
    is_steady = all(b.loss < a.loss for a, b in zip(e.history, e.history[1:], strict=False))
    is_slow = is_steady and last.accuracy < LOW_ACCURACY and last.loss > 0.6 * first.loss
    if not (stuck or is_slow):
        return None
    change = f"In {len(e.history)} epochs the loss went only from {first.loss:.3f} to {last.loss:.3f}."
    return Hint(
        kind=HintKind.RATE_TOO_LOW,
        title="The learning rate looks too low",
        evidence=change,
        seen_in=Evidence.LOSS,
        advice=_other_rate(e, _scaled(rate, 10), how="ten times the learning rate"),
        changes={"learning_rate": _scaled(rate, 10)},
    )
