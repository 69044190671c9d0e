"""The maps of the four attribution methods, each beside that of the same network with random weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import streamlit as st

from dashboard.widgets.tile_grid import tile_grid
from mnist_core.data.dataset import UInt8Array
from mnist_core.models.architecture import Architecture
from mnist_core.network.operations import Array
from mnist_core.probing.attribution import METHODS, Attribution, Method, cam_layer, similarity
from mnist_core.shares import shown_share

CELL, RANDOM_CELL = 168, 84
LEGEND = (
    "Green pixels raise the score, purple ones lower it; 0 is in the middle. The methods have different units, so each "
    "map fills the scale up to its own largest value, which is written below it."
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shown:
    """What is shown: the maps of the trained network, and those of one with random weights once they are there."""

    trained: Attribution
    random: Attribution | None
    image: UInt8Array
    is_unsigned: bool

    def map_of(self, found: Attribution, method: Method) -> Array | None:
        """The map as it is drawn; None if the method does not apply."""
        values = found.maps.get(method)
        is_absolute = values is not None and method is Method.SALIENCY and self.is_unsigned
        return np.abs(values) if values is not None and is_absolute else values


def render_methods(architecture: Architecture, shown: Shown, *, name: str, in_row: int) -> None:
    """A place for each method: its map, what it shows and where it misleads, and the check with random weights.

    Args:
        name: prefix of the keys, such as "inside".
        in_row: how many stand side by side.
    """
    st.caption(LEGEND)
    rows = [st.columns(in_row, gap="small") for _ in range(0, len(Method), in_row)]
    for column, method in zip(chain.from_iterable(rows), Method, strict=False):
        with column, st.container(key=f"{name}.method.{method}", gap="xsmall"):
            st.markdown(f"**{METHODS[method].title}**", help=f"{METHODS[method].source}. Unit: {METHODS[method].unit}.")
            _render_method(architecture, shown, method, name=name)


def _render_method(architecture: Architecture, shown: Shown, method: Method, *, name: str) -> None:
    values = shown.map_of(shown.trained, method)
    if values is None:
        st.caption(_no_cam(architecture))
        return
    _render_map(values, shown.image, key=f"{name}.attribution.{method}", title=METHODS[method].title, cell=CELL)
    random = None if shown.random is None else shown.map_of(shown.random, method)
    if random is not None:
        _render_check(values, random, shown.image, method, name=name)
    if method is Method.INTEGRATED:
        st.caption(_completeness(shown.trained))
    elif method is Method.GRAD_CAM:
        st.caption(f"Of the feature maps of {cam_layer(architecture)}.")
    st.caption(f"{METHODS[method].shows} **Misleads:** {METHODS[method].misleads}")


def _render_map(values: Array, image: UInt8Array, *, key: str, title: str, cell: int) -> None:
    tile_grid(
        values[np.newaxis],
        [title],
        key=key,
        label=title,
        limit=float(np.abs(values).max()),
        picks=False,
        cell=cell,
        ink=image,
    )


def _render_check(values: Array, random: Array, image: UInt8Array, method: Method, *, name: str) -> None:
    """The same method on random weights: a map that looks the same does not show what was learned."""
    signed, unsigned = similarity(values, random), similarity(values, random, is_signed=False)
    without = "" if signed == unsigned else f", without sign {_number(unsigned)}"
    with st.container(key=f"{name}.check.{method}", gap="xxsmall"):
        st.caption(
            f"Random weights: similarity **{_number(signed)}**{without}",
            help="Spearman's rank correlation of the two maps over all pixels: 1 is the same order, 0 none in common. "
            "A map that hardly changes when all weights are drawn anew does not show what the network has learned "
            "(Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018).",
        )
        tile_grid(
            random[np.newaxis],
            ["With random weights"],
            key=f"{name}.random.{method}",
            label=f"{METHODS[method].title} with random weights",
            limit=float(np.abs(random).max()),
            picks=False,
            cell=RANDOM_CELL,
            legend=False,
            ink=image,
        )


def _completeness(found: Attribution) -> str:
    difference = found.score - found.empty_score
    error = abs(found.integrated_sum - difference) / max(abs(difference), 1e-9)
    return (
        f"Sum **{found.integrated_sum:+.3f}**, difference of the scores **{difference:+.3f}**: "
        f"{shown_share(error)} off, {found.steps:,} steps."
    )


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:+.2f}"


def _no_cam(architecture: Architecture) -> str:
    if any("conv" in row.kind or row.kind == "residual" for row in architecture.rows):
        return (
            "Not for this network: the feature maps of its convolutions have one position each, so they do not say "
            "where anything is."
        )
    return "Not for this network: it has no convolution, and so no feature maps that say where something was found."
