"""A pad on which a person draws, and what the network of the run predicts while the pen moves, or the bundled one."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.answers.live import live_address
from dashboard.shared.answers.network import Answering, has_weights
from dashboard.shared.answers.shown import answers_of, render_answers
from dashboard.shared.errors import explain_errors
from dashboard.widgets.drawing_pad import drawing_pad, drawn_on
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import DIGITS, SIDE
from mnist_core.data.drawing import digit_on
from mnist_core.models.recipes import RECIPES
from mnist_core.network.bundled import BundledNetwork, bundled_network
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share

EMPTY = np.zeros((SIDE, SIDE), np.uint8)
WIDTH = 236
PAD, TOKEN = "home.pad", "home"
PREPARED = "Your drawing is cropped, fitted and centred like the images of MNIST."


def render_drawing(run: RunRecord | None) -> None:
    """The pad and ten bars; only they are redrawn while somebody draws.

    Args:
        run: the one of the bar. Before it has weights, and where it knows no digits, the bundled network predicts.
    """
    st.subheader("Draw a digit", anchor=False)
    network = Answering(run=run) if run is not None and _knows_digits(run) else Answering(run=None)
    st.fragment(_render_now)(network)
    with st.container(key="home.bundled"):
        st.caption(_origin(bundled_network()) if network.run is None else _run_words(network.run))


def _knows_digits(run: RunRecord) -> bool:
    return has_weights(run) and Answering(run=run).class_names == DIGITS


@explain_errors()
def _render_now(network: Answering) -> None:
    pad, answer = st.columns([6, 7], gap="medium")
    drawn = drawn_on(EMPTY, key=PAD, token=TOKEN)
    networks = (network,)
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
        f"{network.test_images:,} test images correct. Made by `{network.script}`. {PREPARED}"
    )


def _run_words(run: RunRecord) -> str:
    after = f", after epoch {run.best_epoch}" if run.best_epoch else ""
    return f"Predicted by the network of the run {escape_markdown(run.title)}{after}. {PREPARED}"
