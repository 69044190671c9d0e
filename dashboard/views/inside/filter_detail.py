"""One filter: its weights for each input channel, and which channels it reads most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.linked_choice import linked_toggle
from dashboard.views.inside.choices import InsideChoices
from dashboard.widgets.tile_grid import tile_grid
from mnist_core.network.filters import FilterBank, FilterStatistics
from mnist_core.shares import shown_share

SLICE, ENLARGED = 32, 96
N_SLICES, N_NAMED = 36, 3


def render_slices(bank: FilterBank, position: int, limit: float) -> None:
    """The slices of a filter, those of the highest norm first."""
    inputs = bank.kernels.shape[2]
    shares = _channel_shares(bank, position)
    order = np.argsort(-np.nan_to_num(shares), kind="stable")
    is_cut = inputs > N_SLICES and not _render_all_toggle()
    shown = order[:N_SLICES] if is_cut else order
    if inputs > 1:
        st.caption(_channel_words(shares, order, len(shown)))
    tile_grid(
        bank.kernels[..., shown, position].transpose(2, 0, 1),
        [f"input channel {channel}, {shown_share(float(shares[channel]))} of the squared norm" for channel in shown],
        key="inside.windows",
        label=f"Slices of filter {position}, one per input channel",
        limit=limit,
        captions=[str(channel) for channel in shown] if inputs > 1 else None,
        picks=False,
        cell=ENLARGED if inputs == 1 else SLICE,
        legend=inputs == 1,
    )


def render_numbers(statistics: FilterStatistics) -> None:
    """The numbers of a filter in a sentence."""
    ends = f"{statistics.smallest:.3f} to {statistics.largest:.3f}"
    st.caption(f"Weights of filter {statistics.position}: {ends}. {_sentence(statistics)}")


def _render_all_toggle() -> bool:
    return linked_toggle(
        "All input channels", choice=InsideChoices.slices, help=f"Off: the {N_SLICES} slices of the highest norm."
    )


def _channel_shares(bank: FilterBank, position: int) -> np.ndarray:
    """The share of each input channel in the squared norm of a filter; zeros for a filter of zeros."""
    squares = np.square(bank.channel_norms(position))
    total = squares.sum()
    return squares / total if total != 0 else squares


def _channel_words(shares: np.ndarray, order: np.ndarray, n_shown: int) -> str:
    """Which input channels matter most by the weights."""
    named = ", ".join(f"{channel} ({shown_share(float(shares[channel]))})" for channel in order[:N_NAMED])
    which = f"One slice for each of {len(shares)} input channels"
    if n_shown < len(shares):
        rest = shown_share(float(shares[order[n_shown:]].sum()))
        which = f"The {n_shown} slices of the highest norm of {len(shares)}; the others hold {rest} of the squared norm"
    return f"{which}. Largest shares of the squared norm: channels {named}."


def _sentence(statistics: FilterStatistics) -> str:
    sparsity = shown_share(statistics.sparsity)
    parts = [f"Norm {statistics.norm:.3f}, mean {statistics.mean:.3f}, {sparsity} near-zero weights."]
    if statistics.is_faint:
        parts.append("Its norm is far below the others, so it may have no effect.")
    if statistics.duplicate_of is not None:
        parts.append(f"Nearly the same pattern as filter {statistics.duplicate_of}.")
    return " ".join(parts)
