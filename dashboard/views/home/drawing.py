"""A pad on which a person draws, and what the bundled network predicts while the pen moves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.answers.live import live_address
from dashboard.shared.answers.network import Answering
from dashboard.shared.answers.shown import answers_of, render_answers
from dashboard.shared.errors import explain_errors
from dashboard.widgets.drawing_pad import drawing_pad, drawn_on
from mnist_core.data.dataset import SIDE
from mnist_core.data.drawing import digit_on
from mnist_core.models.recipes import RECIPES
from mnist_core.network.bundled import BundledNetwork, bundled_network
from mnist_core.shares import shown_share

EMPTY = np.zeros((SIDE, SIDE), np.uint8)
WIDTH = 236
PAD, TOKEN = "home.pad", "home"


def render_drawing() -> None:
    """The pad and ten bars; only they are redrawn while somebody draws."""
    st.subheader("Draw a digit", anchor=False)
    st.fragment(_render_now)()
    with st.container(key="home.bundled"):
        st.caption(_origin(bundled_network()))


@explain_errors()
def _render_now() -> None:
    pad, answer = st.columns([6, 7], gap="medium")
    drawn = drawn_on(EMPTY, key=PAD, token=TOKEN)
    networks = (Answering(run=None),)
    with answer, st.container(key="home.answer"):
        render_answers(answers_of(networks, digit_on(drawn)), key="home.answer", channel=PAD)
    with pad:  # last: see drawing_pad
        asks = live_address(networks)
        drawing_pad(EMPTY, key=PAD, token=TOKEN, label="Pad to draw a digit on", width=WIDTH, asks=asks, keeps=True)


def _origin(network: BundledNetwork) -> str:
    recipe = RECIPES[network.config.recipe or ""]
    settings = network.config.training
    changes = " with augmentation" if settings.augmentation.is_on else ""
    return (
        f"Predicted by a bundled network: {recipe.name}{changes}, {settings.epochs} epochs on "
        f"{network.train_images:,} training images of {network.dataset}; {shown_share(network.test_accuracy)} of "
        f"{network.test_images:,} test images correct. Made by `{network.script}`. Your drawing is cropped, fitted "
        "and centred like the images of MNIST."
    )
