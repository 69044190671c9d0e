"""A list of parts and what each does to two counts: a small picture, a bar to either side of 0, and the numbers."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.colours import RIGHT, SIGNED, WRONG
from dashboard.widgets.component import component, position_in, sent, take_sent

FULL = 127  # how the limit of the pictures is written in 8 bits

_component = component(__file__, events=("picked",))


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One line.

    Attributes:
        title: what it is, such as "Filter 7".
        lost, won: the two counts; the bar goes to the left for what is lost and to the right for what is won.
        change: the change in words, such as "−1.70 points".
        interval: its interval in words.
        note: a longer text, for screen readers and tooltips.
    """

    title: str
    lost: int
    won: int
    change: str
    interval: str
    note: str


def effect_list(
    effects: Sequence[Effect],
    pictures: np.ndarray | None,
    *,
    key: str,
    label: str,
    heads: tuple[str, str, str, str, str],
    limit: float,
    scale: int,
    selected: int | None = None,
) -> int | None:
    """Show the list; return the position of the line picked in this rerun, or None.

    Tab enters it, the arrow keys, Home and End move within it, Enter or Space picks.

    Args:
        pictures: numbers with a sign (N, side, side), one for each line, or None.
        key: "<page>.<field>".
        label: what the list shows, for screen readers.
        heads: titles of the columns: what it is, the bar, what is lost, what is won, the change.
        limit: the largest absolute number on the scale of the pictures.
        scale: the largest count, at which a bar is full.
        selected: position of the line to show as picked. `picked_effect` returns a click before the list is drawn.
    """
    _component(
        key=key,
        data={
            "label": label,
            "heads": heads,
            "rows": tuple((item.title, item.lost, item.won, item.change, item.interval, item.note) for item in effects),
            "scale": max(1, scale),
            "pictures": None if pictures is None else _written(pictures, limit),
            "side": 0 if pictures is None else pictures.shape[-1],
            "selected": -1 if selected is None else selected,
            "colours": {"lost": WRONG, "won": RIGHT},
            "palette": SIGNED,
            "theme": st.context.theme.type,  # so that it is drawn anew when the theme changes
        },
    )
    return position_in(sent(key, "picked"), len(effects))


def picked_effect(key: str, count: int) -> int | None:
    """The position that was picked in this rerun, for a caller who needs it before the list is drawn; None without."""
    return position_in(take_sent(key, "picked"), count)


def _written(pictures: np.ndarray, limit: float) -> str:
    """The numbers as shares of `limit` in 8 bits, in base 64."""
    is_scale = np.isfinite(limit) and limit > 0
    shares = np.clip(np.nan_to_num(pictures / limit), -1, 1) if is_scale else np.zeros(pictures.shape)
    return base64.b64encode(np.rint(shares * FULL).astype(np.int8).tobytes()).decode()
