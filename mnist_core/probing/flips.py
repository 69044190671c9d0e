"""Flips: the angle, shift, scale or thickness at which the predicted label of a digit changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.network.operations import Array
from mnist_core.probing import distortions

Score = Callable[[UInt8Array], Array]
"""Probabilities (N, 10) of images uint8 (N, 28, 28)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An edit of a digit by an amount; 0 (1 for a factor) is no change.

    Attributes:
        low, high: the smallest and the largest amount, a whole number of steps from `neutral`.
        step: the resolution: every amount from `low` to `high` in these steps is tried. A label that the network
            predicts only between two of them is not seen.
        apply: takes images uint8 (N, 28, 28) and an amount, and returns images.
    """

    title: str
    unit: str
    neutral: float
    low: float
    high: float
    step: float
    apply: Callable[[UInt8Array, float], UInt8Array]

    @property
    def values(self) -> tuple[float, ...]:
        """The amounts that are tried, ascending, with `neutral` among them."""
        n = round((self.high - self.low) / self.step) + 1
        return tuple(round(self.low + i * self.step, 6) for i in range(n))


OPERATIONS: Mapping[str, Operation] = {
    "rotate": Operation(
        title="Rotate", unit="°", neutral=0, low=-60, high=60, step=1, apply=distortions.rotated
    ),
    "right": Operation(
        title="Shift right", unit=" pixels", neutral=0, low=-10, high=10, step=0.25,
        apply=lambda images, pixels: distortions.shifted(images, pixels, 0),
    ),
    "down": Operation(
        title="Shift down", unit=" pixels", neutral=0, low=-10, high=10, step=0.25,
        apply=lambda images, pixels: distortions.shifted(images, 0, pixels),
    ),
    # A digit is 20 pixels high: a factor of 0.02 moves its ends by 0.2 pixels.
    "scale": Operation(
        title="Scale", unit=" times", neutral=1, low=0.4, high=1.6, step=0.02, apply=distortions.resized
    ),
    "thickness": Operation(
        title="Thickness", unit=" pixels per side", neutral=0, low=-1.2, high=2.8, step=0.1,
        apply=distortions.thickened,
    ),
}  # fmt: skip
"""Every edit by name, in the order in which they are applied to a digit."""


class Flip(NamedTuple):
    """An amount at which the predicted label is another than one step closer to no change, and that label."""

    value: float
    label: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FlipCurve:
    """The probabilities of a digit at each amount of an edit.

    Attributes:
        values: (K,), ascending.
        probabilities: float32 (K, 10).
        neutral: the amount for no change.
    """

    values: NDArray[np.float64]
    probabilities: Array
    neutral: float

    @property
    def answer(self) -> int:
        """The predicted label of the unchanged digit."""
        return int(self.labels[self._middle])

    @property
    def labels(self) -> NDArray[np.int64]:
        """The most probable label at each amount, int64 (K,)."""
        labels: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return labels

    @property
    def below(self) -> tuple[Flip, ...]:
        """Every flip among smaller amounts, the nearest to `neutral` first; a return to the first label is one too."""
        return self._flips(range(self._middle - 1, -1, -1))

    @property
    def above(self) -> tuple[Flip, ...]:
        """Every flip among larger amounts, the nearest to `neutral` first."""
        return self._flips(range(self._middle + 1, len(self.values)))

    @property
    def _middle(self) -> int:
        return int(np.abs(self.values - self.neutral).argmin())

    def _flips(self, places: range) -> tuple[Flip, ...]:
        labels, found = self.labels, []
        before = self.answer
        for place in places:
            if labels[place] != before:
                before = int(labels[place])
                found.append(Flip(float(self.values[place]), before))
        return tuple(found)


def flip_curve(image: UInt8Array, operation: Operation, score: Score) -> FlipCurve:
    """The curve of one edit for a digit, uint8 (28, 28): every amount is tried."""
    values = operation.values
    changed = np.concatenate([operation.apply(image[np.newaxis], value) for value in values])
    return FlipCurve(values=np.array(values), probabilities=score(changed), neutral=operation.neutral)


def operated(image: UInt8Array, amounts: Mapping[str, float]) -> UInt8Array:
    """One digit, uint8 (28, 28), after several edits; those that are not named are left out."""
    changed = image[np.newaxis]
    for name, operation in OPERATIONS.items():
        if amounts.get(name, operation.neutral) != operation.neutral:
            changed = operation.apply(changed, amounts[name])
    result: UInt8Array = changed[0]
    return result
