"""The trained network that Look inside is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Context
from dashboard.shared.empty_state import render_empty_state, render_no_runs
from dashboard.state.current import current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.errors import ArchitectureError, DatasetError, RunCorruptedError, RunError
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import checked_weights
from mnist_core.runs.record import RunRecord, RunStatus


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainedNetwork:
    """A run with the weights of its best epoch so far.

    Attributes:
        compared: another run on the same images, whose predictions are shown as well.
    """

    run: RunRecord
    weights: Mapping[str, np.ndarray]
    compared: RunRecord | None = None

    @property
    def architecture(self) -> Architecture:
        return self.run.config.architecture

    @property
    def key(self) -> tuple[str, int | None]:
        """Changes when the weights do."""
        return self.run.run_id, self.run.best_epoch


def open_network(context: Context) -> TrainedNetwork | None:
    """The network of the run, or None after a message that says why there is none."""
    if context.run is None:
        if current.run is None:
            render_no_runs()
        return None
    network = _opened(context.run)
    return None if network is None else replace(network, compared=context.compared)


def _opened(run: RunRecord) -> TrainedNetwork | None:
    try:
        weights = cached.weights(run.run_id)
        checked_weights(run.config.architecture, weights)
    except (RunCorruptedError, ArchitectureError) as error:
        text = f"{escape_markdown(str(error))} Train it again, or pick another run."
        render_empty_state("This network cannot be opened", text, page="train", link="Open the run", icon="error")
        return None
    except RunError:
        _render_no_weights(run)
        return None
    return TrainedNetwork(run=run, weights=weights)


def _render_no_weights(run: RunRecord) -> None:
    if run.status.is_active:
        text = "The first epoch of this run is not finished. After it, this page shows the best checkpoint so far."
        render_empty_state("Nothing to show yet", text, page="train", link="Watch it train", icon="hourglass_empty")
        return
    reason = escape_markdown(run.error or "") if run.status is RunStatus.FAILED else ""
    text = f"This run has no stored weights: no epoch was finished. {reason} Resume it, or choose another run."
    render_empty_state("Nothing to show", text, page="train", link="Open the run")


def open_digits(
    network: TrainedNetwork, *, to: str = "show", without: str = "The tab Filters works without it."
) -> Dataset | None:
    """The data set of the run, or None after a message that it is not on this machine.

    Args:
        to: what the view does with its digits, a verb.
        without: what works without it, a sentence.
    """
    try:
        return cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        text = f"{escape_markdown(str(error))} {without}"
        render_empty_state(f"No digits to {to}", text, page="home", link="See which data is here")
        return None


def render_origin(network: TrainedNetwork) -> None:
    """The size of the network, and what is unusual about it."""
    run = network.run
    layers = len(network.architecture.layers) + 1
    st.markdown(f"**{layers} layers**, {network.architecture.parameters:,} parameters")
    if run.status.is_active:
        st.caption("This run is still training. The page shows its best checkpoint so far; reload it for a later one.")
    if any(not np.isfinite(weight).all() for weight in network.weights.values()):
        st.warning(
            "Some weights are not numbers: the training diverged. They are grey, as is all that is computed with them."
        )
