"""The rules behind the hints, and which of them exclude each other, so that all hints together tell one story.

Each rule quotes the numbers it was read from. It is tested on a real training that has the problem and on one that does
not; that no two hints contradict each other is tested on many histories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mnist_core.hints.fitting import overfitting, plateau, underfitting
from mnist_core.hints.hint import Hint, HintEvidence, HintKind
from mnist_core.hints.learning_rate import nothing_learned, rate_too_high, rate_too_low
from mnist_core.hints.units import dead_units, spare_units
from mnist_core.hints.validation import ignored_class, small_validation

Rule = Callable[[HintEvidence], Hint | None]

RULES: Mapping[HintKind, Rule] = {
    HintKind.RATE_TOO_HIGH: rate_too_high,
    HintKind.NOTHING_LEARNED: nothing_learned,
    HintKind.DEAD_UNITS: dead_units,
    HintKind.RATE_TOO_LOW: rate_too_low,
    HintKind.IGNORED_CLASS: ignored_class,
    HintKind.OVERFITTING: overfitting,
    HintKind.PLATEAU: plateau,
    HintKind.UNDERFITTING: underfitting,
    HintKind.SMALL_VALIDATION: small_validation,
    HintKind.SPARE_UNITS: spare_units,
}
"""The most important first: what breaks a training, what slows it down, what limits its result, remarks."""

_OF_A_SOUND_TRAINING = frozenset(
    {HintKind.IGNORED_CLASS, HintKind.OVERFITTING, HintKind.PLATEAU, HintKind.UNDERFITTING, HintKind.SPARE_UNITS}
)
_OF_THE_RATE = frozenset({HintKind.DEAD_UNITS, HintKind.RATE_TOO_LOW})

SILENCED: Mapping[HintKind, frozenset[HintKind]] = {
    # A broken training: what its curves look like otherwise says nothing, and dead units are a consequence.
    HintKind.RATE_TOO_HIGH: _OF_A_SOUND_TRAINING | _OF_THE_RATE | {HintKind.NOTHING_LEARNED},
    HintKind.NOTHING_LEARNED: _OF_A_SOUND_TRAINING | _OF_THE_RATE,
    HintKind.DEAD_UNITS: _OF_A_SOUND_TRAINING | {HintKind.RATE_TOO_LOW},
    # It has hardly begun to learn: too early to say more, and twice the epochs would be the slower cure.
    HintKind.RATE_TOO_LOW: _OF_A_SOUND_TRAINING,
    # More epochs overfit more; a plateau of the accuracy is how overfitting looks in the other chart.
    HintKind.OVERFITTING: frozenset({HintKind.PLATEAU, HintKind.UNDERFITTING}),
    HintKind.PLATEAU: frozenset({HintKind.UNDERFITTING}),
}
"""If a hint of the key is shown, none of these kinds is."""


def hints(evidence: HintEvidence) -> tuple[Hint, ...]:
    """The hints to show, the most important first: none that a more important one excludes or contradicts."""
    shown: list[Hint] = []
    for kind, rule in RULES.items() if evidence.history else ():
        if any(kind in SILENCED.get(other.kind, ()) for other in shown):
            continue
        hint = rule(evidence)
        if hint is not None and not any(_contradict(other, hint) for other in shown):
            shown.append(hint)
    return tuple(shown)


def _contradict(one: Hint, other: Hint) -> bool:
    """Whether they change the same setting to different values."""
    return any(one.changes[name] != other.changes[name] for name in one.changes.keys() & other.changes.keys())
