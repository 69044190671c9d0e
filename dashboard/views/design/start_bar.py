"""The bar at the bottom of the page Design: a summary of the design, and the button that starts its training."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.runs.names import images_words
from dashboard.shared.runs.whose import own_store
from dashboard.shared.settings.words import error_words
from dashboard.state.current import current
from dashboard.views.design.cost import total_time
from dashboard.views.design.data import is_here, n_train_images
from dashboard.views.design.draft import Draft
from dashboard.views.design.link import NAME
from dashboard.widgets.cut_text import cut_text
from dashboard.widgets.markdown import escape_markdown
from mnist_core.jobs.queue import submit
from mnist_core.runs.record import MAX_NAME
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.limits import accident
from mnist_core.words import counted


def render_start_bar(draft: Draft) -> None:
    """A line about the design, a name for the run, and the button that starts it."""
    obstacle = _obstacle(draft.config)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            if obstacle is None:
                st.markdown(_summary(draft.config))
            else:
                st.markdown(f":red[:material/block:] {escape_markdown(obstacle)}")
        if (tune := page_named("tune")) is not None:
            st.page_link(tune, label="Tune this design", icon=tune.icon, query_params={"design": draft.link})
        with st.container(width=180, gap="xxsmall"):
            typed = st.text_input(
                "Name of the run",
                key=NAME,
                placeholder="Run name (optional)",
                label_visibility="collapsed",
            )
            name = cut_text(typed, MAX_NAME)
        pressed = st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            disabled=obstacle is not None,
            key="design.start",
        )
    if pressed and obstacle is None:
        _start(draft, name)


def _obstacle(config: ExperimentConfig) -> str | None:
    """Why this cannot be started, in one sentence; None if it can."""
    if not is_here(config.dataset):
        return f"The data set {config.dataset} is not on this machine. Choose another one, or import it on Explore."
    found = accident(config, train_images=n_train_images(config.dataset))
    return None if found is None else error_words(found)


def _summary(config: ExperimentConfig) -> str:
    epochs = config.training.epochs
    parts = [
        f"**{config.architecture.parameters:,} parameters**",
        f"{counted(epochs, 'epoch')} on {escape_markdown(images_words(config))}",
    ]
    if (total := total_time(config)) is not None:
        parts.append(total)
    return " · ".join(parts)


def _start(draft: Draft, name: str) -> None:
    """Create the run, once for a double click, and open the page Train."""
    current.run = draft.started(name, lambda: submit(own_store(), draft.config, name=name))
    train = page_named("train")
    if train is None:
        st.success("The run is in the queue.")
    else:
        st.switch_page(train)
