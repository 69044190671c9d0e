"""The networks that answer for a drawing: that of the run, and others beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Context
from dashboard.shared.runs.names import run_labels, short_labels
from dashboard.state.session import widget_key, widget_value
from dashboard.views.draw.choices import BUNDLED, MAX_OTHERS, DrawChoices, draw
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.sources.known import class_names_of
from mnist_core.models.architecture import Architecture
from mnist_core.network.bundled import bundled_network
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.runs.record import RunRecord


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answering:
    """A network that answers: that of a run, with the weights of its best checkpoint, or the bundled one.

    Attributes:
        run: None for the bundled network.
        label: its name beside the others, where the title of the run does not tell them apart.
    """

    run: RunRecord | None
    label: str = ""

    @property
    def network_id(self) -> str:
        return BUNDLED if self.run is None else self.run.run_id

    @property
    def title(self) -> str:
        """Its name on screen, as a person wrote it."""
        return "Bundled network" if self.run is None else self.label or self.run.title

    @property
    def dataset(self) -> str:
        """Name of the data set that it was trained on; for the bundled network, of MNIST as far as it is here."""
        return cached.default_dataset() if self.run is None else self.run.config.dataset

    @property
    def class_names(self) -> tuple[str, ...]:
        return class_names_of(self.dataset)

    @property
    def architecture(self) -> Architecture:
        return bundled_network().config.architecture if self.run is None else self.run.config.architecture

    def weights(self) -> Weights:
        """Its weights by name.

        Raises:
            RunError: the run was deleted, or its weights are damaged.
        """
        return bundled_network().weights if self.run is None else cached.weights(self.run.run_id)

    def scaled(self, images: UInt8Array) -> np.ndarray:
        """Images uint8 (N, 28, 28) as its input, float32 (N, 28, 28, 1)."""
        scaler = bundled_network().scaler if self.run is None else scaler_of(self.run)
        return scaler.apply(images)

    def predict(self, images: UInt8Array) -> np.ndarray:
        """Class probabilities, float32 (N, 10), of images uint8 (N, 28, 28).

        Raises:
            RunError: the run was deleted, or its weights are damaged.
        """
        if self.run is None:
            return bundled_network().predict(images)
        return score_images(self.architecture, self.weights(), scaler_of(self.run), images)


def render_networks(context: Context) -> tuple[Answering, ...]:
    """A box of networks to ask as well; returns all that answer, those of the bar above first."""
    named = [Answering(run=run) for run in (context.run, context.compared) if run is not None and has_weights(run)]
    first = named or [Answering(run=None)]
    known = {answering.network_id for answering in first}
    runs = {run.run_id: run for run in cached.newest_runs() if has_weights(run)}
    offered = [name for name in (BUNDLED, *runs) if name not in known]
    others = [name for name in draw.networks or () if name in offered][: MAX_OTHERS + 1 - len(first)]
    if offered:
        _render_box(offered, others, runs)
    return labelled([*first, *(Answering(run=runs.get(name)) for name in others)])


def labelled(networks: Sequence[Answering]) -> tuple[Answering, ...]:
    """The same networks with names that differ."""
    runs = [one.run for one in networks if one.run is not None]
    labels = dict(zip((run.run_id for run in runs), short_labels(runs), strict=True))
    return tuple(replace(one, label=labels.get(one.network_id, "")) for one in networks)


def has_weights(run: RunRecord) -> bool:
    """Whether a run has finished an epoch, so that its network can answer."""
    return run.best_epoch is not None


def _render_box(offered: list[str], others: list[str], runs: Mapping[str, RunRecord]) -> None:
    labels = {BUNDLED: "Bundled network", **run_labels(runs.values())}
    key = widget_key(f"linked.{DrawChoices.networks.name}", others)
    st.multiselect(
        "Compare with other networks",
        offered,
        default=others,
        format_func=lambda name: labels.get(name, name),
        key=key,
        max_selections=MAX_OTHERS,
        placeholder="Compare with other networks",
        label_visibility="collapsed",
        on_change=_take,
        args=(key,),
    )


def _take(key: str) -> None:
    DrawChoices.networks.choose_sent(tuple(widget_value(key) or ()))
