"""The activations of a network for a drawing, layer by layer."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.answers.network import Answering
from dashboard.shared.context.digit import drawing_address
from dashboard.shared.linked_choice import linked_select
from dashboard.state.current import CurrentChoices
from dashboard.views.draw.choices import DrawChoices
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.tile_grid import tile_grid
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.image_ref import Drawing
from mnist_core.errors import MnistCoreError
from mnist_core.models.layers import LAYERS, Dropout, Flatten
from mnist_core.network.feature_maps import LayerActivation, feature_maps
from mnist_core.runs.record import RunRecord

N_MAPS, N_UNITS = 24, 240
MAP, UNIT = 56, 14


def render_layers(network: Answering, image: UInt8Array | None) -> None:
    """The strongest feature maps or units of one layer; the layer is chosen above them."""
    rows = [row for row in network.architecture.rows[:-1] if row.kind not in (Flatten.kind, Dropout.kind)]
    if not rows:
        st.caption("This network has no layer before its output.")
        return
    titles = {row.name: f"{row.name} · {LAYERS[row.kind].title}" for row in rows}
    name = linked_select(
        "Layer",
        tuple(titles),
        choice=DrawChoices.layer,
        default=rows[0].name,
        words=titles.__getitem__,
        width=300,
        label_visibility="collapsed",
    )
    if image is None:
        st.caption("Draw a digit to see the activations of each layer.")
        return
    try:
        found = feature_maps(network.architecture, network.weights(), network.scaled(image[np.newaxis]))
    except MnistCoreError as error:
        st.caption(f"There are no activations to show. {escape_markdown(str(error))}")
        return
    _render_layer(next(layer for layer in found if layer.layer == name))
    if network.run is not None:
        _render_inside_link(network.run, Drawing(image.tobytes()))


def _render_layer(layer: LayerActivation) -> None:
    shown = layer.order[: N_MAPS if layer.is_image else N_UNITS]
    values = layer.values[..., shown]
    word = "feature map" if layer.is_image else "unit"
    tile_grid(
        values.transpose(2, 0, 1) if layer.is_image else values.reshape(-1, 1, 1),
        [f"{word} {channel}" for channel in shown],
        key="draw.maps",
        label=f"Activations of {layer.layer}",
        limit=layer.limit,
        captions=[str(channel) for channel in shown] if layer.is_image else None,
        picks=False,
        cell=MAP if layer.is_image else UNIT,
    )
    silent = f" {layer.n_silent:,} are inactive for this drawing." if layer.n_silent else ""
    st.caption(
        f"{len(shown):,} of {len(layer.order):,} {word}s, the highest mean absolute activation first; green is above "
        f"0, purple below.{silent}"
    )


def _render_inside_link(run: RunRecord, drawing: Drawing) -> None:
    page = page_named("inside")
    if page is not None:
        address = {CurrentChoices.run.param: run.run_id, "view": "activations", **drawing_address(drawing)}
        label = "See how each value is computed"
        st.page_link(page, label=label, icon=":material/visibility:", query_params=address)
