"""A slider for the range of a measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_values import UrlValue, reset
from mnist_core.data.finding.selection import Range
from mnist_core.data.measures.registry import Measure


def slider_ends(values: np.ndarray, *, is_whole: bool = False) -> tuple[float, float, float]:
    """Ends and step of a slider that covers all values, in round numbers; NaN is ignored."""
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if is_whole:
        return float(math.floor(least)), float(max(math.ceil(most), math.floor(least) + 1)), 1.0
    step = 10.0 ** math.floor(math.log10(max(most - least, 1e-3) / 50))
    low, high = math.floor(least / step) * step, math.ceil(most / step) * step
    return round(low, 6), round(max(high, low + step), 6), step


def render_range_slider(
    item: Range,
    measure: Measure,
    ends: tuple[float, float, float],
    *,
    choice: UrlValue[tuple[Range, ...]],
    resets: Sequence[UrlValue[Any]] = (),
) -> None:
    """The slider of one of the ranges of `choice`; a range that reaches an end of the slider has no bound there.

    Args:
        ends: as `slider_ends` gives them.
    """
    low, high, step = ends
    value = (
        min(max(low if item.low is None else item.low, low), high),
        max(min(high if item.high is None else item.high, high), low),
    )
    key = widget_key(f"{choice.name}.range.{item.name}", value)
    st.slider(
        f"{measure.title} ({measure.unit})",
        low,
        high,
        value,
        step=step,
        key=key,
        on_change=_take,
        args=(key, item.name, (low, high), choice, resets),
        help=measure.help,
    )


def _take(
    key: str,
    name: str,
    ends: tuple[float, float],
    choice: UrlValue[tuple[Range, ...]],
    resets: Sequence[UrlValue[Any]],
) -> None:
    low, high = widget_value(key)
    changed = Range(name=name, low=low if low > ends[0] else None, high=high if high < ends[1] else None)
    choice.choose_sent(tuple(changed if item.name == name else item for item in choice.get()))
    reset(*resets)
