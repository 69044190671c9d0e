"""How the open value was computed: the panel beside the feature maps, and the way through the layers in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.views.inside.choices import Channel, inside
from dashboard.views.inside.digits import ChosenDigit
from dashboard.views.inside.network import TrainedNetwork
from dashboard.views.inside.walking import (
    Found,
    Spot,
    name_after,
    name_before,
    peak_of,
    pixel_of_unit,
    spot_after,
    spot_before,
    unit_at,
)
from dashboard.widgets.computation import (
    ComputedChannel,
    Place,
    Surroundings,
    computation_view,
    sent_move,
    sent_pixel,
)
from mnist_core.models.architecture import OUTPUT
from mnist_core.network.computation import Computation, computation
from mnist_core.network.receptive_fields import Spans, receptive_fields
from mnist_core.network.steps import INPUT, LOGITS, Operation, Step

KEY = "inside.computation"


def open_spot(found: Found) -> Spot:
    """The chosen value; else the peak of the strongest map of the first layer that has weights or maps."""
    channel = inside.channel
    if channel is None or channel.layer not in found or channel.number >= len(found[channel.layer].strengths):
        first = next(iter(found.values()))
        number = 0 if first.step.operation is Operation.FLATTEN else int(first.order[0])
        channel = Channel(first.layer, number)
    item = found[channel.layer]
    if item.step.operation is Operation.FLATTEN:
        return Spot(channel, pixel_of_unit(item.step, channel.number))
    values = item.values[..., channel.number]
    pixel = inside.pixel
    if pixel is None or values.ndim != 2 or max(pixel) >= len(values):
        pixel = peak_of(values)
    return Spot(channel, pixel)


def take_move(network: TrainedNetwork, scaled: np.ndarray, found: Found) -> None:
    """Follow what was done in the panel in this rerun: a step to another layer, or another pixel."""
    spot = open_spot(found)
    shown = _computation(network, scaled, found, spot)
    side, input_side = _side(shown.values), found_side(shown)
    if (pixel := sent_pixel(KEY, side=side)) is not None:
        _open(_at(shown, spot, pixel))
    move = sent_move(KEY, side=side, input_side=input_side, sources=len(shown.sources))
    if move is not None:
        way = spot_before if move.way == "back" else spot_after
        if (there := way(found, shown, move)) is not None:
            _open(there)


def render_computation(
    network: TrainedNetwork, digit: ChosenDigit, scaled: np.ndarray, found: Found, spot: Spot
) -> None:
    """The computation of the open value; `scaled` is what the network gets of the digit, float32 (28, 28, 1)."""
    shown = _computation(network, scaled, found, spot)
    step = shown.step
    number = shown.sources[0] if step.operation is Operation.FLATTEN else shown.channel  # its units share the map
    around = Surroundings(
        digit=digit.image,
        label=value_name(found, spot.channel),
        source_names=[
            _source_name(found, step, source, place, digit.class_names) for place, source in enumerate(shown.sources)
        ],
        input_names=step.inputs,
        input_channels=step.input_shape[-1],
        fields=_fields(network, found, spot),
        source_fields=_source_fields(network, found, shown),
        input_limit=_limit(found, scaled, step),
        output_limit=found[step.name].limit,
        back=name_before(step),
        forward=name_after(found, step),
    )
    computation_view(
        _channel(shown),
        around,
        key=KEY,
        identity=f"{network.key} {digit.identity} {step.name} {number}",
        pixel=spot.pixel,
    )


def value_name(found: Found, channel: Channel) -> str:
    """What a channel is: "feature map 3 of conv_1", "unit 7 of dense_1"; of flatten the map of the unit."""
    step = found[channel.layer].step
    if step.operation is Operation.FLATTEN:
        return f"feature map {channel.number % step.input_shape[-1]} in {channel.layer}"
    word = "feature map" if step.is_image else "class" if step.name in (LOGITS, OUTPUT) else "unit"
    return f"{word} {channel.number} of {channel.layer}"


def found_side(shown: Computation) -> int:
    """Rows of the maps that a computation reads; 1 of units."""
    return 1 if shown.inputs.ndim == 1 else shown.inputs.shape[1]


def _computation(network: TrainedNetwork, scaled: np.ndarray, found: Found, spot: Spot) -> Computation:
    return computation(network.weights, scaled, found, spot.channel.layer, spot.channel.number)


def _channel(shown: Computation) -> ComputedChannel:
    """The numbers for the browser."""
    step, window = shown.step, shown.step.window
    return ComputedChannel(
        operation=step.operation.value,
        activation=step.activation.value,
        window=None if window is None else (window.size, window.stride, window.zeros),
        channel=shown.channel,
        sources=shown.sources,
        inputs=shown.inputs,
        kernels=shown.kernels,
        rest=shown.rest,
        n_rest=shown.n_rest,
        before=shown.before,
        values=shown.values,
        scalars={**shown.constants, **({} if shown.bias is None else {"bias": shown.bias})},
    )


def _at(shown: Computation, spot: Spot, pixel: Place) -> Spot:
    """Another pixel of the open map; a pixel of flatten is another unit."""
    if shown.step.operation is Operation.FLATTEN:
        return Spot(Channel(shown.step.name, unit_at(shown.step, pixel, shown.sources[0])), pixel)
    return Spot(spot.channel, pixel)


def _open(spot: Spot) -> None:
    inside.channel, inside.pixel = spot.channel, spot.pixel


def _side(values: np.ndarray) -> int:
    return 1 if values.ndim == 0 else len(values)


def _limit(found: Found, scaled: np.ndarray, step: Step) -> float:
    limits = (float(np.abs(scaled).max(initial=0)) if name == INPUT else found[name].limit for name in step.inputs)
    return max(limits)


def _source_name(found: Found, step: Step, source: int, place: int, class_names: Sequence[str]) -> str:
    """What an input is: the channel of a map, or the unit of a flat layer and the pixel that it was."""
    name = step.inputs[place] if step.operation is Operation.ADDITION else step.inputs[0]
    if name == INPUT:
        return "scaled pixels"
    before = found[name]
    if before.is_image:
        return f"feature map {source} of {name}"
    if step.operation is Operation.SOFTMAX:
        return f"class {class_names[source]}"
    flat = _flattened(found, name)
    if flat is None:
        return f"unit {source}"
    row, column = pixel_of_unit(flat, source)
    return f"map {source % flat.input_shape[-1]}, row {row}, column {column}"


def _flattened(found: Found, name: str) -> Step | None:
    """The flatten step whose units a step passes on one by one, if it does."""
    passed = {Operation.DROPOUT, Operation.ACTIVATION, Operation.BATCH_NORM}
    while name in found and found[name].step.operation in passed:
        name = found[name].step.inputs[0]
    step = found[name].step if name in found else None
    return step if step is not None and step.operation is Operation.FLATTEN else None


def _fields(network: TrainedNetwork, found: Found, spot: Spot) -> Spans:
    """The receptive field of each row of the open map; of a unit its rows and its columns."""
    fields = receptive_fields(network.architecture)
    step = found[spot.channel.layer].step
    if step.is_image or step.operation is Operation.FLATTEN:
        return fields[step.name]
    flat = _flattened(found, step.name)
    if flat is None:
        (whole,) = fields[step.name]
        return whole, whole
    row, column = pixel_of_unit(flat, spot.channel.number)
    return fields[flat.name][row], fields[flat.name][column]


def _source_fields(network: TrainedNetwork, found: Found, shown: Computation) -> list[tuple[Place, Place]] | None:
    """Rows and columns of the digit behind each input of a dense layer that reads pixels of maps."""
    if shown.step.operation is not Operation.DENSE:
        return None
    flat = _flattened(found, shown.step.inputs[0])
    if flat is None:
        return None
    spans = receptive_fields(network.architecture)[flat.name]
    pixels = (pixel_of_unit(flat, source) for source in shown.sources)
    return [(spans[row], spans[column]) for row, column in pixels]
