"""The network as a table of layers that can be edited, each with what it costs."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.state.session import widget_value
from dashboard.views.design.draft import Draft, text_of
from dashboard.widgets.quantities import shown_bytes, shown_count
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.models.architecture import INPUT_SHAPE, Architecture, LayerRow
from mnist_core.models.layers import LAYERS, Layer
from mnist_core.models.shapes import shown_shape

KEY = "design.layers"

draws = itertools.count()
"""Makes each message to the browser a new one: Streamlit sends one that is the same as before as a reference to it,
which the browser may have dropped when several answers are on their way at once."""

_component = st.components.v2.component(
    "mnist_studio_layer_editor",
    html='<div class="editor"></div>\n',
    css=Path(__file__).with_name("layer_editor.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("layer_editor.js").read_text(encoding="utf-8"),
)


def take_layer_edits(draft: Draft) -> None:
    """Take over what was typed since the last rerun."""
    sent = widget_value(KEY)
    if sent is not None:
        draft.take_layers(_edit_of(sent))


def layer_editor(draft: Draft) -> str | None:
    """Show the table; returns what is asked for besides edits, which come with the next rerun (`take_layer_edits`).

    That is "undo" or "redo" by key, or "settled" when the person has paused, so that the rest of the page may follow.
    """
    architecture, layer_ids = draft.config.architecture, draft.now.layer_ids
    problem = architecture.problem
    result = _component(
        key=KEY,
        data={
            "draw": next(draws),
            "revision": draft.revision,
            "answered": draft.answered,
            "dropped": draft.dropped,
            "link": draft.link,
            "kinds": _KINDS,
            # Tuples: Streamlit asks of a list whether it is a table, and loads pandas for it.
            "layers": tuple(
                _layer_data(key, layer, name)
                for key, layer, name in zip(layer_ids, architecture.layers, architecture.names, strict=False)
            ),
            "costs": tuple(_cost_data(row) for row in architecture.rows),
            "input": shown_shape(INPUT_SHAPE),
            "isComplete": len(architecture.rows) > len(architecture.layers),
            "total": _total_data(architecture),
            "problem": None if problem is None else {"layer": problem.layer, "sentence": str(problem)},
            "fieldProblems": tuple(
                {"id": found.layer_id, "field": found.field, "sentence": found.sentence}
                for found in draft.field_problems
            ),
        },
        on_edit_change=_no_op,
        on_settled_change=_no_op,
        on_undo_change=_no_op,
        on_redo_change=_no_op,
    )
    return next((name for name in ("undo", "redo", "settled") if result[name] is not None), None)


def _edit_of(sent: Any) -> Any:
    try:
        return sent["edit"]
    except (KeyError, TypeError):
        return None


def _layer_data(key: str, layer: Layer, name: str) -> dict[str, Any]:
    fields = {field: text_of(getattr(layer, field)) for field in specs_of(type(layer))}
    return {"id": key, "kind": layer.kind, "name": name, "fields": fields}


def _cost_data(row: LayerRow) -> dict[str, str]:
    return {
        "shape": shown_shape(row.output_shape),
        "parameters": f"{row.parameters:,}",
        "multiplyAdds": shown_count(row.multiply_adds),
        "memory": shown_bytes(row.activation_bytes),
    }


def _total_data(architecture: Architecture) -> dict[str, str]:
    return {
        "parameters": f"{architecture.parameters:,}",
        "multiplyAdds": shown_count(architecture.multiply_adds),
        "memory": shown_bytes(architecture.activation_bytes),
    }


def _kind_data(kind: type[Layer]) -> dict[str, Any]:
    return {
        "title": kind.title,
        "help": kind.help,
        "fields": tuple(_field_data(name, spec) for name, spec in specs_of(kind).items()),
        "defaults": {name: text_of(getattr(kind(), name)) for name in specs_of(kind)},
    }


def _field_data(name: str, spec: FieldSpec) -> dict[str, Any]:
    return {
        "name": name,
        "label": spec.label,
        "help": f"{spec.help} {spec.expected[:1].upper()}{spec.expected[1:]}.",
        "kind": spec.kind,
        "step": spec.step,
        "low": spec.low,
        "high": spec.high,
        "choices": spec.choices,
    }


_KINDS = {name: _kind_data(kind) for name, kind in LAYERS.items()}


def _no_op() -> None:
    """Makes Streamlit report the value at all."""
