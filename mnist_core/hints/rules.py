"""The rules behind the hints: each quotes the numbers it was read from and proposes one change.

Each rule is tested on a real training that has the problem and on one that does not.
"""

from __future__ import annotations

from collections.abc import Callable

from mnist_core.hints.fitting import overfitting, plateau, underfitting
from mnist_core.hints.hint import Hint, HintEvidence
from mnist_core.hints.learning_rate import dead_units, rate_too_high, rate_too_low
from mnist_core.hints.validation import ignored_class, small_validation

Rule = Callable[[HintEvidence], Hint | None]

RULES: tuple[Rule, ...] = (
    rate_too_high,
    rate_too_low,
    dead_units,
    ignored_class,
    overfitting,
    plateau,
    underfitting,
    small_validation,
)
"""The most important first."""


def hints(evidence: HintEvidence) -> tuple[Hint, ...]:
    """Every hint that applies, the most important first."""
    if not evidence.history:
        return ()
    return tuple(hint for rule in RULES if (hint := rule(evidence)) is not None)
