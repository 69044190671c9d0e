"""One feature map or unit in detail: its activation, its kernel, and its top activations among the test digits."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.server.background import Job
from dashboard.shared.context.digit import open_digit
from dashboard.shared.job_progress import job_result
from dashboard.views.inside.choices import inside
from dashboard.views.inside.digits import TestDigits
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.tile_grid import tile_grid
from mnist_core.data.dataset import SplitName
from mnist_core.models.layers import Dense, GlobalAveragePool, Residual
from mnist_core.network.feature_maps import LayerActivation, Responses, responses
from mnist_core.network.filters import FilterBank, filter_banks
from mnist_core.shares import shown_share

ENLARGED = 140
N_SLICES, N_TOP = 24, 18
N_SEARCHED = 1_000
"""Test images that are searched for top activations: for more, a large network would take seconds."""


def channel_title(activation: LayerActivation, channel: int) -> str:
    """What was clicked: "Feature map 3 of conv_1"."""
    return f"{'Feature map' if activation.is_image else 'Unit'} {channel} of {activation.layer}"


def render_channel(network: TrainedNetwork, digits: TestDigits, activation: LayerActivation, channel: int) -> None:
    """For the panel beside the layers."""
    with st.container(key="inside.channel"):
        st.caption(_numbers(activation, channel))
        if activation.is_image:
            _render_map(activation, channel)
        _render_kernel(network, activation, channel)
        _render_top_activations(network, digits, activation.layer, channel)


def _numbers(activation: LayerActivation, channel: int) -> str:
    values = activation.values[..., channel]
    if not activation.is_image:
        return f"{float(values):.4g} for this digit"
    if not values.any():
        return "inactive for this digit"
    active = shown_share(float((values > 0).mean()))
    return f"{values.min():.3g} to {values.max():.3g}, mean {values.mean():.3g}, active at {active} of positions"


def _render_map(activation: LayerActivation, channel: int) -> None:
    st.caption("For this digit")
    tile_grid(
        activation.values[np.newaxis, ..., channel],
        [f"feature map {channel}"],
        key="inside.enlarged",
        label=f"Feature map {channel} of {activation.layer}",
        limit=activation.limit,
        picks=False,
        cell=ENLARGED,
        legend=False,
    )


def _render_kernel(network: TrainedNetwork, activation: LayerActivation, channel: int) -> None:
    bank = _bank_of(network, activation)
    if bank is None:
        st.caption(_no_filter(activation, channel))
        return
    slices = bank.kernels[..., channel].transpose(2, 0, 1)
    order = np.argsort(-np.abs(slices).sum(axis=(1, 2)), kind="stable")[:N_SLICES]
    n = len(slices)
    st.caption(_kernel_words(n, len(order)))
    tile_grid(
        slices[order],
        [f"input channel {position}" for position in order],
        key="inside.slices",
        label=f"Filter {channel} of {activation.layer}",
        limit=bank.limit,
        picks=False,
        cell=96 if n == 1 else 30,
    )


def _kernel_words(n: int, n_shown: int) -> str:
    if n == 1:
        return "Kernel"
    which = f"{n} slices" if n_shown == n else f"the {n_shown} largest of {n} slices"
    return f"Kernel: {which}, one per input channel"


def _no_filter(activation: LayerActivation, channel: int) -> str:
    if activation.kind == Residual.kind:
        return "This block has several convolutions. The tab Filters shows their filters."
    if activation.kind == Dense.kind:
        return "A unit has no filter: it has a weight for each of its inputs."
    if activation.kind == GlobalAveragePool.kind:
        return f"No filter: it is the mean of channel {channel} of the layer before."
    return f"No filter: it depends on channel {channel} of the layer before only."


def _bank_of(network: TrainedNetwork, activation: LayerActivation) -> FilterBank | None:
    """The filters that give this layer's feature maps; None for a residual block, which has several convolutions."""
    banks = [bank for bank in filter_banks(network.architecture, network.weights) if bank.layer == activation.layer]
    return banks[-1] if banks else None  # of a separable convolution the pointwise ones


def _render_top_activations(network: TrainedNetwork, digits: TestDigits, layer: str, channel: int) -> None:
    images, scaler = digits.dataset.test.images[:N_SEARCHED], network.run.scaler
    st.caption(f"Top activations (first {len(images):,} test images)")

    def search(_: Job) -> Responses:
        assert scaler is not None  # else there would be no activations
        return responses(network.architecture, network.weights, scaler.apply(images), layer)

    key = ("responses", *network.key, digits.dataset.sha256, layer)
    found: Responses | None = job_result(key, search, title="Searching the test images", name="inside.search")
    if found is None:
        return
    if found.is_silent[channel]:
        st.markdown("None: its activation is 0 for all of them. It may be dead.")
        return
    rows = found.strongest_images(channel, N_TOP)
    names = digits.dataset.class_names
    picked = digit_grid(
        images[rows],
        [names[label] for label in digits.dataset.test.labels[rows]],
        key=f"inside.strongest.{layer}.{channel}",
        label="Digits with the highest activation",
        ids=rows,
        notes=[
            f"test digit {row}: true {names[digits.dataset.test.labels[row]]}, peak {found.peaks[row, channel]:.3g}"
            for row in rows
        ],
        cell=40,
    )
    if picked is not None:
        open_digit(digits.dataset.name, SplitName.TEST, int(rows[picked]))
        inside.page = None
        st.rerun()
