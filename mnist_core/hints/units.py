"""Hints on the dead units of a layer: those that hold the training back, and those that are merely spare."""

from __future__ import annotations

import numpy as np

from mnist_core.hints.fitting import STILL_GAINING, last_gain
from mnist_core.hints.hint import Evidence, Hint, HintEvidence, HintKind
from mnist_core.shares import shown_share

DEAD_SHARE = 0.25
"""A layer with at least this share of dead units has many."""
MOST = 0.5
"""A layer with at least this share of dead units was damaged, even if the rest still learns."""
GOOD_ACCURACY = 0.95
"""A network that reaches this accuracy on its own training images does without its dead units."""


def dead_units(e: HintEvidence) -> Hint | None:
    """Many units of a ReLU layer are dead, and the others do not fit the training images well without them."""
    found = _worst_layer(e)
    if found is None or _fits(e):
        return None
    layer, dead = found
    if dead.mean() < MOST and last_gain(e) > STILL_GAINING:
        return None  # the others are still learning
    rate = float(f"{e.config.training.learning_rate / 3:.2g}")
    return Hint(
        kind=HintKind.DEAD_UNITS,
        title="Many dead ReLU units",
        evidence=f"{_share(layer, dead)} Training accuracy is only {shown_share(_reached(e))}.",
        seen_in=Evidence.ACTIVATIONS,
        advice=f"Train with a third of the learning rate: {rate:g} instead of {e.config.training.learning_rate:g}.",
        changes={"learning_rate": rate},
        layer=layer,
        unit=int(dead.argmax()),
    )


def spare_units(e: HintEvidence) -> Hint | None:
    """Many units of a ReLU layer are dead, but the network fits its training images well without them."""
    found = _worst_layer(e)
    if found is None or not _fits(e):
        return None
    layer, dead = found
    return Hint(
        kind=HintKind.SPARE_UNITS,
        title="Dead ReLU units without effect",
        evidence=f"{_share(layer, dead)} Training accuracy is {shown_share(_reached(e))} without them.",
        seen_in=Evidence.ACTIVATIONS,
        advice=f"They do no harm. {layer} could have fewer units: {int((~dead).sum())} are in use.",
        layer=layer,
        unit=int(dead.argmax()),
    )


def _fits(e: HintEvidence) -> bool:
    return _reached(e) >= GOOD_ACCURACY


def _reached(e: HintEvidence) -> float:
    return max(m.accuracy for m in e.history)


def _worst_layer(e: HintEvidence) -> tuple[str, np.ndarray] | None:
    """The layer with the largest share of dead units, if that is large."""
    many = {name: dead for name, dead in (e.dead_units or {}).items() if len(dead) and dead.mean() >= DEAD_SHARE}
    return max(many.items(), key=lambda item: float(item[1].mean()), default=None)


def _share(layer: str, dead: np.ndarray) -> str:
    share = shown_share(float(dead.mean()))
    return f"{share} of the units of {layer} have an activation of 0 for every image that was tried."
