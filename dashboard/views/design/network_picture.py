"""The network of the design as a picture, to look at and to keep."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.network_picture import network_picture
from mnist_core.models.architecture import Architecture
from mnist_core.models.diagram import network_svg


def render_network_picture(architecture: Architecture, title: str) -> None:
    """The network from input to output, and a button to keep it."""
    network_picture(network_svg(architecture), key="design.picture")
    st.download_button(
        "Picture as SVG",
        lambda: network_svg(architecture, title=title, standalone=True),  # drawn when it is asked for
        file_name="network.svg",
        mime="image/svg+xml",
        key="design.svg",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
