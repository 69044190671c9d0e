"""The activations of each layer for one digit, from the scaled pixels to the last layer before the output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import cached
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.linked_choice import linked_segments, linked_toggle
from dashboard.shared.side_panel import answer_panel
from dashboard.views.inside.channel import channel_title, render_channel
from dashboard.views.inside.choices import Channel, FilterOrder, InsideChoices, inside
from dashboard.views.inside.digits import (
    TestDigits,
    digits_to_choose,
    render_digit,
    render_digit_choice,
    render_prediction,
)
from dashboard.views.inside.map_order import channel_orders
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.tile_grid import picked_tile, tile_grid
from mnist_core.errors import DatasetError, RunError
from mnist_core.models.layers import LAYERS, Dropout, Flatten
from mnist_core.network.feature_maps import LayerActivation, feature_maps

N_MAPS, N_UNITS = 32, 256
MAP, UNIT = 56, 14
UNCHANGED = {
    Flatten.kind: "the same values as one vector",
    Dropout.kind: "passes its input on: it acts in training only",
}
LEGEND = "Green is above 0, purple below, on one scale per layer."
ORDERS = {FilterOrder.NUMBER: "By number", FilterOrder.STRENGTH: "Strongest first"}
WIDTHS = (4, 7, 5)


def render_activations(network: TrainedNetwork) -> None:
    """Choose a test digit on the left; its activations in each layer are on the right."""
    if network.run.scaler is None:
        raise RunError("The scaling of this run's images is not stored, so its activations cannot be computed.")
    try:
        dataset = cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        text = f"{escape_markdown(str(error))} The tab Filters works without it."
        render_empty_state("No digits to show", text, page="home", link="See which data is here")
        return
    left, middle, answer = st.columns(WIDTHS, gap="medium")
    with left:
        digits = digits_to_choose(network, dataset)
        top = st.container()
        opened = render_digit_choice(digits)
        with top:
            render_digit(digits, opened)
    scaled = network.run.scaler.apply(dataset.split(opened.split).images[opened.row : opened.row + 1])
    found = feature_maps(network.architecture, network.weights, scaled)
    with left:
        render_prediction(digits, opened, found[-1].values, network.compared)
    with middle:
        _render_maps(scaled[0], found[:-1])
    _render_answer(answer, network, digits, found[:-1])


def _render_maps(scaled: np.ndarray, found: tuple[LayerActivation, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = linked_segments(
            "Order",
            tuple(ORDERS),
            choice=InsideChoices.maps_order,
            words=ORDERS.__getitem__,
            help="Strongest first: highest mean absolute activation for this digit. Layers that keep the channels of "
            "the layer before, such as pooling, keep their order too.",
        )
        is_all = _render_all_toggle() if any(_is_cut(activation) for activation in found) else False
    st.caption(LEGEND)
    orders = channel_orders(found, order)
    shown = {item.layer: orders[item.layer][: None if is_all else _most(item)] for item in found}
    for activation in found:  # first, because a click also changes what is drawn above it
        _take_pick(activation, shown[activation.layer])
    _render_input(scaled)
    for activation in found:
        _render_layer(activation, shown[activation.layer])


def _render_answer(
    place: DeltaGenerator, network: TrainedNetwork, digits: TestDigits, found: tuple[LayerActivation, ...]
) -> None:
    """The feature map or unit that was clicked."""
    for activation in found:
        channel = _open_channel(activation)
        if channel is not None:
            title = channel_title(activation, channel)
            with answer_panel(place, name="inside", title=title, is_open=True, on_close=InsideChoices.channel.reset):
                render_channel(network, digits, activation, channel)
            return
    with answer_panel(place, name="inside", is_open=False, on_close=InsideChoices.channel.reset):
        st.caption(
            ":material/touch_app: Click a feature map or a unit to see it enlarged here, with its kernel and the test "
            "digits that activate it most."
        )


def _render_all_toggle() -> bool:
    return linked_toggle(
        "All feature maps",
        choice=InsideChoices.maps,
        help=f"Off: in each layer only the first {N_MAPS} feature maps or {N_UNITS} units in this order.",
    )


def _render_input(scaled: np.ndarray) -> None:
    limit = float(np.abs(scaled).max(initial=0.0))
    tiles = scaled.transpose(2, 0, 1)
    with st.container(gap="xxsmall"):
        st.markdown(
            f"**input** · Scaled pixels · {_shape(scaled)}",
            help="The digit after the scaling of this run, which is the input of the network.",
        )
        tile_grid(tiles, ["input"], key="inside.input", label="Scaled pixels", limit=limit, picks=False, cell=MAP)


def _render_layer(activation: LayerActivation, shown: np.ndarray) -> None:
    with st.container(gap="xxsmall"):
        parts = (LAYERS[activation.kind].title, _shape(activation.values), *_notes(activation, len(shown)))
        st.markdown(f"**{activation.layer}** · {' · '.join(parts)}", help=LAYERS[activation.kind].help)
        if activation.kind not in UNCHANGED:
            _render_tiles(activation, shown, _open_channel(activation))


def _render_tiles(activation: LayerActivation, shown: np.ndarray, open_channel: int | None) -> None:
    word = "feature map" if activation.is_image else "unit"
    names = [
        f"{word} {channel}, " + (f"mean absolute activation {strength:.3g}" if activation.is_image else f"{value:.3g}")
        for channel, strength, value in zip(
            shown, activation.strengths[shown], activation.values.reshape(-1, activation.values.shape[-1])[0, shown],
            strict=True,
        )
    ]  # fmt: skip
    values = activation.values[..., shown]
    tile_grid(
        values.transpose(2, 0, 1) if activation.is_image else values.reshape(-1, 1, 1),
        names,
        key=_key(activation),
        label=f"Activations of {activation.layer}",
        limit=activation.limit,
        captions=[str(channel) for channel in shown] if activation.is_image else None,
        selected=None if open_channel is None else _place(shown, open_channel),
        cell=MAP if activation.is_image else UNIT,
    )


def _place(shown: np.ndarray, channel: int) -> int | None:
    found = np.flatnonzero(shown == channel)
    return int(found[0]) if len(found) else None


def _take_pick(activation: LayerActivation, shown: np.ndarray) -> None:
    picked = picked_tile(_key(activation), len(shown))
    if picked is not None:
        channel = Channel(activation.layer, int(shown[picked]))
        inside.channel = None if inside.channel == channel else channel  # the open one is closed


def _open_channel(activation: LayerActivation) -> int | None:
    """The channel of this layer that is open, if one is."""
    channel = inside.channel
    if channel is None or channel.layer != activation.layer or channel.number >= len(activation.strengths):
        return None
    return channel.number


def _most(activation: LayerActivation) -> int:
    return N_MAPS if activation.is_image else N_UNITS


def _is_cut(activation: LayerActivation) -> bool:
    return activation.kind not in UNCHANGED and len(activation.order) > _most(activation)


def _key(activation: LayerActivation) -> str:
    return f"inside.maps.{activation.layer}"


def _notes(activation: LayerActivation, n_shown: int) -> Iterator[str]:
    """What the picture does not show: how many are left out, and how many are inactive."""
    if activation.kind in UNCHANGED:
        yield UNCHANGED[activation.kind]
        return
    if n_shown < len(activation.order):
        yield f"{n_shown} shown"
    if activation.n_silent:
        yield f"{activation.n_silent:,} inactive for this digit"


def _shape(values: np.ndarray) -> str:
    return " × ".join(str(size) for size in values.shape)
