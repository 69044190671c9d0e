"""The confusion matrix as a heat map whose cells can be clicked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.theme import FAINT_UP_TO, base_layout, downloaded, escaped, label_axis, plain, shade_scale
from dashboard.colours import ON_STRONG, RIGHT, SELECTED, WRONG
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.confusion import ConfusionMatrix, Normalization
from mnist_core.shares import shown_share


def confusion_figure(
    matrix: ConfusionMatrix,
    *,
    normalize: Normalization | str | None = None,
    diagonal: bool = True,
    class_names: tuple[str, ...] = DIGITS,
    ink: str | None = None,
    height: int = 540,
) -> go.Figure:
    """Correct predictions in one colour, wrong ones in another; the more, the stronger.

    Args:
        normalize: None shows counts, "true" percentages of the row, "predicted" percentages of the column.
        diagonal: False leaves the correct predictions out; rates stay shares of the whole row or column.
        ink: colour of the numbers on faint cells, `theme.INK` of the page's theme; None leaves it to the page, which
            may take a paler one.

    A heat map reports no clicks to the page, so an invisible point lies on each cell and `hoverdistance` makes the
    whole cell its target. The figure must not depend on what is selected: a changed figure would lose the selection.
    """
    values = matrix.counts.astype(np.float64) if normalize is None else matrix.normalized(normalize)
    on_diagonal = np.eye(len(values), dtype=np.bool_)
    figure = go.Figure(layout=base_layout(height=height, hoverdistance=-1, showlegend=False))
    strengths = shades(values)
    if diagonal:
        _add_heat_map(figure, strengths, on_diagonal, RIGHT)
    _add_heat_map(figure, strengths, ~on_diagonal, WRONG)
    shown = (matrix.counts > 0) & (diagonal | ~on_diagonal)
    _add_numbers(figure, values, shown & (strengths < FAINT_UP_TO), is_rate=normalize is not None, color=ink)
    _add_numbers(figure, values, shown & (strengths >= FAINT_UP_TO), is_rate=normalize is not None, color=ON_STRONG)
    _add_targets(figure, matrix, diagonal | ~on_diagonal, class_names)
    figure.update_xaxes(**label_axis(class_names, "Predicted label", constrain="domain"))
    figure.update_yaxes(
        **label_axis(class_names, "True label", scaleanchor="x", constrain="domain", constraintoward="top")
    )
    figure.update_yaxes(range=[len(values) - 0.5, -0.5])
    return figure


def shades(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How strong each cell is, 0 to 1: correct and wrong cells each against their own largest.

    By the square root, so that small counts remain visible beside large ones.
    """
    found = np.zeros_like(values)
    on_diagonal = np.eye(len(values), dtype=np.bool_)
    for part in (on_diagonal, ~on_diagonal):
        largest = values[part].max(initial=0)
        if largest > 0:
            found[part] = np.sqrt(values[part] / largest)
    return found


def _add_heat_map(figure: go.Figure, shades: npt.NDArray[np.float64], part: npt.NDArray[np.bool_], colour: str) -> None:
    figure.add_heatmap(
        z=plain(np.where(part, shades, np.nan)),
        colorscale=shade_scale(colour),
        zmin=0,
        zmax=1,
        showscale=False,
        hoverinfo="skip",
        xgap=2,
        ygap=2,
    )


def _add_numbers(
    figure: go.Figure,
    values: npt.NDArray[np.float64],
    where: npt.NDArray[np.bool_],
    *,
    is_rate: bool,
    color: str | None,
) -> None:
    """The numbers of some cells; without `color` they take the theme's."""
    rows, columns = np.nonzero(where)
    chosen = values[rows, columns].tolist()
    figure.add_scatter(
        x=columns.tolist(),
        y=rows.tolist(),
        text=[shown_share(value).removesuffix("%") if is_rate else f"{value:.0f}" for value in chosen],
        mode="text",
        textfont={"color": color, "size": 13},
        # These points are never selected. Without a colour for it they would fade when another point is.
        selected={"textfont": {"color": SELECTED}},
        hoverinfo="skip",
    )


def _add_targets(
    figure: go.Figure, matrix: ConfusionMatrix, where: npt.NDArray[np.bool_], names: tuple[str, ...]
) -> None:
    rows, columns = np.nonzero(where)
    names = escaped(names)
    of_row, of_column = matrix.normalized("true"), matrix.normalized("predicted")
    figure.add_scatter(
        x=columns.tolist(),
        y=rows.tolist(),
        mode="markers",
        meta=downloaded({"Images": matrix.counts[rows, columns].tolist()}, places=True),
        customdata=[[i, j, int(matrix.counts[i, j])] for i, j in zip(rows.tolist(), columns.tolist(), strict=True)],
        text=[
            f"true {names[i]}, predicted {names[j]}: {matrix.counts[i, j]:,}<br>"
            f"{shown_share(of_row[i, j])} of true {names[i]}, {shown_share(of_column[i, j])} of predicted {names[j]}"
            for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
        marker={"symbol": "square-open", "size": 36, "opacity": 0, "color": SELECTED, "line": {"width": 4}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
    )
