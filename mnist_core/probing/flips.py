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
        values: the amounts that are tried, ascending, with `neutral` among them.
        apply: takes images uint8 (N, 28, 28) and an amount, and returns images.
        fine: step of the search for a flip between two of `values`; 0 if these are close enough.
    """

    title: str
    unit: str
    neutral: float
    values: tuple[float, ...]
    apply: Callable[[UInt8Array, float], UInt8Array]
    fine: float = 0

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest amount."""
        return self.values[0], self.values[-1]


def _steps(low: float, high: float, step: float) -> tuple[float, ...]:
    return tuple(round(low + i * step, 6) for i in range(round((high - low) / step) + 1))


OPERATIONS: Mapping[str, Operation] = {
    "rotate": Operation(
        title="Rotate", unit="°", neutral=0, values=_steps(-60, 60, 6), apply=distortions.rotated, fine=1.0
    ),
    "right": Operation(
        title="Shift right",
        unit=" pixels",
        neutral=0,
        values=_steps(-10, 10, 1),
        apply=lambda images, pixels: distortions.shifted(images, pixels, 0),
    ),
    "down": Operation(
        title="Shift down",
        unit=" pixels",
        neutral=0,
        values=_steps(-10, 10, 1),
        apply=lambda images, pixels: distortions.shifted(images, 0, pixels),
    ),
    "scale": Operation(
        title="Scale", unit=" times", neutral=1, values=_steps(0.4, 1.6, 0.1), apply=distortions.resized
    ),
    "thickness": Operation(
        title="Thickness",
        unit=" pixels per side",
        neutral=0,
        values=_steps(-1.2, 2.8, 0.2),
        apply=distortions.thickened,
    ),
}  # fmt: skip
"""Every edit by name, in the order in which they are applied to a digit."""


class Flip(NamedTuple):
    """The first amount in one direction at which the predicted label changes, and the new label."""

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
    def below(self) -> Flip | None:
        """The flip nearest to `neutral` among smaller amounts; None if the predicted label does not change."""
        return self._first(range(self._middle - 1, -1, -1))

    @property
    def above(self) -> Flip | None:
        """The flip nearest to `neutral` among larger amounts; None if the predicted label does not change."""
        return self._first(range(self._middle + 1, len(self.values)))

    @property
    def _middle(self) -> int:
        return int(np.abs(self.values - self.neutral).argmin())

    def _first(self, places: range) -> Flip | None:
        labels = self.labels
        for place in places:
            if labels[place] != labels[self._middle]:
                return Flip(float(self.values[place]), int(labels[place]))
        return None


def flip_curves(image: UInt8Array, score: Score) -> dict[str, FlipCurve]:
    """The curve of every edit for one digit, uint8 (28, 28): all scored together, then refined around each flip."""
    changed = [
        operation.apply(image[np.newaxis], value) for operation in OPERATIONS.values() for value in operation.values
    ]
    probabilities = score(np.concatenate(changed))
    curves, start = {}, 0
    for name, operation in OPERATIONS.items():
        stop = start + len(operation.values)
        curves[name] = _finer(
            FlipCurve(
                values=np.array(operation.values), probabilities=probabilities[start:stop], neutral=operation.neutral
            ),
            operation,
            image,
            score,
        )
        start = stop
    return curves


def _finer(curve: FlipCurve, operation: Operation, image: UInt8Array, score: Score) -> FlipCurve:
    """The curve with further amounts before each flip."""
    flips = [flip.value for flip in (curve.below, curve.above) if flip]
    if not operation.fine or not flips:
        return curve
    step = float(np.diff(curve.values).min())
    towards = [(value, -1 if value > operation.neutral else 1) for value in flips]
    between = np.array(
        [
            value + way * i * operation.fine
            for value, way in towards
            for i in range(1, round(step / operation.fine))
        ]
    )  # fmt: skip
    found = score(np.concatenate([operation.apply(image[np.newaxis], float(value)) for value in between]))
    values, probabilities = np.append(curve.values, between), np.concatenate([curve.probabilities, found])
    order = np.argsort(values, kind="stable")
    return FlipCurve(values=values[order], probabilities=probabilities[order], neutral=curve.neutral)


def operated(image: UInt8Array, amounts: Mapping[str, float]) -> UInt8Array:
    """One digit, uint8 (28, 28), after several edits; those that are not named are left out."""
    changed = image[np.newaxis]
    for name, operation in OPERATIONS.items():
        if amounts.get(name, operation.neutral) != operation.neutral:
            changed = operation.apply(changed, amounts[name])
    result: UInt8Array = changed[0]
    return result
