"""What the filters of a convolution respond to in the data: which are dead, and which are nearly the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Activation
from mnist_core.models.shapes import size_of
from mnist_core.network.feature_maps import Progress, Responses, responses, step_values
from mnist_core.network.filters import ALIKE, FilterBank
from mnist_core.network.forward import Weights, images_at_once
from mnist_core.network.operations import Array
from mnist_core.network.steps import Operation, Step, step_named, steps_of

MAX_POSITIONS, MAX_NUMBERS = 60_000, 12_000_000
"""At most so many positions, and so many values (48 MB), are compared between the filters of a layer."""

N_NAMED = 5
"""Near-duplicate pairs that are named."""

_PASSED = frozenset({Operation.BATCH_NORM, Operation.ACTIVATION, Operation.DROPOUT})


@dataclass(frozen=True, kw_only=True, slots=True)
class AlikeFilters:
    """Two filters of a layer that are nearly the same, by their weights or by what they respond to.

    Attributes:
        first, second: their positions in the layer.
        cosine: cosine similarity of their weights, -1 to 1.
        correlation: of their feature maps over the data, -1 to 1; NaN if one of them never changes.
    """

    first: int
    second: int
    cosine: float
    correlation: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FilterFindings:
    """What the filters of one convolution respond to in some images.

    Attributes:
        responses: their peaks in each image, read at the step `responses.layer`.
        is_rectified: True if a ReLU came before: a filter that is never above 0 then changes nothing.
        n_images, n_compared: images whose peaks are known, and the first of them whose feature maps are correlated.
        n_alike: pairs of filters whose cosine similarity or correlation is at least `ALIKE`.
        alike: the most alike of them, `N_NAMED` at most. Feature maps are correlated position by position.
    """

    responses: Responses
    is_rectified: bool
    n_images: int
    n_compared: int
    n_alike: int
    alike: tuple[AlikeFilters, ...]

    @property
    def never_positive(self) -> NDArray[np.int64]:
        """The filters whose response was above 0 nowhere."""
        return np.flatnonzero(~(self.responses.peaks > 0).any(axis=0))


def find_responses(
    architecture: Architecture, weights: Weights, x: Array, bank: FilterBank, *, progress: Progress | None = None
) -> FilterFindings:
    """What each filter of a convolution responds to in scaled images, float32 (N, 28, 28, 1).

    Raises:
        ConfigError: the network has no such convolution.
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: the weights do not fit the network.
    """
    read_at = response_step(architecture, bank.step)
    name = bank.step if read_at is None else read_at.name
    found = responses(architecture, weights, x, name, progress=progress)
    correlations, n_compared = _correlations(architecture, weights, x, name)
    n_alike, alike = _alike_filters(bank, correlations)
    return FilterFindings(
        responses=found,
        is_rectified=read_at is not None and read_at.activation is Activation.RELU,
        n_images=len(x),
        n_compared=n_compared,
        n_alike=n_alike,
        alike=alike,
    )


def response_step(architecture: Architecture, convolution: str) -> Step | None:
    """Where the response of a convolution's filters is read: behind its activation function, if it has one.

    That may be a later step: the normalisation and the activation between belong to each filter by itself. None if the
    network has no step of that name.
    """
    step = step_named(architecture, convolution)
    end = step
    while end is not None and end.activation is Activation.LINEAR:
        readers = [other for other in steps_of(architecture) if end.name in other.inputs]
        if len(readers) != 1 or readers[0].operation not in _PASSED:
            return step
        end = readers[0]
    return end


def _alike_filters(bank: FilterBank, correlations: Array) -> tuple[int, tuple[AlikeFilters, ...]]:
    """How many pairs of filters reach `ALIKE` in cosine similarity or correlation, and the most alike of them."""
    cosines, known = bank.cosines, np.nan_to_num(correlations)
    first, second = np.nonzero(np.triu((cosines >= ALIKE) | (known >= ALIKE), k=1))
    order = np.argsort(-(cosines[first, second] + known[first, second]), kind="stable")[:N_NAMED]
    pairs = [
        AlikeFilters(first=one, second=two, cosine=float(cosines[one, two]), correlation=float(correlations[one, two]))
        for one, two in zip(first[order].tolist(), second[order].tolist(), strict=True)
    ]
    return len(first), tuple(pairs)


def _correlations(architecture: Architecture, weights: Weights, x: Array, name: str) -> tuple[Array, int]:
    """The correlations, and of how many images; of the first, as many as there is room for."""
    step = step_named(architecture, name)
    assert step is not None  # the responses were read there
    positions, channels = size_of(step.output_shape[:2]), step.output_shape[-1]
    count = min(len(x), max(2, min(MAX_POSITIONS, MAX_NUMBERS // channels) // positions))
    size = images_at_once(architecture)
    parts = [step_values(architecture, weights, x[i : min(i + size, count)], name) for i in range(0, count, size)]
    values = np.concatenate(parts).reshape(-1, channels)
    with np.errstate(all="ignore"):
        values = values - values.mean(axis=0, dtype=np.float64).astype(np.float32)
        lengths = np.sqrt(np.square(values, dtype=np.float32).sum(axis=0, dtype=np.float64))
        products = (values.T @ values).astype(np.float64) / np.outer(lengths, lengths)
    found: Array = np.clip(products, -1, 1).astype(np.float32)
    return found, count
