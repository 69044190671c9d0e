"""Weight images: the weights from every pixel to each unit of a dense layer on the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.models.architecture import INPUT_SHAPE, OUTPUT, Architecture
from mnist_core.models.layers import Dense, Dropout, Flatten
from mnist_core.network.forward import Weights, checked_weights
from mnist_core.network.operations import Array

_PASSES_PIXELS_ON = {Flatten.kind, Dropout.kind}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PixelTemplates:
    """The weights from every pixel to each unit of a layer.

    Attributes:
        layer: its name, such as `dense_1`, or `output`, whose units are the ten classes.
        images: float32 (units, 28, 28), read-only.
    """

    layer: str
    images: Array

    @property
    def limit(self) -> float:
        """The largest absolute weight."""
        return float(np.abs(self.images).max(initial=0.0))


def pixel_templates(architecture: Architecture, weights: Weights) -> PixelTemplates | None:
    """The weight images of the first dense layer, or None if its inputs are not the pixels.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    checked = checked_weights(architecture, weights)
    first = next(row for row in architecture.rows if row.kind not in _PASSES_PIXELS_ON)
    if first.kind not in (Dense.kind, OUTPUT):
        return None
    images = checked[f"{first.name}/kernel"].T.reshape(-1, *INPUT_SHAPE[:2])
    images = images.view()
    images.setflags(write=False)
    return PixelTemplates(layer=first.name, images=images)
