"""Connects the layer editor with the design: the table it shows, and its edits."""

from __future__ import annotations

from dashboard.shared.settings.words import choice_words, help_words
from dashboard.views.design.draft import Draft, text_of
from dashboard.widgets.layer_editor import (
    AddressText,
    Cost,
    Field,
    FieldProblem,
    Kind,
    Row,
    Table,
    layer_editor,
    sent_edit,
)
from dashboard.widgets.quantities import shown_bytes, shown_count
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.models.architecture import INPUT_SHAPE, Architecture, LayerRow
from mnist_core.models.layers import LAYERS, Layer
from mnist_core.models.shapes import shown_shape

KEY = "design.layers"
PATH, PARAM = "/design", "design"


def take_layer_edits(draft: Draft) -> None:
    """Apply what was edited since the last rerun."""
    edit = sent_edit(KEY)
    if edit is not None:
        draft.take_layers(edit)


def render_layer_editor(draft: Draft) -> str | None:
    """Show the table; returns "undo", "redo" or "settled" if the editor sent it, see `layer_editor`."""
    return layer_editor(_table(draft), _KINDS, key=KEY, address=AddressText(path=PATH, param=PARAM, text=draft.link))


def _table(draft: Draft) -> Table:
    architecture = draft.config.architecture
    problem = architecture.problem
    return Table(
        revision=draft.revision,
        answered=draft.answered,
        dropped=draft.dropped,
        rows=tuple(
            _row(layer_id, layer, name)
            for layer_id, layer, name in zip(
                draft.now.layer_ids,
                architecture.layers,
                architecture.names,
                strict=False,  # the output has no row
            )
        ),
        costs=tuple(_cost(row) for row in architecture.rows),
        input=shown_shape(INPUT_SHAPE),
        total=_total(architecture),
        problem=None if problem is None else (problem.layer, str(problem)),
        field_problems=tuple(
            FieldProblem(id=found.layer_id, field=found.field, sentence=found.sentence)
            for found in draft.field_problems
        ),
    )


def _row(layer_id: str, layer: Layer, name: str) -> Row:
    fields = {field: text_of(getattr(layer, field)) for field in specs_of(type(layer))}
    return Row(id=layer_id, kind=layer.kind, name=name, fields=fields)


def _cost(row: LayerRow) -> Cost:
    return Cost(
        shape=shown_shape(row.output_shape),
        parameters=f"{row.parameters:,}",
        multiply_adds=shown_count(row.multiply_adds),
        memory=shown_bytes(row.activation_bytes),
    )


def _total(architecture: Architecture) -> Cost:
    return Cost(
        parameters=f"{architecture.parameters:,}",
        multiply_adds=shown_count(architecture.multiply_adds),
        memory=shown_bytes(architecture.activation_bytes),
    )


def _kind(kind: type[Layer]) -> Kind:
    return Kind(
        title=kind.title,
        help=kind.help,
        fields=tuple(_field(name, spec) for name, spec in specs_of(kind).items()),
        defaults={name: text_of(getattr(kind(), name)) for name in specs_of(kind)},
    )


def _field(name: str, spec: FieldSpec) -> Field:
    return Field(
        name=name,
        label=spec.label,
        help=help_words(spec),
        kind=spec.kind,
        step=spec.step,
        low=spec.low,
        high=spec.high,
        choices={choice: choice_words(choice) for choice in spec.choices},
    )


_KINDS = {name: _kind(kind) for name, kind in LAYERS.items()}
