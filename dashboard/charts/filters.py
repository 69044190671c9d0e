"""The filters of a convolution, on one scale."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.sheets import Maps, sheet_figure

COLUMNS = 16


def filters_figure(
    kernels: Maps, *, limit: float | None = None, columns: int = COLUMNS, page: str = "light"
) -> go.Figure:
    """Kernels (height, width, filters) of one input channel; colours go from -limit to limit, the largest if not given.

    `page` is the name of the page's theme, "light" or "dark".
    """
    names = [str(position) for position in range(kernels.shape[-1])]
    largest = float(np.abs(kernels).max(initial=0.0))
    return sheet_figure(kernels, names, limit=limit or largest, columns=columns, cell=44, page=page)
