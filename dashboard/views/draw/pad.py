"""A large pad, what each network predicts while the pen moves, and what becomes of the drawing on the way there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.answers.live import live_address
from dashboard.shared.answers.network import Answering
from dashboard.shared.answers.shown import answers_of, render_answers
from dashboard.shared.digits.operation_sliders import is_edited, render_operation_sliders
from dashboard.shared.errors import explain_errors
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.draw.attribution import render_attribution
from dashboard.views.draw.choices import Closer, DrawChoices
from dashboard.views.draw.keeping import render_keeping
from dashboard.views.draw.layers import render_layers
from dashboard.views.draw.nearest import render_nearest
from dashboard.views.draw.pad_start import PadStart, pad_start
from dashboard.views.draw.steps import render_steps
from dashboard.widgets.drawing_pad import SHORTCUTS, drawing_pad, drawn_on
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.drawing import Preparation, drawing_problem, preparation
from mnist_core.probing.flips import operated

PAD, PAD_WIDTH = "draw.pad", 380
WIDTHS = (5, 8)
CLOSER_WORDS = {
    Closer.STEPS: "Steps to the network",
    Closer.NEAREST: "Nearest training digits",
    Closer.LAYERS: "Layer by layer",
    Closer.ATTRIBUTION: "Attribution",
}


def render_pad(networks: Sequence[Answering]) -> None:
    """The pad and all that follows it; only that is redrawn while somebody draws."""
    st.fragment(_render_now)(networks)


@explain_errors()
def _render_now(networks: Sequence[Answering]) -> None:
    start = pad_start()
    drawn = start.latest = drawn_on(start.latest, key=PAD, token=start.token)
    problem = drawing_problem(drawn)
    steps = None if problem else preparation(drawn)
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        pad = st.container()
        edits = st.expander("Rotate, shift, scale, thicken", key="draw.edits", on_change="rerun")
        with edits:
            amounts = render_operation_sliders(name="draw.operate", token=start.token, is_seen=bool(edits.open))
    image = None if steps is None else operated(steps.placed, amounts)
    with right:
        with st.container(key="draw.answer"):
            render_answers(answers_of(networks, image), key="draw.answer", channel=PAD)
        if problem and drawn.any():
            st.caption(f":material/info: {problem}")
        if all(network.run is None for network in networks):
            st.caption("Predicted by the bundled network. Choose a run above to ask its network.")
        render_keeping(drawn, is_digit=problem is None)
        _render_closer(networks[0], steps, image, edited=is_edited(amounts))
    asks = "" if is_edited(amounts) else live_address(networks)
    _render_pad(pad, start, asks)  # last: see drawing_pad


def _render_pad(place: DeltaGenerator, start: PadStart, asks: str) -> None:
    with place:
        drawing_pad(
            start.drawing,
            key=PAD,
            token=start.token,
            now=start.latest,
            label="Pad to draw a digit on",
            width=PAD_WIDTH,
            asks=asks,
            keeps=True,
        )
        with st.container(key="draw.keys_hint"):
            st.caption(SHORTCUTS)


def _render_closer(network: Answering, steps: Preparation | None, image: UInt8Array | None, *, edited: bool) -> None:
    closer = linked_segments(
        "Closer look",
        tuple(CLOSER_WORDS),
        choice=DrawChoices.closer,
        words=CLOSER_WORDS.__getitem__,
        label_visibility="collapsed",
    )
    with st.container(key="draw.closer"):
        match closer:
            case Closer.STEPS:
                render_steps(steps, image, is_edited=edited, key="draw.steps")
            case Closer.NEAREST:
                render_nearest(network, image)
            case Closer.LAYERS:
                render_layers(network, image)
            case Closer.ATTRIBUTION:
                render_attribution(network, image)
