"""The filters of a network, with statistics of their weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights, checked_weights
from mnist_core.network.operations import Array
from mnist_core.network.single_thread import single_threaded

NEAR_ZERO = 0.01
"""A weight below this share of the largest of the layer is near zero."""

FAINT = 0.05
"""A filter whose norm is below this share of the layer's median has hardly any effect."""

ALIKE = 0.98
"""Two filters with a cosine similarity above this have nearly the same feature maps, up to a factor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterStatistics:
    """Statistics of the weights of one filter.

    Attributes:
        position: of the filter in its layer, from 0.
        norm: square root of the sum of squares.
        sparsity: share of near-zero weights, from 0 to 1.
        is_faint: True if its norm is far below that of the others.
        duplicate_of: an earlier filter that is nearly the same, or None.
        similarity: highest cosine similarity with another filter of the layer, -1 to 1; 0 if there is none.
    """

    position: int
    norm: float
    mean: float
    smallest: float
    largest: float
    sparsity: float
    is_faint: bool
    duplicate_of: int | None
    similarity: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FilterBank:
    """All filters of one convolution.

    Attributes:
        layer: name of the convolution, such as `conv_1`; inside a residual block `residual_1_conv_1`.
        part: `kernel`, or for a separable convolution `depthwise_kernel` or `pointwise_kernel`.
        kernels: float32 (height, width, inputs, filters), read-only. A depthwise filter has one input.
    """

    layer: str
    part: str
    kernels: Array
    statistics: tuple[FilterStatistics, ...]

    @property
    def name(self) -> str:
        """The name of the weights, such as `conv_1/kernel`."""
        return f"{self.layer}/{self.part}"

    @property
    def limit(self) -> float:
        """The largest absolute weight that is a number, for one colour scale from -limit to limit."""
        sizes = np.abs(self.kernels)
        return float(sizes.max(initial=0.0, where=np.isfinite(sizes)))

    @property
    def step(self) -> str:
        """The step of the network that uses them, such as `conv_1` or `separable_conv_1_depthwise`."""
        return f"{self.layer}_depthwise" if self.part == "depthwise_kernel" else self.layer

    @property
    def cosines(self) -> NDArray[np.float64]:
        """Cosine similarity of every two filters, (filters, filters), with -1 on the diagonal."""
        flat = self.kernels.reshape(-1, self.kernels.shape[-1]).T.astype(np.float64)
        return _cosines(flat, np.linalg.norm(flat, axis=1))

    def channel_norms(self, position: int) -> NDArray[np.float64]:
        """The norm of each slice of a filter, (inputs,): how strongly it reads each of its input channels."""
        slices = self.kernels[..., position].astype(np.float64)
        norms: NDArray[np.float64] = np.sqrt(np.square(slices).sum(axis=(0, 1)))
        return norms

    def main_slice(self, position: int) -> int:
        """The input channel on which a filter has its slice of highest norm."""
        return int(self.channel_norms(position).argmax())


def filter_banks(architecture: Architecture, weights: Weights) -> tuple[FilterBank, ...]:
    """The filters of every convolution, in the order of the network; empty if it has none.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    checked = checked_weights(architecture, weights)
    with single_threaded():
        return tuple(_bank(name, kernel) for name, kernel in checked.items() if kernel.ndim == 4)


def common_limit(banks: Iterable[FilterBank]) -> float:
    """The largest weight of all banks, for one scale over the whole network; 0 if there are none."""
    return max((bank.limit for bank in banks), default=0.0)


def filter_statistics(kernels: Array) -> tuple[FilterStatistics, ...]:
    """Statistics of each filter of kernels (height, width, inputs, filters)."""
    flat = kernels.reshape(-1, kernels.shape[-1]).T.astype(np.float64)
    sizes = np.abs(flat)
    norms = np.linalg.norm(flat, axis=1)
    cosines = _cosines(flat, norms)
    columns = {
        "norm": norms,
        "mean": flat.mean(axis=1),
        "smallest": flat.min(axis=1),
        "largest": flat.max(axis=1),
        "sparsity": (sizes <= NEAR_ZERO * sizes.max()).mean(axis=1),
        "is_faint": norms <= FAINT * np.median(norms),
        "similarity": cosines.max(axis=1) if len(flat) > 1 else np.zeros(1),
    }
    plain = {name: column.tolist() for name, column in columns.items()}
    return tuple(
        FilterStatistics(
            position=position,
            duplicate_of=_duplicate_of(cosines, position),
            **{name: column[position] for name, column in plain.items()},
        )
        for position in range(len(flat))
    )


def _bank(name: str, kernel: Array) -> FilterBank:
    layer, part = name.rsplit("/", 1)
    if part == "depthwise_kernel":  # (height, width, channels, 1): each channel has a filter of its own
        kernel = kernel.transpose(0, 1, 3, 2)
    kernels = np.array(kernel)
    kernels.setflags(write=False)
    return FilterBank(layer=layer, part=part, kernels=kernels, statistics=filter_statistics(kernels))


def _cosines(flat: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine similarity of every pair of filters, with -1 on the diagonal; a filter of zeros is similar to none."""
    unit = flat / np.where(norms > 0, norms, 1)[:, np.newaxis]
    cosines: NDArray[np.float64] = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    return cosines


def _duplicate_of(cosines: NDArray[np.float64], position: int) -> int | None:
    alike = np.flatnonzero(cosines[position, :position] >= ALIKE)
    return int(alike[0]) if len(alike) else None
