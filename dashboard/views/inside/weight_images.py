"""What a network without convolutions has instead of filters: the weights from every pixel to each unit."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.navigation import page_named
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.tile_grid import tile_grid
from mnist_core.models.architecture import OUTPUT
from mnist_core.network.templates import PixelTemplates, pixel_templates

WEIGHT_IMAGE = 84
N_WEIGHT_IMAGES = 64


def render_no_filters(network: TrainedNetwork) -> None:
    """That there are no filters, and the weight images of the first layer if it reads the pixels."""
    st.info("This network has no convolution, so it has no filters.", icon=":material/info:")
    templates = pixel_templates(network.architecture, network.weights)
    if templates is not None:
        _render_weight_images(templates)
    if (target := page_named("design")) is not None:
        st.page_link(target, label="Design a network with a convolution", icon=":material/arrow_forward:")


def _render_weight_images(templates: PixelTemplates) -> None:
    """What a dense network has instead of filters."""
    n = len(templates.images)
    is_output = templates.layer == OUTPUT
    each = "class" if is_output else "unit"
    shown = np.argsort(-np.square(templates.images).sum(axis=(1, 2)), kind="stable")[:N_WEIGHT_IMAGES]
    if is_output:
        shown = np.arange(n)
    st.markdown(f"**{n} weight images of {templates.layer}**")
    more = f" The {len(shown)} of highest norm are shown." if len(shown) < n else ""
    st.caption(
        f"The weights from every pixel to each {each}, drawn as an image. Ink on green raises the output of the "
        f"{each}, ink on purple lowers it.{more}"
    )
    tile_grid(
        templates.images[shown],
        [f"{each} {position}" for position in shown],
        key="inside.templates",
        label=f"Weight images of {templates.layer}",
        limit=templates.limit,
        captions=[str(position) for position in shown],
        picks=False,
        cell=WEIGHT_IMAGE,
    )
