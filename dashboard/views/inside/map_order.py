"""In which order the feature maps and units of each layer are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.views.inside.choices import FilterOrder
from mnist_core.data.dataset import Indices
from mnist_core.models.layers import Activate, AveragePool, BatchNorm, Dropout, GlobalAveragePool, MaxPool
from mnist_core.network.feature_maps import LayerActivation

KEEPS_CHANNELS = frozenset(
    layer.kind for layer in (MaxPool, AveragePool, GlobalAveragePool, BatchNorm, Dropout, Activate)
)
"""Layers whose channel n is computed from channel n of the layer before alone."""


def channel_orders(found: Sequence[LayerActivation], order: FilterOrder) -> Mapping[str, Indices]:
    """The channels of each layer in the order in which they are shown.

    By strength, a layer that keeps the channels of the one before keeps their order too: what stands below each other
    belongs together.
    """
    orders: dict[str, Indices] = {}
    before: Indices = np.arange(0)
    for activation in found:
        n = len(activation.strengths)
        if order is FilterOrder.NUMBER:
            before = np.arange(n)
        elif activation.kind not in KEEPS_CHANNELS or len(before) != n:
            before = activation.order
        orders[activation.layer] = before
    return orders
