"""A table of layers that can be edited, each with its cost.

The person edits in the browser and the server validates: each edit sends the whole table, and the next call brings the
accepted rows, with costs and problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard.widgets.component import component, sent

_component = component(__file__, events=("edit", "settled", "undo", "redo"), is_always_new=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A setting of a kind of layer: a "choice", or an "integer" or "real" with allowed range and step.

    Attributes:
        choices: the values of a choice, each with its name on screen.
    """

    name: str
    label: str
    help: str
    kind: str
    step: float | None = None
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of layer that can be added; `defaults` has the text of each field."""

    title: str
    help: str
    fields: tuple[Field, ...]
    defaults: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A layer: an id that stays when it is moved, its kind, its name, and the text of each field."""

    id: str
    kind: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Cost and output shape of a layer, or of all layers together, as text."""

    parameters: str
    multiply_adds: str
    memory: str
    shape: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProblem:
    """Why the text of a field of the row `id` is invalid."""

    id: str
    field: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What the editor shows.

    Attributes:
        revision: rises when anything but the editor changed the rows; it then takes over the new ones.
        answered: number of the last edit that this table takes into account.
        dropped: number of the last edit that was made on rows which had been replaced by then.
        costs: of the rows that can be built, and of the output last if all can be.
        input: shape of the input.
        total: of all rows together.
        problem: position of the row that cannot be built (None: the whole network), and why.
        field_problems: invalid texts in fields.
    """

    revision: int
    answered: int
    dropped: int
    rows: Sequence[Row]
    costs: Sequence[Cost]
    input: str
    total: Cost
    problem: tuple[int | None, str] | None = None
    field_problems: Sequence[FieldProblem] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressText:
    """A parameter of the page's address: `text` as `param`, as long as the path ends in `path`."""

    path: str
    param: str
    text: str


def layer_editor(table: Table, kinds: Mapping[str, Kind], *, key: str, address: AddressText) -> str | None:
    """Show the table; returns what is requested besides edits, which come with the next rerun (`sent_edit`).

    That is "undo" or "redo" by key, or "settled" when the person has paused, so that the rest of the page may follow.

    Args:
        kinds: what can be added, by the name that rows give as their kind.
        key: "<page>.<field>".
        address: follows the table without a step in the browser's history for each letter typed.
    """
    result = _component(
        key=key,
        data={
            "revision": table.revision,
            "answered": table.answered,
            "dropped": table.dropped,
            "address": asdict(address),
            "kinds": {name: asdict(kind) for name, kind in kinds.items()},
            # Tuples: for a list Streamlit checks whether it is a table, and loads pandas for that.
            "layers": tuple(asdict(row) for row in table.rows),
            "costs": tuple(asdict(cost) for cost in table.costs),
            "input": table.input,
            "isComplete": len(table.costs) > len(table.rows),
            "total": asdict(table.total),
            "problem": None if table.problem is None else dict(zip(("layer", "sentence"), table.problem, strict=True)),
            "fieldProblems": tuple(asdict(found) for found in table.field_problems),
        },
    )
    return next((name for name in ("undo", "redo", "settled") if result[name] is not None), None)


def sent_edit(key: str) -> Any:
    """The table as the person has edited it, or None; untrusted, like everything that comes from a browser.

    The form is {"revision", "seq", "layers": [{"id", "kind", "fields": {name: text}}]}, where `seq` counts edits.
    """
    return sent(key, "edit")
