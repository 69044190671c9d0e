"""The filters of each convolution on one scale, and the statistics of their weights."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.shared.data_table import data_table
from dashboard.shared.linked_choice import linked_segments, linked_select, linked_toggle
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.views.inside.choices import InsideChoices, KernelOrder, inside
from dashboard.views.inside.filter_detail import render_numbers, render_slices
from dashboard.views.inside.filter_findings import render_filter_responses, render_findings, searched_findings
from dashboard.views.inside.network import TrainedNetwork
from dashboard.views.inside.weight_images import render_no_filters
from dashboard.widgets.tile_grid import picked_tile, tile_grid
from mnist_core.network.filters import ALIKE, FAINT, NEAR_ZERO, FilterBank, FilterStatistics, common_limit
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted

CELL = 48
FEW_LAYERS = 5
ORDERS = {
    KernelOrder.NUMBER: "Number",
    KernelOrder.STRENGTH: "Norm",
    KernelOrder.SPARSITY: "Sparsity",
}
GRID = "inside.filters"


def render_filters(network: TrainedNetwork) -> None:
    """One convolution at a time: all its filters, one of them in detail, and their statistics."""
    banks = {bank.name: bank for bank in cached.filter_banks(network.run.run_id)}
    if not banks:
        render_no_filters(network)
        return
    question, answer = question_and_answer()
    with question:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            bank = banks[_render_layer_choice(tuple(banks))]
            order = linked_segments(
                "Sort by",
                tuple(ORDERS),
                choice=InsideChoices.order,
                words=ORDERS.__getitem__,
                help="Norm: the root of the sum of the squared weights. Sparsity: the share of near-zero weights, "
                f"below {shown_level(NEAR_ZERO)} of the largest of the layer. The highest comes first.",
            )
            is_common = _render_scale_toggle() if len(banks) > 1 else False
        limit = common_limit(banks.values()) if is_common else bank.limit
        shown = _ordered(bank, order)
        position = _open_filter(bank, shown)
        _render_bank(bank, shown, position, limit)
        place = st.container()
        _render_statistics(bank, f"{network.run.title} filters {bank.name}")
    is_open, close = inside.filter is not None, InsideChoices.filter.reset
    panel = answer_panel(answer, name="inside", title=f"Filter {position}", is_open=is_open, on_close=close)
    with panel, st.container(key="inside.filter"):
        if not is_open:
            st.markdown(f"**Filter {position}**")
        render_numbers(bank.statistics[position])
        top = st.container(gap="xsmall")
        render_slices(bank, position, limit)
    with place:
        findings = searched_findings(network, bank)
        if findings is not None:
            render_findings(bank, findings)
    with top:
        if findings is not None:
            render_filter_responses(network, findings, position)


def _open_filter(bank: FilterBank, shown: np.ndarray) -> int:
    """The filter that was clicked, also just now; else the first."""
    picked = picked_tile(f"{GRID}.{bank.name}", len(shown))
    if picked is not None:
        inside.filter = int(shown[picked])
    wanted = inside.filter
    return int(shown[0]) if wanted is None or wanted >= len(shown) else wanted


def _render_layer_choice(names: tuple[str, ...]) -> str:
    choose = linked_segments if len(names) <= FEW_LAYERS else partial(linked_select, width=260)
    return choose(
        "Convolution",
        names,
        choice=InsideChoices.layer,
        default=names[0],
        words=_layer_words,
        resets=(InsideChoices.filter,),
        help="In the order of the network.",
    )


def _layer_words(name: str) -> str:
    layer, _, part = name.partition("/")
    return layer if part == "kernel" else f"{layer}, {part.removesuffix('_kernel')}"


def _render_scale_toggle() -> bool:
    return linked_toggle(
        "One scale for all layers",
        choice=InsideChoices.scale,
        help="On: colours can be compared between layers. Off: each layer uses the whole scale.",
    )


def _ordered(bank: FilterBank, order: KernelOrder) -> np.ndarray:
    if order is KernelOrder.NUMBER:
        return np.arange(len(bank.statistics))
    name = "norm" if order is KernelOrder.STRENGTH else "sparsity"
    values = np.array([getattr(statistics, name) for statistics in bank.statistics])
    return np.argsort(-values, kind="stable")


def _render_bank(bank: FilterBank, shown: np.ndarray, position: int, limit: float) -> None:
    height, width, inputs, n = bank.kernels.shape
    st.markdown(f"**{n} filters of {height} × {width}** on {counted(inputs, 'input channel')}")
    if inputs > 1:
        st.caption("Each filter is shown by its slice of highest norm; click one to see all its slices.")
    at = np.flatnonzero(shown == position)
    tile_grid(
        np.stack([_slice_of_highest_norm(bank, filter_position) for filter_position in shown]),
        [_tile_name(bank.statistics[p]) for p in shown],
        key=f"{GRID}.{bank.name}",
        label=f"Filters of {bank.layer}",
        limit=limit,
        captions=[str(p) for p in shown],
        selected=int(at[0]),
        cell=CELL,
    )
    st.caption("Green weights are above 0, purple ones below.")


def _tile_name(statistics: FilterStatistics) -> str:
    sparsity = shown_share(statistics.sparsity)
    return f"filter {statistics.position}, norm {statistics.norm:.3g}, {sparsity} near-zero weights"


def _slice_of_highest_norm(bank: FilterBank, position: int) -> np.ndarray:
    return bank.kernels[..., bank.main_slice(position), position]


def _render_statistics(bank: FilterBank, name: str) -> None:
    faint = sum(statistics.is_faint for statistics in bank.statistics)
    repeats = sum(statistics.duplicate_of is not None for statistics in bank.statistics)
    st.subheader("Statistics of each filter", anchor=False)
    st.caption(
        f"{counted(faint, 'filter')} with a norm below {shown_level(FAINT)} of the median, {repeats} with a cosine "
        f"similarity of at least {ALIKE:g} to an earlier one. Click a column title to sort."
    )
    number = st.column_config.NumberColumn
    data_table(
        pd.DataFrame([_line(statistics) for statistics in bank.statistics]),
        texts={"Near-zero weights": shown_share},
        name=name,
        height=min(320, 38 + 35 * len(bank.statistics)),
        key=f"inside.statistics.{bank.name}",
        column_config={
            "Norm": number(format="%.3f", help="Root of the sum of the squared weights."),
            "Mean": number(format="%.4f", help="Far from 0: the filter responds to brightness more than to shape."),
            "Smallest": number(format="%.3f"),
            "Largest": number(format="%.3f"),
            "Near-zero weights": number(
                help=f"Share of weights below {shown_level(NEAR_ZERO)} of the largest of the layer."
            ),
            "Highest cosine similarity": number(
                format="%.2f", help="With another filter of the layer; 1 is the same pattern."
            ),
        },
    )


def _line(statistics: FilterStatistics) -> dict[str, object]:
    note = "low norm" if statistics.is_faint else ""
    if statistics.duplicate_of is not None:
        note = f"{note}, like filter {statistics.duplicate_of}".removeprefix(", ")
    return {
        "Filter": statistics.position,
        "Norm": statistics.norm,
        "Mean": statistics.mean,
        "Smallest": statistics.smallest,
        "Largest": statistics.largest,
        "Near-zero weights": statistics.sparsity,
        "Highest cosine similarity": statistics.similarity,
        "Note": note,
    }
