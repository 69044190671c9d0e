"""Hints that propose another learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mnist_core.data.dataset import N_CLASSES
from mnist_core.hints.hint import CHANCE, Hint, HintEvidence
from mnist_core.training.settings import Schedule

LOW_ACCURACY = 0.9
DEAD_SHARE = 0.25
GUESSING_LOSS = math.log(N_CLASSES)
NEAR_GUESSING = 0.05
"""A loss less than this share below that of guessing has not learnt anything."""
HIGH_RATE = 0.005
"""From this learning rate on, a network that learns nothing is taken for one that its first steps have broken."""
WELL_BELOW = 0.5
"""A learning rate of at most this share of another one is a different choice, not the same again."""


def rate_too_high(e: HintEvidence) -> Hint | None:
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


def rate_too_low(e: HintEvidence) -> Hint | None:
    """The loss falls slowly but steadily, and both curves still rise together at the end.

    Silent where the rate was high: the loss of a network that was broken at the start also falls slowly.
    """
    was_high = max(m.learning_rate for m in e.history) >= HIGH_RATE
    if len(e.history) < 2 or (was_high and _is_stuck(e)) or rate_too_high(e) is not None:
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


def dead_units(e: HintEvidence) -> Hint | None:
    """Many units of a layer with ReLU are zero for every digit."""
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
