"""The first visit: one button that trains a network."""

from __future__ import annotations

import time

import streamlit as st

from dashboard import cached
from dashboard.shared.errors import explain_errors
from dashboard.shared.runs.names import dataset_title
from dashboard.views.home.digit_strip import render_digit_strip
from dashboard.views.home.expected_time import cannot_be_measured, expected_seconds, is_benchmark_due, start_benchmark
from dashboard.views.home.start_panel import run_to_begin_with
from dashboard.views.home.starting import start_run
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import about
from mnist_core.data.dataset import Dataset
from mnist_core.models.recipes import RECIPES
from mnist_core.training.first_network import FIRST_NETWORK

NAME = "First network"
LOOK_SECONDS = 6.0
"""Who reads for so long does not press at once: then there is time to measure how long it takes."""


def render_first_network(dataset: Dataset) -> None:
    """What is trained, how long it takes, the button, and digits of the data set that is loaded."""
    st.subheader("Your first network", anchor=False)
    _render_start()
    render_digit_strip("home", dataset)


def _render_start() -> None:
    if not cached.has_dataset(FIRST_NETWORK.dataset):
        st.markdown(f"The data set {FIRST_NETWORK.dataset} is not on this machine. Design a network for another one.")
        return
    is_measured = expected_seconds(FIRST_NETWORK) is not None
    tick = None if is_measured else LOOK_SECONDS
    st.fragment(_render_now, run_every=tick)(is_measured=is_measured, opened_at=time.monotonic())


@explain_errors()
def _render_now(*, is_measured: bool, opened_at: float) -> None:
    seconds = expected_seconds(FIRST_NETWORK)
    if run_to_begin_with() is not None or (seconds is not None and not is_measured):
        st.rerun()  # the whole page: it shows the training now, or needs no timer any more
    if time.monotonic() - opened_at > LOOK_SECONDS / 2 and is_benchmark_due(FIRST_NETWORK):
        start_benchmark(FIRST_NETWORK)
    st.button(
        f"Train your first network{_duration(seconds)}",
        key="home.start",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=start_run,
        args=(FIRST_NETWORK, NAME),
    )
    st.caption(_what())


def _duration(seconds: float | None) -> str:
    if seconds is not None:
        return f" (about {about(seconds)})"
    return "" if cannot_be_measured(FIRST_NETWORK) else " (estimating the time)"


def _what() -> str:
    recipe, config = RECIPES[FIRST_NETWORK.recipe or ""], FIRST_NETWORK
    return (
        f"{recipe.name}, {config.architecture.parameters:,} parameters, {config.training.epochs} epochs on "
        f"{escape_markdown(dataset_title(config.dataset))}. You watch it learn here, then see the digits it gets wrong."
    )
