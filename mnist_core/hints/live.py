"""Hints while a run trains: only those that are certain already, with what can be changed at once.

The others need the end: a run that improves slowly, has a plateau or ignores a class may still change by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mnist_core.hints.hint import Hint, HintEvidence, HintKind
from mnist_core.hints.learning_rate import HIGH_RATE, is_stuck
from mnist_core.hints.rules import hints
from mnist_core.training.progress import Adjustments, best_of

STUCK_EPOCHS = 2
"""A network that has learned nothing in one epoch may have begun with a low learning rate, or had few steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveHint:
    """A hint for a run that still trains.

    Attributes:
        hint: the same as after the training, with the numbers it was read from.
        advice: what to do now, in one or two sentences.
        adjustments: what to request of the worker; None if nothing is left to change.
        action: the same in a few words, for a button.
    """

    hint: Hint
    advice: str
    adjustments: Adjustments | None = None
    action: str = ""


def live_hints(evidence: HintEvidence) -> tuple[LiveHint, ...]:
    """The hints that are certain, the most important first.

    Args:
        evidence: from the finished epochs; recall and dead units are not looked at.
    """
    found = (ADVICE[hint.kind](evidence, hint) for hint in hints(evidence) if hint.kind in ADVICE)
    return tuple(hint for hint in found if hint is not None)


def _of_the_rate(e: HintEvidence, hint: Hint) -> LiveHint | None:
    """Another learning rate, unless it is too early to call the network stuck."""
    if hint.epoch is None and (len(e.history) < STUCK_EPOCHS or max(m.learning_rate for m in e.history) < HIGH_RATE):
        return None
    rate = float(hint.changes["learning_rate"])
    advice = f"Lower the learning rate to {rate:g}: it takes effect at the next batch."
    if is_stuck(e):
        advice += " If the loss stays where it is, the first steps have broken the network: start a new run."
    return LiveHint(
        hint=hint,
        advice=advice,
        adjustments=Adjustments(learning_rate=rate),
        action=f"Lower it to {rate:g}",
    )


def _of_overfitting(e: HintEvidence, hint: Hint) -> LiveHint:
    """An earlier end, unless the last epoch is trained already."""
    best, done = best_of(e.history, e.config.training.kept_weights), e.history[-1].epoch
    kept = ""
    if best is not None and best.epoch < done:
        kept = f"Epoch {best.epoch} has the best validation accuracy; its checkpoint is kept. "
    if done + 1 >= e.config.training.epochs:
        return LiveHint(hint=hint, advice=f"{kept}The last epoch is being trained.")
    return LiveHint(
        hint=hint,
        advice=f"{kept}More epochs with these settings overfit more: end the training early.",
        adjustments=Adjustments(epochs=done + 1),
        action="End after this epoch",
    )


ADVICE: Mapping[HintKind, Callable[[HintEvidence, Hint], LiveHint | None]] = {
    HintKind.RATE_TOO_HIGH: _of_the_rate,
    HintKind.OVERFITTING: _of_overfitting,
}
"""The kinds of hints that are shown while a run trains, with what they advise then."""
