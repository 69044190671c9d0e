"""Feature pictures: images that excite a filter, a unit or a class most, found by gradient ascent.

Erhan, Bengio, Courville and Vincent, Visualizing higher-layer features of a deep network, 2009; the regularisers are
those of Yosinski et al., Understanding neural networks through deep visualization, 2015. `excite.py` computes them with
Keras, in the helper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE, Dataset, UInt8Array
from mnist_core.fields import check_fields, integer, real, to_dict
from mnist_core.models.architecture import OUTPUT, Architecture, LayerRow
from mnist_core.models.layers import Conv, Dense, Residual, SeparableConv
from mnist_core.network.operations import Array
from mnist_core.probing.helper.messages import Answer

PICTURES, EXCITING = "pictures", "exciting"

N_TOP = 9
N_SEARCHED = 2_000
"""Digits of a split that are searched, evenly spread over it."""

PERCENTILE = 99


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureSettings:
    """How a picture is searched for."""

    steps: int = integer(
        128, low=8, high=512, step=8, label="Steps", help="Steps of gradient ascent. More take longer."
    )
    step_size: float = real(
        0.05,
        low=0.01,
        high=0.5,
        step=0.01,
        label="Step size",
        help="How much pixels change in a step, root mean square; 1 is from black to white.",
    )
    jitter: int = integer(
        1,
        low=0,
        high=4,
        label="Jitter (pixels)",
        help="The picture is shifted at random by up to this many pixels in each step, so it excites at any position.",
    )
    blur: float = real(
        0.5,
        low=0,
        high=2,
        step=0.1,
        label="Blur (pixels)",
        help="Standard deviation of the Gaussian blur after every fourth step but the last ones: against speckles.",
    )
    decay: float = real(
        0.02,
        low=0,
        high=0.2,
        step=0.01,
        label="L2 decay",
        help="The share by which each pixel fades in each step, which is L2 regularisation: ink that does not help "
        "disappears.",
    )
    seed: int = integer(0, low=0, high=9_999, label="Seed", help="Of the noise it starts from and of the jitter.")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FeaturePictures:
    """Pictures for channels of a layer, and what they excite.

    Attributes:
        channels: int64 (N,): numbers of filters, units or classes.
        images: uint8 (N, 28, 28).
        activations, starts: float32 (N,), of the pictures and of the noise they started from, as `excitations`.
    """

    channels: NDArray[np.int64]
    images: UInt8Array
    activations: Array
    starts: Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExcitingDigits:
    """The real digits that excite each channel of a layer most.

    Attributes:
        rows: int64 (channels, `N_TOP`), of the split; the highest first.
        values: float32, their activations.
        percentiles: float32 (channels,), the 99th of the activations of all digits that were searched.
        searched: how many.
    """

    rows: NDArray[np.int64]
    values: Array
    percentiles: Array
    searched: int


def pictured_layers(architecture: Architecture) -> tuple[LayerRow, ...]:
    """The layers with filters, units or classes of their own, in the order of the network."""
    kinds = (Conv.kind, SeparableConv.kind, Residual.kind, Dense.kind, OUTPUT)
    return tuple(row for row in architecture.rows if row.kind in kinds)


def asked_pictures(layer: str, channels: Sequence[int], settings: PictureSettings) -> dict[str, Any]:
    """The question for the helper."""
    return {"layer": layer, "channels": [int(channel) for channel in channels], "settings": to_dict(settings)}


def asked_exciting(layer: str, dataset: Dataset, split: str) -> dict[str, Any]:
    """The question for the helper; with the content of the data set, which a name can have again."""
    return {"layer": layer, "dataset": dataset.name, "sha256": dataset.sha256, "split": str(split)}


def read_pictures(arrays: Answer) -> FeaturePictures:
    """The answer.

    Raises:
        KeyError, ValueError: an array is missing or has another shape.
    """
    n = len(arrays["channels"])
    if arrays["images"].shape != (n, SIDE, SIDE) or arrays["images"].dtype != np.uint8:
        raise ValueError("The images have another shape.")
    if arrays["activations"].shape != (n,) or arrays["starts"].shape != (n,):
        raise ValueError("There is not one activation for each image.")
    return FeaturePictures(
        channels=arrays["channels"],
        images=arrays["images"],
        activations=arrays["activations"],
        starts=arrays["starts"],
    )


def read_exciting(arrays: Answer) -> ExcitingDigits:
    """The answer.

    Raises:
        KeyError, ValueError: an array is missing or has another shape.
    """
    rows, values = arrays["rows"], arrays["values"]
    if rows.ndim != 2 or rows.shape != values.shape or len(arrays["percentiles"]) != len(rows):
        raise ValueError("The arrays do not match.")
    return ExcitingDigits(rows=rows, values=values, percentiles=arrays["percentiles"], searched=int(arrays["searched"]))


def searched_rows(n_images: int) -> NDArray[np.int64]:
    """Rows of a split of so many images that are searched for exciting digits, ascending."""
    return np.unique(np.linspace(0, n_images - 1, min(n_images, N_SEARCHED)).round().astype(np.int64))
