"""Thousands of digits as points: hovering shows a digit, a lasso selects several."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.widgets.component import component, position_in, sent
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import Float32Array, UInt8Array

MAX_POINTS = 5_000
"""More points hide each other, and their sprite sheet would be too large for a browser."""

_SHEET_COLUMNS = 64

_component = component(__file__, events=("picked", "lassoed"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """The title of an axis; an empty one means an axis without numbers, whose values have no meaning."""

    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScatterEvent:
    """What a person did in this rerun: picked a point, selected points with a lasso (positions, rising), or nothing."""

    picked: int | None = None
    lassoed: tuple[int, ...] | None = None


def digit_scatter(
    images: UInt8Array,
    points: Float32Array,
    notes: Sequence[str],
    *,
    key: str,
    label: str,
    x: Axis,
    y: Axis,
    colours: UInt8Array,
    palette: Sequence[str],
    glyphs: Sequence[str],
    selected: NDArray[np.bool_] | None = None,
    height: int = 560,
) -> ScatterEvent:
    """Show points; a click picks the nearest one, a lasso selects all points in it.

    Args:
        images: uint8 (N, 28, 28), at most `MAX_POINTS`.
        points: float32 (N, 2); one that is not finite is not drawn.
        notes: for each point what it is, shown beside its digit.
        key: "<page>.<field>".
        label: what is shown, for screen readers.
        colours: uint8 (N,), position of each point's colour in `palette`.
        palette: CSS colours.
        glyphs: the symbol for each colour: "dot", "cross", or a text of one or two characters.
        selected: bool (N,), which points are selected; the others are drawn faintly. None draws all alike.
        height: in CSS pixels; on a narrow screen it is as high as wide.
    """
    count = min(len(points), MAX_POINTS)
    _component(
        key=key,
        data={
            "sheet": sprite_url(images[:count], _SHEET_COLUMNS),
            "sheetColumns": _SHEET_COLUMNS,
            "points": _packed(points[:count].astype("<f4")),
            "colours": _packed(colours[:count]),
            "palette": tuple(palette),
            "glyphs": tuple(glyphs),
            "notes": "\n".join(notes[:count]),
            "selected": None if selected is None else _packed(selected[:count].astype(np.uint8)),
            "label": label,
            "x": x.title,
            "y": y.title,
            "height": height,
        },
    )
    return _event(key, count)


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _event(key: str, count: int) -> ScatterEvent:
    """What the browser sent, as far as it is valid."""
    lassoed = sent(key, "lassoed")
    if isinstance(lassoed, list | tuple) and len(lassoed) <= count:
        positions = {position for item in lassoed if (position := position_in(item, count)) is not None}
        return ScatterEvent(lassoed=tuple(sorted(positions)))
    return ScatterEvent(picked=position_in(sent(key, "picked"), count))
