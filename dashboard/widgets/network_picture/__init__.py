"""The picture of a network, drawn by the core, in the colours of the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.widgets.layer_editor import draws
from mnist_core.models.architecture import Architecture
from mnist_core.models.diagram import network_svg

KEY = "design.picture"

_component = st.components.v2.component(
    "mnist_studio_network_picture",
    html='<div class="picture" tabindex="0" role="region" aria-label="Picture of the network"></div>\n',
    css=Path(__file__).with_name("network_picture.css").read_text(encoding="utf-8"),
    # The drawing holds no text but the core's own, which it has escaped. The scroller stays, and with it its place.
    js="""
export default function ({ data, parentElement }) {
  const picture = parentElement.querySelector(".picture");
  if (picture && data && picture.drawn !== data.svg) {
    picture.drawn = data.svg;
    picture.innerHTML = data.svg;
  }
}
""",
)


def render_network_picture(architecture: Architecture, title: str) -> None:
    """The network from input to output, wider ones in a scroller, and a button to keep it."""
    _component(key=KEY, data={"svg": network_svg(architecture), "draw": next(draws)})
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
