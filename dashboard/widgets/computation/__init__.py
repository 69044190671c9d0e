"""How one value of a network was computed: hovering a pixel of a feature map shows the sum that made it.

The arithmetic runs in the browser, so that it follows the pointer and the arrow keys without a rerun. The server sends
what one channel of a layer read, its weights, and its values.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from dashboard.colours import SIGNED
from dashboard.widgets.component import component, position_in, take_sent
from mnist_core.data.dataset import SIDE, UInt8Array

NOTE = (
    "Rounded to {} decimals, computed with all of them: added up by hand, the last digit may differ. Hover or tap a "
    "pixel of the right map; arrow keys move it, Page Up and Page Down go to the layer before and after."
)
NOTE_OF_UNITS = (
    "Rounded to {} decimals, computed with all of them: added up by hand, the last digit may differ. Page Up and Page "
    "Down go to the layer before and after."
)

_component = component(__file__, events=("moved", "pinned"))

Place = tuple[int, int]
WHOLE_DIGIT = {(0, SIDE - 1)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A step to the layer before or after.

    Attributes:
        at: the open pixel of the map.
        origin: the pixel of the input that it came from: the winner of max pooling, else the middle of the window.
        source: position of the open input channel in `ComputedChannel.sources`.
    """

    way: Literal["back", "forward"]
    at: Place
    origin: Place
    source: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ComputedChannel:
    """A channel of a layer with what it was computed from.

    Attributes:
        operation, activation: names of what was computed, and of the function applied to it, or "linear".
        window: side, stride and zeros before the first row of the square that slides over the input, if one does.
        channel: its position; `sources` are those of the input channels in `inputs`.
        inputs: numbers (sources, height, width), or (sources,) of a flat input.
        kernels: (sources, size, size), or (sources,); None without weights.
        rest, n_rest: what inputs that are not in `inputs` add to each value, and how many those are.
        before, values: (height, width) or (): before and after the activation function.
        scalars: other numbers of the computation by name, such as `bias`.
    """

    operation: str
    activation: str
    window: tuple[int, int, int] | None
    channel: int
    sources: Sequence[int]
    inputs: np.ndarray
    kernels: np.ndarray | None
    rest: np.ndarray | None
    n_rest: int
    before: np.ndarray
    values: np.ndarray
    scalars: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surroundings:
    """What belongs to a computed channel and does not follow from its numbers.

    Attributes:
        digit: uint8 (28, 28).
        label: what the channel is: "feature map 3 of conv_1".
        source_names: of each input in `ComputedChannel.sources`.
        input_names: of the steps that it reads.
        input_channels: channels of its input.
        fields: the receptive field of each row of the map; of a unit its rows and its columns.
        source_fields: rows and columns of the digit behind each input of a dense layer, if they are pixels of a map.
        input_limit, output_limit: the largest absolute values of the colour scales.
        back, forward: names of the layers before and after; None at an end.
    """

    digit: UInt8Array
    label: str
    source_names: Sequence[str]
    input_names: Sequence[str]
    input_channels: int
    fields: Sequence[Place]
    source_fields: Sequence[tuple[Place, Place]] | None
    input_limit: float
    output_limit: float
    back: str | None
    forward: str | None


def computation_view(found: ComputedChannel, around: Surroundings, *, key: str, identity: str, pixel: Place) -> None:
    """Show how a channel was computed, at a pixel of its map.

    Args:
        key: "<page>.<field>". `sent_move` and `sent_pixel` read what was done in it, before it is drawn.
        identity: names channel and digit; `pixel` is opened when it changes. Else the person's own stays open.
        pixel: row and column of the map; (0, 0) for a unit.
    """
    is_flat, is_input_flat = found.values.ndim == 0, found.inputs.ndim == 1
    _component(
        key=key,
        data={
            "id": identity,
            "operation": found.operation,
            "activation": found.activation,
            "label": around.label,
            "channel": found.channel,
            "isFlat": is_flat,
            "isInputFlat": is_input_flat,
            "outputSide": 1 if is_flat else found.values.shape[0],
            "inputSide": 1 if is_input_flat else found.inputs.shape[1],
            "inputChannels": around.input_channels,
            "window": None
            if found.window is None
            else dict(zip(("size", "stride", "zeros"), found.window, strict=True)),
            "sources": tuple(found.sources),
            "sourceNames": tuple(around.source_names),
            "sourceFields": None if around.source_fields is None else tuple(around.source_fields),
            "inputNames": tuple(around.input_names),
            "inputs": _text(found.inputs),
            "kernels": None if found.kernels is None else _text(found.kernels),
            "rest": None if found.rest is None else _text(found.rest),
            "restCount": found.n_rest,
            "scalarNames": tuple(found.scalars),
            "scalars": _text(np.array(list(found.scalars.values()))),
            "before": _text(found.before),
            "values": _text(found.values),
            "fields": tuple(around.fields),
            "isWholeDigit": set(around.fields) == WHOLE_DIGIT,
            "digit": base64.b64encode(around.digit.tobytes()).decode(),
            "inputLimit": _finite(around.input_limit),
            "outputLimit": _finite(around.output_limit),
            "kernelLimit": 0.0 if found.kernels is None else _largest(found.kernels),
            "pixel": pixel,
            "back": around.back,
            "forward": around.forward,
            "note": NOTE_OF_UNITS if is_flat else NOTE,
            "palette": SIGNED,
            "theme": st.context.theme.type,  # so that it is drawn anew when the theme changes
        },
    )


def sent_move(key: str, *, side: int, input_side: int, sources: int) -> Move | None:
    """The step to another layer that was asked for in this rerun, if it is one."""
    match take_sent(key, "moved"):
        case {"way": "back" | "forward" as way, "at": at, "origin": origin, "source": source}:
            here, there, number = _place(at, side), _place(origin, input_side), position_in(source, sources)
            if here is not None and there is not None and number is not None:
                return Move(way=way, at=here, origin=there, source=number)
    return None


def sent_pixel(key: str, *, side: int) -> Place | None:
    """The pixel that was opened in this rerun, if it is one of the map."""
    return _place(take_sent(key, "pinned"), side)


def _place(value: Any, side: int) -> Place | None:
    match value:
        case [row, column]:
            places = position_in(row, side), position_in(column, side)
            return None if places[0] is None or places[1] is None else (places[0], places[1])
    return None


def _text(values: Any) -> str:
    """Numbers as 32-bit floats, little-endian, in base 64: JSON knows no NaN."""
    return base64.b64encode(np.asarray(values).astype("<f4").tobytes()).decode()


def _largest(values: np.ndarray) -> float:
    sizes = np.abs(values)
    return float(sizes.max(initial=0.0, where=np.isfinite(sizes)))


def _finite(limit: float) -> float:
    return limit if np.isfinite(limit) else 0.0
