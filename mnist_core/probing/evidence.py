"""Evidence for one label against another: changes of the log-odds by occlusion of the image and ablation of filters.

The log-odds, here called margin, are the natural logarithm of the ratio of the probabilities of the two labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, UInt8Array
from mnist_core.data.scaling import Scaler
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights
from mnist_core.network.muting import MutedNetwork, muteable_layers
from mnist_core.network.operations import Array
from mnist_core.network.scoring import score_images

PATCH = 5
STEP = 2

SMALLEST = 1e-30
"""Probabilities are raised to this before the logarithm."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FilterPush:
    """One filter of a convolution, and the effect of its ablation.

    Attributes:
        push: margin with the filter minus margin without it: above 0 it is evidence for the first label.
        activation: its output for the digit, float32 (height, width).
    """

    layer: str
    filter: int
    push: float
    activation: Array


def margin(probabilities: Array, first: int, second: int) -> NDArray[np.float64]:
    """Log-odds (N,) of `first` against `second`, from probabilities (N, 10)."""
    values = np.maximum(probabilities.astype(np.float64), SMALLEST)
    found: NDArray[np.float64] = np.log(values[:, first]) - np.log(values[:, second])
    return found


def occlusion_map(
    architecture: Architecture, weights: Weights, scaler: Scaler, image: UInt8Array, *, first: int, second: int
) -> NDArray[np.float32]:
    """The occlusion map for `first` against `second`, float32 (28, 28).

    A square of `PATCH` x `PATCH` pixels is set to background, step by step over the whole image; each pixel gets the
    mean change of the margin over the squares that covered it. Above 0: the ink there is evidence for `first`. Source:
    Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014.

    Args:
        image: uint8 (28, 28).
    """
    _check_labels(first, second)
    return occlusion_of(
        image, lambda images: margin(score_images(architecture, weights, scaler, images), first, second)
    )


def occlusion_of(image: UInt8Array, score: Callable[[UInt8Array], NDArray[Any]]) -> NDArray[np.float32]:
    """The mean fall of a score, float32 (28, 28), over the squares of `PATCH` x `PATCH` pixels that cover each pixel.

    Args:
        image: uint8 (28, 28).
        score: of images uint8 (N, 28, 28), (N,).
    """
    corners = [(row, column) for row in _starts() for column in _starts()]
    covered = np.repeat(image[np.newaxis], len(corners) + 1, axis=0)
    for i, (row, column) in enumerate(corners):
        covered[i, max(0, row) : row + PATCH, max(0, column) : column + PATCH] = 0
    # Many squares cover only background and change nothing; each different image is scored once.
    places: dict[bytes, int] = {}
    which = [places.setdefault(part.tobytes(), len(places)) for part in covered]
    different = np.frombuffer(b"".join(places), np.uint8).reshape(-1, SIDE, SIDE)
    scores = np.asarray(score(different), np.float64)[which]
    total, times = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for (row, column), value in zip(corners, scores[-1] - scores[:-1], strict=True):
        place = slice(max(0, row), row + PATCH), slice(max(0, column), column + PATCH)
        total[place] += value
        times[place] += 1
    return (total / np.maximum(times, 1)).astype(np.float32)


def filter_pushes(
    architecture: Architecture, weights: Weights, scaler: Scaler, image: UInt8Array, *, first: int, second: int
) -> tuple[FilterPush, ...]:
    """Every filter of the last convolution, the most influential one first; none without a convolution.

    A filter is ablated as `MutedNetwork` does it: its output is set to 0, behind the batch normalisation and the
    activation that follow.

    Args:
        image: uint8 (28, 28).
    """
    _check_labels(first, second)
    convolutions = [layer for layer in muteable_layers(architecture) if layer.is_convolution and not layer.is_skip]
    if not convolutions:
        return ()
    layer = convolutions[-1]
    network, x = MutedNetwork(architecture, weights, layer.name), scaler.apply(image[np.newaxis])
    maps, state = network.outputs(x)[0], network.before(x)
    whole = float(margin(network.after(state), first, second)[0])
    found = [
        FilterPush(
            layer=layer.name,
            filter=position,
            push=whole - float(margin(network.after(state, position), first, second)[0]),
            activation=maps[..., position],
        )
        for position in range(layer.n)
    ]
    return tuple(sorted(found, key=lambda item: -abs(item.push)))


def _starts() -> range:
    """First rows (or columns) of the squares; some extend beyond the image, so that all pixels are covered equally."""
    reach = math.ceil(PATCH / STEP) * STEP - STEP
    return range(-reach, SIDE, STEP)


def _check_labels(first: int, second: int) -> None:
    if not (0 <= first < N_CLASSES and 0 <= second < N_CLASSES and first != second):
        raise ConfigError.invalid(
            "labels", expected=f"two different labels from 0 to {N_CLASSES - 1}", received=(first, second)
        )
