"""The networks of the compared runs side by side, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.evaluation.setting_differences import setting_words
from mnist_core.models.architecture import Architecture
from mnist_core.models.shapes import shown_shape
from mnist_core.models.side_by_side import LayerLine, PlacedLayer, side_by_side
from mnist_core.runs.record import RunRecord

MAX_NAMED = 2
DIFFERS = "≠"
NO_LAYER = Number(text="–")


def render_networks(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    """A table with the layers of each different network; those that are not the same everywhere are marked."""
    st.subheader("Networks side by side", anchor=False)
    networks: dict[Architecture, list[str]] = {}
    for run, label in zip(found, labels, strict=True):
        networks.setdefault(run.config.architecture, []).append(label)
    columns = [Column(title="", help="Marks the layers that are not the same in all networks.", is_text=True)]
    for names in networks.values():
        columns += [Column(title=_title(names, is_only=len(networks) == 1), is_text=True), Column(title="Output"),
                    Column(title="Parameters")]  # fmt: skip
    rows = [_cells(line) for line in side_by_side(tuple(networks))]
    totals = [(Number(text="All layers"), Number(text=""), Number(text=f"{one.parameters:,}")) for one in networks]
    number_table(
        columns,
        [*rows, (Number(text=""), *(cell for part in totals for cell in part))],
        key="runs.networks",
        label="Layers of the networks, with output shape and parameters",
        name=f"{' and '.join(labels)} layers",
    )
    if len(networks) > 1:
        st.caption(f"{DIFFERS} marks layers that differ. Settings of a layer are named where they differ or are not "
                   "as usual.")  # fmt: skip


def _title(names: Sequence[str], *, is_only: bool) -> str:
    if is_only:
        return "Layer (all runs have the same network)"
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _cells(line: LayerLine) -> tuple[Number, ...]:
    mark = Number(text=DIFFERS, note="These layers differ.") if line.differs else Number(text="")
    return (mark, *(cell for layer in line.layers for cell in _layer(layer)))


def _layer(layer: PlacedLayer | None) -> tuple[Number, ...]:
    if layer is None:
        return NO_LAYER, Number(text=""), Number(text="")
    settings = ", ".join(f"{label.lower()} {setting_words(value)}" for label, value in layer.settings)
    return (
        Number(text=f"{layer.title}: {settings}" if settings else layer.title),
        Number(text=shown_shape(layer.row.output_shape)),
        Number(text=f"{layer.row.parameters:,}"),
    )
