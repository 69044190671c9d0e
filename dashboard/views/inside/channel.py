"""One feature map, or one unit, in detail: its numbers, its filter, and the test digits it answers to most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.server.background import Job
from dashboard.shared.job_progress import job_result
from dashboard.views.inside.choices import inside
from dashboard.views.inside.digits import TestDigits
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.tile_grid import tile_grid
from mnist_core.data.rows import Row
from mnist_core.models.layers import Dense, GlobalAveragePool, Residual
from mnist_core.network.feature_maps import LayerActivation, Responses, responses
from mnist_core.network.filters import FilterBank, filter_banks

ENLARGED = 140
N_SLICES, N_STRONGEST = 24, 18
N_SEARCHED = 1_000
"""Test digits that are searched for the strongest answers: a large network would need seconds for more."""


def render_channel(network: TrainedNetwork, digits: TestDigits, activation: LayerActivation, channel: int) -> None:
    """A box below the maps of the layer."""
    with st.container(border=True, key="inside.channel"):
        with st.container(horizontal=True, vertical_alignment="center"):
            word = "Map" if activation.is_image else "Unit"
            st.markdown(f"**{word} {channel} of {activation.layer}** · {_numbers(activation, channel)}")
            st.button("Close", key="inside.close", icon=":material/close:", type="tertiary", on_click=_close)
        parts = st.columns([3, 4, 6] if activation.is_image else [3, 7], gap="medium")
        if activation.is_image:
            with parts[0]:
                _render_map(activation, channel)
        with parts[-2]:
            _render_filter(network, activation, channel)
        with parts[-1]:
            _render_strongest(network, digits, activation.layer, channel)


def _close() -> None:
    inside.channel = None


def _numbers(activation: LayerActivation, channel: int) -> str:
    values = activation.values[..., channel]
    if not activation.is_image:
        return f"{float(values):.4g} for this digit"
    active = float((values != 0).mean())
    if active == 0:
        return "0 everywhere for this digit"
    return f"{values.min():.3g} to {values.max():.3g}, mean {values.mean():.3g}, not 0 in {active:.0%} of its places"


def _render_map(activation: LayerActivation, channel: int) -> None:
    st.caption("For this digit")
    tile_grid(
        activation.values[np.newaxis, ..., channel],
        [f"map {channel}"],
        key="inside.enlarged",
        label=f"Map {channel} of {activation.layer}",
        limit=activation.limit,
        picks=False,
        cell=ENLARGED,
        legend=False,
    )


def _render_filter(network: TrainedNetwork, activation: LayerActivation, channel: int) -> None:
    bank = _bank_of(network, activation)
    if bank is None:
        st.caption(_no_filter(activation, channel))
        return
    slices = bank.kernels[..., channel].transpose(2, 0, 1)
    order = np.argsort(-np.abs(slices).sum(axis=(1, 2)), kind="stable")[:N_SLICES]
    n = len(slices)
    st.caption(_filter_words(n, len(order)))
    tile_grid(
        slices[order],
        [f"input {position}" for position in order],
        key="inside.slices",
        label=f"Filter {channel} of {activation.layer}",
        limit=bank.limit,
        picks=False,
        cell=96 if n == 1 else 30,
    )


def _filter_words(n: int, n_shown: int) -> str:
    if n == 1:
        return "Its filter"
    which = f"{n} windows" if n_shown == n else f"the {n_shown} strongest of {n} windows"
    return f"Its filter: {which}, one for each input"


def _no_filter(activation: LayerActivation, channel: int) -> str:
    if activation.kind == Residual.kind:
        return "A block of several convolutions; their filters are in the view Filters."
    if activation.kind == Dense.kind:
        return "It has no filter: it weighs all its inputs."
    if activation.kind == GlobalAveragePool.kind:
        return f"It has no filter: it is the mean of map {channel} of the layer before."
    return f"It has no filter: it looks at channel {channel} of the layer before, and at no other."


def _bank_of(network: TrainedNetwork, activation: LayerActivation) -> FilterBank | None:
    """The filters that give this layer's maps; of a residual block none does alone."""
    banks = [bank for bank in filter_banks(network.architecture, network.weights) if bank.layer == activation.layer]
    return banks[-1] if banks else None  # of a separable convolution the pointwise ones, which come last


def _render_strongest(network: TrainedNetwork, digits: TestDigits, layer: str, channel: int) -> None:
    images, scaler = digits.dataset.test.images[:N_SEARCHED], network.run.scaler
    st.caption(f"The test digits it answers to most, of the first {len(images):,}")

    def search(_: Job) -> Responses:
        assert scaler is not None  # else no digit could have been sent through
        return responses(network.architecture, network.weights, scaler.apply(images), layer)

    key = ("responses", *network.key, digits.dataset.sha256, layer)
    found: Responses | None = job_result(key, search, title="Searching the test digits", name="inside.search")
    if found is None:
        return
    if found.is_silent[channel]:
        st.markdown("None: it is 0 for every one of them. It may be dead.")
        return
    rows = found.strongest_images(channel, N_STRONGEST)
    names = digits.dataset.class_names
    picked = digit_grid(
        images[rows],
        [names[label] for label in digits.dataset.test.labels[rows]],
        key=f"inside.strongest.{layer}.{channel}",
        label="Digits with the strongest answer",
        ids=rows,
        notes=[
            f"test digit {row}: true {names[digits.dataset.test.labels[row]]}, peak {found.peaks[row, channel]:.3g}"
            for row in rows
        ],
        cell=40,
    )
    if picked is not None:
        inside.image, inside.page = Row(int(rows[picked])), None
        st.rerun()
