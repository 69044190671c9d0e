"""From one layer of a network to the one before and after: which channel and which pixel to go on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.views.inside.choices import Channel
from dashboard.widgets.computation import Move, Place
from mnist_core.network.computation import Computation
from mnist_core.network.feature_maps import LayerActivation
from mnist_core.network.steps import CHANNELWISE, INPUT, Operation, Step

Found = Mapping[str, LayerActivation]


@dataclass(frozen=True, slots=True)
class Spot:
    """One value: a channel, and the pixel of its map."""

    channel: Channel
    pixel: Place


def name_before(step: Step) -> str | None:
    """The step that is read; None if it is the digit."""
    return None if step.inputs[0] == INPUT else step.inputs[0]


def name_after(found: Found, step: Step) -> str | None:
    """The first step that reads this one; None after the last."""
    return next((other for other, item in found.items() if step.name in item.step.inputs), None)


def spot_before(found: Found, shown: Computation, move: Move) -> Spot | None:
    """The value that the open one came from: of the open input channel, at the winner or the middle of the window."""
    name = name_before(shown.step)
    if name is None:
        return None
    before = found[name]
    number = shown.sources[move.source]
    if before.step.operation is Operation.FLATTEN:
        return Spot(Channel(name, number), pixel_of_unit(before.step, number))
    if (
        before.is_image and not shown.step.is_image
    ):  # global average pooling, or flatten, whose pixel is that of the map
        pixel = move.at if shown.step.operation is Operation.FLATTEN else peak_of(before.values[..., number])
        return Spot(Channel(name, number), pixel)
    return Spot(Channel(name, number), move.origin if before.is_image else (0, 0))


def spot_after(found: Found, shown: Computation, move: Move) -> Spot | None:
    """A value that the open one goes into: of the same channel if the layer keeps them, else of the strongest."""
    name = name_after(found, shown.step)
    if name is None:
        return None
    after, unit = found[name], shown.channel
    if shown.step.operation is Operation.FLATTEN:
        unit = unit_at(shown.step, move.at, shown.sources[0])
    if after.step.operation is Operation.FLATTEN:
        return Spot(Channel(name, unit_at(after.step, move.at, unit)), move.at)
    number = unit if after.step.operation in CHANNELWISE else int(after.order[0])
    return Spot(Channel(name, number), _covering(after.step, move.at) if after.is_image else (0, 0))


def peak_of(values: np.ndarray) -> Place:
    """Row and column of the value furthest from 0; (0, 0) of a unit."""
    if values.ndim != 2:
        return 0, 0
    row, column = np.unravel_index(np.nan_to_num(np.abs(values)).argmax(), values.shape)
    return int(row), int(column)


def unit_at(step: Step, pixel: Place, channel: int) -> int:
    """The unit of a flatten step that a pixel of a map becomes."""
    _, width, channels = step.input_shape
    return (pixel[0] * width + pixel[1]) * channels + channel


def pixel_of_unit(step: Step, unit: int) -> Place:
    """The pixel that a unit of a flatten step was."""
    _, width, channels = step.input_shape
    return divmod(unit // channels, width)


def _covering(step: Step, pixel: Place) -> Place:
    """The place of the window whose middle is nearest to a pixel of its input."""
    if step.window is None:
        return pixel
    window, side = step.window, step.output_shape[0]
    row, column = (
        min(side - 1, max(0, round((place + window.zeros - (window.size - 1) / 2) / window.stride))) for place in pixel
    )
    return row, column
