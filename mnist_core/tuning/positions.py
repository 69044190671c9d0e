"""Where the values of a dimension lie on an axis from 0 to 1: evenly for lists, by factors where it is searched so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.tuning.space import Choices, Dimension

N_TICKS = 5
MAX_TICKS = 12
NEAR = 0.02
"""Added to a distance, in shares of an axis, so that a trial does not outweigh all others at its own place."""


def position(dimension: Dimension, value: Any) -> float:
    """The place of a value."""
    if isinstance(dimension, Choices):
        return (dimension.values.index(value) + 0.5) / len(dimension.values) if value in dimension.values else 0.0
    low, high = dimension.low, dimension.high
    if dimension.log:
        return math.log(float(value) / low) / math.log(high / low)
    return (float(value) - low) / (high - low)


def value_at(dimension: Dimension, place: float) -> Any:
    """The value at a place from 0 to below 1, where each value of a list or a range with steps has the same room."""
    if isinstance(dimension, Choices):
        return dimension.values[int(place * len(dimension.values))]
    low, high = dimension.low, dimension.high
    if dimension.log:
        found = low * (high / low) ** place
        return round(found) if isinstance(low, int) else found
    return low + place * (high - low) if dimension.count is None else dimension.value(int(place * dimension.count))


def ticks(dimension: Dimension) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Places and labels for an axis."""
    values = dimension.values[:MAX_TICKS] if isinstance(dimension, Choices) else _numbers(dimension)
    return tuple(position(dimension, value) for value in values), tuple(value_words(value) for value in values)


def value_words(value: Any) -> str:
    """A value of a setting in a few characters."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _numbers(dimension: Dimension) -> Sequence[float]:
    assert not isinstance(dimension, Choices)
    low, high = dimension.low, dimension.high
    if dimension.log:
        tens = [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
        return tens if len(tens) > 1 else (low, high)
    if dimension.count is not None and dimension.count <= N_TICKS:
        return tuple(dimension.value(place) for place in range(dimension.count))
    found = np.linspace(low, high, N_TICKS)
    return tuple(
        dict.fromkeys(int(round(value)) if isinstance(low, int) else round(float(value), 6) for value in found)
    )


def surface(points: Sequence[tuple[float, float]], values: Sequence[float], *, side: int) -> npt.NDArray[np.float64]:
    """Values between points: float64 (side, side), rows along the second coordinate, on a grid from 0 to 1.

    Each is the mean of all values, weighted by the inverse square of the distance. Source: Shepard, A two-dimensional
    interpolation function for irregularly-spaced data, 1968.
    """
    grid = np.linspace(0, 1, side)
    x, y = np.meshgrid(grid, grid)
    at = np.asarray(points, np.float64)
    squares = (x[..., np.newaxis] - at[:, 0]) ** 2 + (y[..., np.newaxis] - at[:, 1]) ** 2
    weights = 1 / (squares + NEAR**2)
    found: npt.NDArray[np.float64] = (weights * np.asarray(values)).sum(axis=-1) / weights.sum(axis=-1)
    return found


def point_words(point: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """A point in a sentence: "learning rate 0.003, conv_1 filters 16"."""
    return ", ".join(f"{labels.get(name, name)} {value_words(value)}" for name, value in point.items())
