"""Attribution: which pixels of a digit raise or lower the score of a class, by four methods.

Scores are logits, the numbers that softmax turns into probabilities: of one class, or of one class minus that of
another, which is their log-odds. `attribute.py` computes the maps with Keras, in the helper.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, UInt8Array
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Residual, SeparableConv
from mnist_core.network.operations import Array
from mnist_core.probing.evidence import PATCH
from mnist_core.probing.helper.messages import Answer

QUESTION = "attribution"

FIRST_STEPS, MOST_STEPS = 64, 1024
TOLERANCE = 0.01
"""Integrated gradients take more steps until they add up this well, as a share of the difference of the scores."""


class Method(StrEnum):
    """The methods, in the order of the screen."""

    SALIENCY = "saliency"
    INTEGRATED = "integrated"
    GRAD_CAM = "grad_cam"
    OCCLUSION = "occlusion"


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A method in words.

    Attributes:
        unit: of its numbers.
        shows: what a map shows; a sentence.
        misleads: where it misleads; a sentence.
        source: the paper.
    """

    title: str
    unit: str
    shows: str
    misleads: str
    source: str


METHODS: Mapping[Method, Described] = {
    Method.SALIENCY: Described(
        title="Saliency",
        unit="logits per unit of scaled input",
        shows="The gradient: how fast the score rises if a pixel gets a little brighter.",
        misleads="It says what would change the score, not what made it, and is noisy: background pixels count too.",
        source="Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks, ICLR 2014 (workshop)",
    ),
    Method.INTEGRATED: Described(
        title="Integrated gradients",
        unit="logits",
        shows="The share of each pixel in the score: gradients, added up while the digit fades in from an empty image.",
        misleads="Background pixels always get 0, so missing ink is never shown, and strokes always stand out.",
        source="Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, ICML 2017",
    ),
    Method.GRAD_CAM: Described(
        title="Grad-CAM",
        unit="logits, weighted by gradients",
        shows="Where the feature maps of the last convolution that raise the score are active.",
        misleads="As coarse as those maps, and evidence against the class is left out.",
        source="Selvaraju et al., Grad-CAM: visual explanations from deep networks, ICCV 2017",
    ),
    Method.OCCLUSION: Described(
        title="Occlusion",
        unit="logits",
        shows=f"The mean fall of the score when a square of {PATCH} × {PATCH} pixels around a pixel is covered.",
        misleads="Covered strokes are unlike any training digit; of two redundant strokes, neither is found.",
        source="Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Attribution:
    """The maps of one digit for a class, or for one class against another; float32 (28, 28), above 0 for the class.

    Attributes:
        towards, against: the classes; `against` is None for the score of one class.
        maps: by method; Grad-CAM is missing where there is no feature map to look at.
        logits: (10,), of the digit.
        empty_logits: (10,), of an image without ink, where integrated gradients start.
        steps: of integrated gradients.
    """

    towards: int
    against: int | None
    maps: Mapping[Method, Array]
    logits: Array
    empty_logits: Array
    steps: int

    @property
    def score(self) -> float:
        """Of the digit, in logits."""
        return self._score(self.logits)

    @property
    def empty_score(self) -> float:
        """Of an image without ink, in logits."""
        return self._score(self.empty_logits)

    @property
    def integrated_sum(self) -> float:
        """The sum of integrated gradients over all pixels: the difference of the two scores, if there were no error."""
        return float(self.maps[Method.INTEGRATED].sum(dtype=np.float64))

    def _score(self, logits: Array) -> float:
        return float(logits[self.towards]) - (0.0 if self.against is None else float(logits[self.against]))


def asked_attribution(
    image: UInt8Array, towards: int, against: int | None, *, seed: int | None = None
) -> dict[str, Any]:
    """The question for the helper.

    Args:
        image: plain pixels, uint8 (28, 28): a digit of a data set, or a drawn one.
        towards, against: the class, and the one it is compared with.
        seed: ask a network of the same architecture with random weights, drawn from this seed.

    Raises:
        ConfigError: the classes are not two different labels, or the image has another shape.
    """
    if image.shape != (SIDE, SIDE) or image.dtype != np.uint8:
        raise ConfigError.invalid("image", expected="uint8 (28, 28)", received=f"{image.dtype} {image.shape}")
    labels = [towards] if against is None else [towards, against]
    if not all(0 <= label < N_CLASSES for label in labels) or towards == against:
        raise ConfigError.invalid("labels", expected="different labels from 0 to 9", received=(towards, against))
    pixels = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()
    return {
        "image": pixels,
        "towards": int(towards),
        "against": None if against is None else int(against),
        "seed": seed,
    }


def read_attribution(arrays: Answer) -> Attribution:
    """The answer.

    Raises:
        KeyError, ValueError: an array is missing or has another shape.
    """
    maps = {method: arrays[method] for method in Method if method in arrays}
    if any(found.shape != (SIDE, SIDE) for found in maps.values()) or arrays["logits"].shape != (N_CLASSES,):
        raise ValueError("An array has another shape.")
    for method in (Method.SALIENCY, Method.INTEGRATED, Method.OCCLUSION):
        maps[method]  # a KeyError if it is missing
    towards, against, steps = (int(number) for number in arrays["numbers"])
    return Attribution(
        towards=towards,
        against=None if against < 0 else against,
        maps=maps,
        logits=arrays["logits"],
        empty_logits=arrays["empty_logits"],
        steps=steps,
    )


def cam_layer(architecture: Architecture) -> str | None:
    """The layer Grad-CAM looks at, the last with a convolution; None if there is none with more than one position."""
    kinds = (Conv.kind, SeparableConv.kind, Residual.kind)
    rows = [row for row in architecture.rows if row.kind in kinds and row.output_shape[0] * row.output_shape[1] > 1]
    return rows[-1].name if rows else None


def similarity(first: NDArray[Any], second: NDArray[Any], *, is_signed: bool = True) -> float | None:
    """Spearman's rank correlation of two maps over their pixels; None if one is the same everywhere.

    1 is the same order of pixels, 0 none in common. Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018,
    compare maps so, with and without their signs.
    """
    if not is_signed:
        first, second = np.abs(first), np.abs(second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks of all values in one row; equal ones share the mean of theirs."""
    _, which, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return ranks
