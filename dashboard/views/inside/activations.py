"""The activations of each layer for one digit, and beside them how one of their values was computed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from dashboard.shared.linked_choice import linked_segments, linked_toggle
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.views.inside.channel import render_channel
from dashboard.views.inside.choices import Channel, FilterOrder, InsideChoices, inside
from dashboard.views.inside.computed_value import open_spot, render_computation, take_move, value_name
from dashboard.views.inside.digits import (
    digits_to_choose,
    render_digit,
    render_digit_choice,
    render_probabilities,
)
from dashboard.views.inside.map_order import channel_orders
from dashboard.views.inside.network import TrainedNetwork, open_digits
from dashboard.views.inside.step_words import step_help, step_title
from dashboard.views.inside.walking import Spot
from dashboard.widgets.tile_grid import picked_tile, tile_grid
from mnist_core.errors import RunError
from mnist_core.models.architecture import OUTPUT
from mnist_core.network.feature_maps import LayerActivation, feature_maps
from mnist_core.network.steps import Operation

N_MAPS, N_UNITS = 32, 256
MAP, UNIT = 40, 14
UNCHANGED = {
    Operation.FLATTEN: "the same values as one vector",
    Operation.DROPOUT: "passes its input on: it acts in training only",
}
LEGEND = "Green is above 0, purple below. Click a map or unit to see how it is computed."
ORDERS = {FilterOrder.NUMBER: "By number", FilterOrder.STRENGTH: "Strongest first"}
ORDER_HELP = (
    "Each layer has one colour scale. Strongest first: highest mean absolute activation for this digit. Layers that "
    "keep the channels of the layer before, such as pooling, keep their order too."
)
WIDTHS = (6, 11)


def render_activations(network: TrainedNetwork) -> None:
    """The digit and its activations in each layer on the left; on the right the computation of the open value."""
    if network.run.scaler is None:
        raise RunError("The scaling of this run's images is not stored, so its activations cannot be computed.")
    dataset = open_digits(network)
    if dataset is None:
        return
    question, answer = question_and_answer(*WIDTHS)
    with question:
        digits = digits_to_choose(network, dataset)
        top = st.container()
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="inside.filter_row"):
            order = _render_order()
            opened = render_digit_choice(digits)
    scaled = network.run.scaler.apply(opened.image[np.newaxis])[0]
    found = {item.layer: item for item in feature_maps(network.architecture, network.weights, scaled)}
    with top:
        render_digit(digits, opened, found[OUTPUT].values, network.compared)
    with question:
        shown = _render_extent(tuple(found.values()), order)
        take_move(network, scaled, found)
        for name in found:  # first, because a click also changes what is drawn above it
            _take_pick(found[name], shown[name])
        spot = open_spot(found)
        _render_input(scaled)
        for name in found:
            _render_layer(found[name], shown[name], spot)
        render_probabilities(opened, found[OUTPUT].values)
    title, is_open = value_name(found, spot.channel).capitalize(), inside.channel is not None
    with answer_panel(answer, name="inside", title=title, is_open=is_open, on_close=_close):
        if not is_open:
            st.markdown(f"**{title}**")
        render_computation(network, opened, scaled, found, spot)
        render_channel(network, dataset, found[spot.channel.layer], spot.channel)


def _close() -> None:
    InsideChoices.channel.reset()
    InsideChoices.pixel.reset()


def _render_order() -> FilterOrder:
    return linked_segments(
        "Order",
        tuple(ORDERS),
        choice=InsideChoices.maps_order,
        words=ORDERS.__getitem__,
        label_visibility="collapsed",
    )


def _render_extent(found: tuple[LayerActivation, ...], order: FilterOrder) -> dict[str, np.ndarray]:
    """How much of the layers is shown; returns the channels of each that are, in their order."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(LEGEND, help=ORDER_HELP, width="stretch")
        is_all = _render_all_toggle() if any(_is_cut(activation) for activation in found) else False
    orders = channel_orders(found, order)
    return {item.layer: orders[item.layer][: None if is_all else _most(item)] for item in found}


def _render_all_toggle() -> bool:
    return linked_toggle(
        "All maps",
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
        tile_grid(
            tiles,
            ["input"],
            key="inside.input",
            label="Scaled pixels",
            limit=limit,
            picks=False,
            cell=MAP,
            legend=False,
        )


def _render_layer(activation: LayerActivation, shown: np.ndarray, spot: Spot) -> None:
    with st.container(gap="xxsmall"):
        parts = (step_title(activation.step), _shape(activation.values), *_notes(activation, len(shown)))
        st.markdown(f"**{activation.layer}** · {' · '.join(parts)}", help=step_help(activation.step))
        if activation.step.operation not in UNCHANGED:
            _render_tiles(activation, shown, spot.channel.number if spot.channel.layer == activation.layer else None)


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
    if picked is None:
        return
    if inside.channel is None or inside.channel.layer != activation.layer:
        InsideChoices.pixel.reset()  # a place means the same in every map of one layer only
    inside.channel = Channel(activation.layer, int(shown[picked]))


def _most(activation: LayerActivation) -> int:
    return N_MAPS if activation.is_image else N_UNITS


def _is_cut(activation: LayerActivation) -> bool:
    return activation.step.operation not in UNCHANGED and len(activation.order) > _most(activation)


def _key(activation: LayerActivation) -> str:
    return f"inside.maps.{activation.layer}"


def _notes(activation: LayerActivation, n_shown: int) -> Iterator[str]:
    """What the picture does not show: how many are left out, and how many are inactive."""
    operation = activation.step.operation
    if operation in UNCHANGED:
        yield UNCHANGED[operation]
        return
    if n_shown < len(activation.order):
        yield f"{n_shown} shown"
    if activation.n_silent:
        yield f"{activation.n_silent:,} inactive for this digit"


def _shape(values: np.ndarray) -> str:
    return " × ".join(str(size) for size in values.shape)
