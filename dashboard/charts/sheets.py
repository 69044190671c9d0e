"""Many small arrays of signed numbers as one heat map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, downloaded, escaped, plain, signed_scale

Maps = npt.NDArray[np.floating]

GAP = 1
"""Empty cells between adjacent arrays."""


def sheet_figure(
    maps: Maps,
    names: Sequence[str],
    *,
    limit: float,
    columns: int,
    unit: str = "weight",
    cell: int = 60,
    page: str = "light",
) -> go.Figure:
    """Arrays (height, width, count) side by side on one scale, each with its name above it.

    Args:
        names: one for each array.
        limit: the colour scale goes from -limit to limit.
        columns: arrays in a row.
        unit: name of a value in tooltips.
        cell: height of a row of arrays in pixels.
        page: name of the page's theme, "light" or "dark"; the colour of 0 is close to its background.
    """
    height, width, count = maps.shape
    columns = min(columns, max(1, count))
    rows = max(1, math.ceil(count / columns))
    values, texts = _sheet(maps, names, rows, columns)
    figure = go.Figure(layout=base_layout(height=rows * (cell + 18) + 16, margin={"l": 0, "r": 0, "t": 8, "b": 8}))
    figure.add_heatmap(
        z=plain(values),
        text=texts,
        meta=downloaded(_cells(maps, names, unit)),
        zmin=-(limit or 1.0),
        zmax=limit or 1.0,
        colorscale=signed_scale(page),
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{text}<br>" + unit + " %{z:.4f}<extra></extra>",
    )
    for position, name in enumerate(escaped(names)):
        row, column = divmod(position, columns)
        figure.add_annotation(
            text=name,
            x=column * (width + GAP) + (width - 1) / 2,
            y=row * (height + row_gap(height)) - 0.5,
            yshift=7,
            showarrow=False,
            font={"size": 12},
        )
    figure.update_xaxes(visible=False, range=[-0.5, columns * (width + GAP) - GAP - 0.5], fixedrange=True)
    figure.update_yaxes(
        visible=False,
        range=[rows * (height + row_gap(height)) - row_gap(height) - 0.5, -0.5 - 0.35 * height],
        scaleanchor="x",
        fixedrange=True,
    )
    return figure


def _cells(maps: Maps, names: Sequence[str], unit: str) -> dict[str, Sequence[Any]]:
    """All values below one another, array by array."""
    values = np.moveaxis(maps, 2, 0)
    arrays, rows, columns = np.indices(values.shape).reshape(3, -1).tolist()
    labels = escaped(names)
    return {
        "Name": [labels[position] for position in arrays],
        "Row": rows,
        "Column": columns,
        unit.capitalize(): plain(values.ravel()),
    }


def row_gap(height: int) -> int:
    """Empty cells between two rows of arrays of this height, which leave room for a name at any size on screen."""
    return max(GAP, round(0.22 * height))


def _sheet(
    maps: Maps, names: Sequence[str], rows: int, columns: int
) -> tuple[npt.NDArray[np.float64], list[list[str]]]:
    height, width, count = maps.shape
    gap = row_gap(height)
    values = np.full((rows * (height + gap) - gap, columns * (width + GAP) - GAP), np.nan)
    texts = np.full(values.shape, "", dtype=object)
    labels = escaped(names)
    for position in range(count):
        row, column = divmod(position, columns)
        top, left = row * (height + gap), column * (width + GAP)
        values[top : top + height, left : left + width] = maps[:, :, position]
        for y in range(height):
            for x in range(width):
                texts[top + y, left + x] = f"{labels[position]}, row {y}, column {x}"
    return values, texts.tolist()
