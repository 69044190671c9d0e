"""The picture of the network of a design, and its export as SVG."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.network_picture import network_picture
from mnist_core.models.architecture import Architecture
from mnist_core.models.diagram import network_svg


def render_network_picture(architecture: Architecture, title: str) -> None:
    """The network from input to output, and a button that exports it."""
    network_picture(network_svg(architecture), key="design.picture")
    st.download_button(
        "Export SVG",
        lambda: network_svg(architecture, title=title, standalone=True),  # made when the button is pressed
        file_name="network.svg",
        mime="image/svg+xml",
        key="design.svg",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
