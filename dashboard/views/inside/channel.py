"""Below a computation: the numbers of the whole channel, and on request the digits that activate it most."""

from __future__ import annotations

import streamlit as st

from dashboard.server.background import Job
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_toggle
from dashboard.views.inside.choices import Channel, InsideChoices
from dashboard.views.inside.network import TrainedNetwork
from dashboard.views.inside.top_digits import N_SEARCHED, N_TOP, render_top_digits, searched_words
from mnist_core.data.dataset import Dataset
from mnist_core.network.feature_maps import LayerActivation, Responses, responses
from mnist_core.network.steps import Operation
from mnist_core.shares import shown_share


def render_channel(network: TrainedNetwork, dataset: Dataset, activation: LayerActivation, channel: Channel) -> None:
    """For the panel beside the layers."""
    if activation.step.operation is Operation.FLATTEN:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="inside.channel"):
        st.caption(_numbers(activation, channel.number))
        is_wanted = linked_toggle(
            "Top digits",
            choice=InsideChoices.top,
            help=f"The {N_TOP} digits of {searched_words(dataset)} with the highest activation. The frame is the "
            "receptive field of the highest value.",
        )
    if is_wanted:
        _render_top_digits(network, dataset, channel)


def _numbers(activation: LayerActivation, channel: int) -> str:
    values = activation.values[..., channel]
    if not activation.is_image:
        return f"{float(values):.4g} for this digit"
    if not values.any():
        return "Inactive for this digit: 0 at every position."
    active = shown_share(float((values > 0).mean()))
    ends = f"{values.min():.3g} to {values.max():.3g}"
    return f"Whole map: {ends}, mean {values.mean():.3g}, active at {active} of positions"


def _render_top_digits(network: TrainedNetwork, dataset: Dataset, channel: Channel) -> None:
    images, scaler = dataset.test.images[:N_SEARCHED], network.run.scaler
    layer = channel.layer

    def search(job: Job) -> Responses:
        assert scaler is not None  # else there would be no activations
        scaled = scaler.apply(images)
        return responses(
            network.architecture, network.weights, scaled, layer, progress=lambda done, n: job.tell(done / n)
        )

    key = ("responses", *network.key, dataset.sha256, layer)
    found: Responses | None = job_result(key, search, title="Searching the test images", name="inside.search")
    if found is None:
        return
    if found.is_silent[channel.number]:
        st.markdown("None: its activation is 0 for all of them. It may be dead.")
        return
    render_top_digits(network, dataset, found, channel.number, key="inside.strongest")
