"""Thousands of digits as points: pointing at one shows it, drawing round some picks them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.cached import sprite_url
from dashboard.charts.point_colours import PointColours
from dashboard.state.session import widget_value
from mnist_core.data.dataset import Float32Array, UInt8Array

MAX_POINTS = 5_000
"""More points hide each other, and their pictures are more than a browser takes at once."""

_SHEET_COLUMNS = 64

_component = st.components.v2.component(
    "mnist_studio_digit_scatter",
    html=Path(__file__).with_name("digit_scatter.html").read_text(encoding="utf-8"),
    css=Path(__file__).with_name("digit_scatter.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("digit_scatter.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """What stands beside an axis; an empty title means an axis without numbers, whose values mean nothing."""

    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScatterEvent:
    """What a person did in this rerun: picked one point, or drew round some (positions, rising); or nothing."""

    picked: int | None = None
    lassoed: tuple[int, ...] | None = None


def digit_scatter(
    images: UInt8Array,
    points: Float32Array,
    colours: PointColours,
    notes: Sequence[str],
    *,
    key: str,
    label: str,
    x: Axis,
    y: Axis,
    selected: NDArray[np.bool_] | None = None,
    height: int = 560,
) -> ScatterEvent:
    """Show points; a click picks the nearest one, a loop drawn with the pointer picks all in it.

    Args:
        images: uint8 (N, 28, 28), at most `MAX_POINTS`.
        points: float32 (N, 2); one that is not finite is not drawn.
        notes: for each point what it is, shown beside its digit.
        key: "<page>.<field>".
        label: what is shown, for those who hear the page.
        selected: bool (N,), which points are picked; the others are drawn faintly. None draws all alike.
        height: in CSS pixels; on a narrow screen it is as high as wide.
    """
    count = min(len(points), MAX_POINTS)
    _component(
        key=key,
        data={
            "sheet": sprite_url(images[:count], _SHEET_COLUMNS),
            "sheetColumns": _SHEET_COLUMNS,
            "points": _packed(points[:count].astype("<f4")),
            "colours": _packed(colours.index[:count]),
            "palette": tuple(colours.palette),
            "glyphs": tuple(colours.glyphs),
            "notes": "\n".join(notes[:count]),
            "selected": None if selected is None else _packed(selected[:count].astype(np.uint8)),
            "label": label,
            "x": x.title,
            "y": y.title,
            "height": height,
        },
        on_picked_change=_no_op,
        on_lassoed_change=_no_op,
    )
    return _event(widget_value(key), count)


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _event(value: Any, count: int) -> ScatterEvent:
    """What the browser sent, as far as it can be."""
    picked, lassoed = _part(value, "picked"), _part(value, "lassoed")
    if isinstance(lassoed, list | tuple) and len(lassoed) <= count:
        positions = sorted({position for item in lassoed if (position := _position(item, count)) is not None})
        return ScatterEvent(lassoed=tuple(positions))
    return ScatterEvent(picked=_position(picked, count))


def _part(value: Any, name: str) -> Any:
    try:
        return value[name]
    except (KeyError, TypeError):
        return None


def _position(value: Any, count: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if 0 <= value < count else None


def _no_op() -> None:
    """Makes Streamlit report the value at all."""
