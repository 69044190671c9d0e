"""The filters of each convolution on one scale, and the statistics of their weights."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.linked_choice import linked_segments, linked_select, linked_toggle
from dashboard.shared.share_columns import with_shares
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.views.inside.choices import FilterOrder, InsideChoices, inside
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.tile_grid import picked_tile, tile_grid
from mnist_core.models.architecture import OUTPUT
from mnist_core.network.filters import ALIKE, FAINT, NEAR_ZERO, FilterBank, FilterStatistics, common_limit, filter_banks
from mnist_core.network.templates import PixelTemplates, pixel_templates
from mnist_core.shares import shown_level, shown_share

CELL, ENLARGED, WEIGHT_IMAGE = 48, 108, 84
FEW_LAYERS = 5
N_WEIGHT_IMAGES = 64
ORDERS = {FilterOrder.NUMBER: "By number", FilterOrder.STRENGTH: "Highest norm first"}
GRID = "inside.filters"


def render_filters(network: TrainedNetwork) -> None:
    """One convolution at a time: all its filters, one of them in detail, and their statistics."""
    banks = {bank.name: bank for bank in filter_banks(network.architecture, network.weights)}
    if not banks:
        _render_no_filters(network)
        return
    question, answer = question_and_answer()
    with question:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            bank = banks[_render_layer_choice(tuple(banks))]
            order = linked_segments(
                "Order",
                tuple(ORDERS),
                choice=InsideChoices.order,
                words=ORDERS.__getitem__,
                help="The norm of a filter is the root of the sum of its squared weights.",
            )
            is_common = _render_scale_toggle() if len(banks) > 1 else False
        limit = common_limit(banks.values()) if is_common else bank.limit
        shown = _ordered(bank, order)
        position = _open_filter(bank, shown)
        _render_bank(bank, shown, position, limit)
        _render_statistics(bank)
    is_open, close = inside.filter is not None, InsideChoices.filter.reset
    panel = answer_panel(answer, name="inside", title=f"Filter {position}", is_open=is_open, on_close=close)
    with panel, st.container(key="inside.filter"):
        _render_filter(bank, position, limit)


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


def _ordered(bank: FilterBank, order: FilterOrder) -> np.ndarray:
    norms = np.array([statistics.norm for statistics in bank.statistics])
    return np.argsort(-norms, kind="stable") if order is FilterOrder.STRENGTH else np.arange(len(norms))


def _render_bank(bank: FilterBank, shown: np.ndarray, position: int, limit: float) -> None:
    height, width, inputs, n = bank.kernels.shape
    st.markdown(f"**{n} filters of {height} × {width}** on {_counted(inputs, 'input channel')}")
    if inputs > 1:
        st.caption("Each filter is shown by its slice of highest norm; click one to see all its slices.")
    at = np.flatnonzero(shown == position)
    tile_grid(
        np.stack([_slice_of_highest_norm(bank, filter_position) for filter_position in shown]),
        [f"filter {p}, norm {bank.statistics[p].norm:.3g}" for p in shown],
        key=f"{GRID}.{bank.name}",
        label=f"Filters of {bank.layer}",
        limit=limit,
        captions=[str(p) for p in shown],
        selected=int(at[0]),
        cell=CELL,
    )
    st.caption("Green weights are above 0, purple ones below.")


def _slice_of_highest_norm(bank: FilterBank, position: int) -> np.ndarray:
    return bank.kernels[..., bank.main_slice(position), position]


def _render_filter(bank: FilterBank, position: int, limit: float) -> None:
    statistics, inputs = bank.statistics[position], bank.kernels.shape[2]
    st.markdown(f"**Filter {position}** · weights {statistics.smallest:.3f} to {statistics.largest:.3f}")
    st.caption(_sentence(statistics))
    tile_grid(
        bank.kernels[..., position].transpose(2, 0, 1),
        [f"input channel {channel}" for channel in range(inputs)],
        key="inside.windows",
        label=f"Slices of filter {position}, one per input channel",
        limit=limit,
        captions=[str(channel) for channel in range(inputs)] if inputs > 1 else None,
        picks=False,
        cell=ENLARGED if inputs == 1 else CELL - 12,
        legend=inputs == 1,
    )
    if inputs > 1:
        st.caption(f"{inputs} slices, one per input channel, with its number.")


def _sentence(statistics: FilterStatistics) -> str:
    sparsity = shown_share(statistics.sparsity)
    parts = [f"Norm {statistics.norm:.3f}, mean {statistics.mean:.3f}, {sparsity} near-zero weights."]
    if statistics.is_faint:
        parts.append("Its norm is far below the others, so it may have no effect.")
    if statistics.duplicate_of is not None:
        parts.append(f"Nearly the same pattern as filter {statistics.duplicate_of}.")
    return " ".join(parts)


def _render_statistics(bank: FilterBank) -> None:
    faint = sum(statistics.is_faint for statistics in bank.statistics)
    repeats = sum(statistics.duplicate_of is not None for statistics in bank.statistics)
    st.subheader("Statistics of each filter", anchor=False)
    st.caption(
        f"{_counted(faint, 'filter')} with a norm below {shown_level(FAINT)} of the median, {repeats} with a cosine "
        f"similarity of at least {ALIKE:g} to an earlier one. Click a column title to sort."
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        with_shares(
            pd.DataFrame([_line(statistics) for statistics in bank.statistics]), {"Near-zero weights": shown_share}
        ),
        hide_index=True,
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


def _render_no_filters(network: TrainedNetwork) -> None:
    st.info("This network has no convolution, so it has no filters.", icon=":material/info:")
    templates = pixel_templates(network.architecture, network.weights)
    if templates is not None:
        _render_weight_images(templates)
    if (target := page_named("design")) is not None:
        st.page_link(target, label="Design a network with a convolution", icon=":material/arrow_forward:")


def _render_weight_images(templates: PixelTemplates) -> None:
    """What a dense network has instead of filters."""
    n = len(templates.images)
    is_output = templates.layer == OUTPUT
    each = "class" if is_output else "unit"
    shown = np.argsort(-np.square(templates.images).sum(axis=(1, 2)), kind="stable")[:N_WEIGHT_IMAGES]
    if is_output:
        shown = np.arange(n)
    st.markdown(f"**{n} weight images of {templates.layer}**")
    more = f" The {len(shown)} of highest norm are shown." if len(shown) < n else ""
    st.caption(
        f"The weights from every pixel to each {each}, drawn as an image. Ink on green raises the output of the "
        f"{each}, ink on purple lowers it.{more}"
    )
    tile_grid(
        templates.images[shown],
        [f"{each} {position}" for position in shown],
        key="inside.templates",
        label=f"Weight images of {templates.layer}",
        limit=templates.limit,
        captions=[str(position) for position in shown],
        picks=False,
        cell=WEIGHT_IMAGE,
    )


def _counted(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
