"""In which order the feature maps and units of each layer are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.views.inside.choices import FilterOrder
from mnist_core.data.dataset import Indices
from mnist_core.network.feature_maps import LayerActivation
from mnist_core.network.steps import CHANNELWISE


def channel_orders(found: Sequence[LayerActivation], order: FilterOrder) -> Mapping[str, Indices]:
    """The channels of each layer in the order in which they are shown.

    By strength, a layer that keeps the channels of the one before keeps their order too: what stands below each other
    belongs together.
    """
    orders: dict[str, Indices] = {}
    for activation in found:
        n, step = len(activation.strengths), activation.step
        before = orders.get(step.inputs[0], np.arange(0))
        if order is FilterOrder.NUMBER:
            orders[step.name] = np.arange(n)
        elif step.operation in CHANNELWISE and len(before) == n:
            orders[step.name] = before
        else:
            orders[step.name] = activation.order
    return orders
