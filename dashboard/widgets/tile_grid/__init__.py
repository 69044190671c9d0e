"""Many small images of signed numbers on one scale, such as filters and feature maps; each can be clicked."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.colours import SIGNED
from dashboard.widgets.component import component, position_in, sent, take_sent
from mnist_core.data.dataset import UInt8Array

MAX_TILES = 1_024
"""The largest number of filters of a layer."""

FULL = 32_767  # how `limit` is written in 16 bits: far finer than visible differences of colour
NOT_A_NUMBER = -32_768

INK = 96
"""Pixels from this brightness on, of 255, are strokes."""

_component = component(__file__, events=("picked",))


def tile_grid(
    tiles: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    label: str,
    limit: float,
    captions: Sequence[str] | None = None,
    selected: int | None = None,
    picks: bool = True,
    cell: int = 56,
    legend: bool = True,
    ink: UInt8Array | None = None,
) -> int | None:
    """Show tiles; return the position of the one picked in this rerun, or None.

    The hue is the sign and its strength the absolute value: full strength is `limit`, and larger numbers look the same.
    What is not a number is grey. Hovering a pixel shows its value. Arrow keys, Home and End move between tiles, Enter
    or Space picks one.

    Args:
        tiles: numbers (N, side, side), at most `MAX_TILES`. A side of 1 is a single number.
        names: what each is, for screen readers and tooltips.
        key: "<page>.<field>".
        label: what the tiles are, for screen readers.
        limit: the largest absolute value on the scale.
        captions: a short text below each.
        selected: position of the tile to show as picked. `picked_tile` returns a click before the grid is drawn.
        picks: whether a click picks a tile.
        cell: width of a tile in CSS pixels, at most; it becomes a multiple of the side, so that pixels are square.
        legend: show the scale below.
        ink: a digit, uint8 (side, side), whose strokes are outlined on every tile.
    """
    count, side = min(len(tiles), MAX_TILES), tiles.shape[-1]
    _component(
        key=key,
        data={
            "values": _written(tiles[:count], limit),
            "count": count,
            "side": side,
            "cell": max(1, cell // side) * side,
            "limit": float(limit) if np.isfinite(limit) else 0.0,
            "names": tuple(names[:count]),
            "captions": None if captions is None else tuple(captions[:count]),
            "label": label,
            "selected": selected,
            "picks": picks,
            "legend": legend,
            "outline": "" if ink is None else outline(ink),
            "palette": SIGNED,
            "theme": st.context.theme.type,  # so that it is drawn anew when the theme changes
        },
    )
    return position_in(sent(key, "picked"), count) if picks else None


def picked_tile(key: str, count: int) -> int | None:
    """The position that was picked in this rerun, for a caller who needs it before the grid is drawn; None without."""
    return position_in(take_sent(key, "picked"), count)


def outline(ink: UInt8Array) -> str:
    """The edges between the strokes of a digit, uint8 (side, side), and the rest, as an SVG path in pixels."""
    is_ink = np.pad(ink >= INK, 1)
    across = np.argwhere(is_ink[1:, 1:-1] != is_ink[:-1, 1:-1])
    down = np.argwhere(is_ink[1:-1, 1:] != is_ink[1:-1, :-1])
    return "".join([*(f"M{x} {y}h1" for y, x in across), *(f"M{x} {y}v1" for y, x in down)])


def _written(tiles: np.ndarray, limit: float) -> str:
    """The numbers as shares of `limit` in 16 bits, little-endian, in base 64."""
    is_scale = np.isfinite(limit) and limit > 0
    shares = np.clip(np.nan_to_num(tiles / limit), -1, 1) if is_scale else np.zeros(tiles.shape)
    written = np.where(np.isnan(tiles), NOT_A_NUMBER, np.rint(shares * FULL))
    return base64.b64encode(written.astype("<i2").tobytes()).decode()
