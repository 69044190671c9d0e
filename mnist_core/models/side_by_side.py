"""Several networks layer by layer: which layers stand for each other, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from mnist_core.fields import specs_of
from mnist_core.models.architecture import Architecture, LayerRow
from mnist_core.models.layer import Layer

Places = tuple[int | None, ...]
"""The position of a layer in each of several networks; None in those that have no such layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedLayer:
    """One layer of one network.

    Attributes:
        title: such as "Convolution"; the classifier head is "Output".
        settings: label and value of those that are not as usual, or that differ between the networks.
        row: its output shape and parameters.
    """

    title: str
    settings: tuple[tuple[str, Any], ...]
    row: LayerRow


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerLine:
    """The layers of several networks that stand for each other, None where a network has none.

    Attributes:
        differs: whether kind, settings, output shape or parameters are not the same in all networks.
    """

    layers: tuple[PlacedLayer | None, ...]
    differs: bool


def side_by_side(architectures: Sequence[Architecture]) -> tuple[LayerLine, ...]:
    """The layers of networks that can be built, the longest common sequence of their kinds on the same lines."""
    stacks = [tuple(row.kind for row in one.rows) for one in architectures]
    return tuple(_line(architectures, places) for places in aligned(stacks))


def aligned(stacks: Sequence[Sequence[str]]) -> tuple[Places, ...]:
    """The positions of the same or replaced kinds in each stack, one stack after the other fitted to those before."""
    lines: list[tuple[str, Places]] = []
    for n_before, kinds in enumerate(stacks):
        codes = SequenceMatcher(None, [kind for kind, _ in lines], kinds, autojunk=False).get_opcodes()
        lines = [
            _joined(lines[a] if a < a_end else None, b if b < b_end else None, kinds, n_before)
            for _, a_start, a_end, b_start, b_end in codes
            for a, b in _steps(a_start, a_end, b_start, b_end)
        ]
    return tuple(places for _, places in lines)


def _steps(a_start: int, a_end: int, b_start: int, b_end: int) -> Iterator[tuple[int, int]]:
    for step in range(max(a_end - a_start, b_end - b_start)):
        yield a_start + step, b_start + step


def _joined(
    before: tuple[str, Places] | None, position: int | None, kinds: Sequence[str], n_before: int
) -> tuple[str, Places]:
    if before is not None:
        return before[0], (*before[1], position)
    assert position is not None
    return kinds[position], (*(None,) * n_before, position)


def _line(architectures: Sequence[Architecture], places: Places) -> LayerLine:
    rows = [None if at is None else one.rows[at] for one, at in zip(architectures, places, strict=True)]
    layers = [
        one.layers[at] if at is not None and at < len(one.layers) else None
        for one, at in zip(architectures, places, strict=True)
    ]
    changing = _changing([layer for layer in layers if layer is not None])
    placed = tuple(
        None if row is None else PlacedLayer(title=_title(layer), settings=_settings(layer, changing), row=row)
        for row, layer in zip(rows, layers, strict=True)
    )
    facts = {(layer, None if row is None else (row.kind, row.output_shape, row.parameters))
             for layer, row in zip(layers, rows, strict=True)}  # fmt: skip
    return LayerLine(layers=placed, differs=len(facts) > 1)


def _changing(layers: Sequence[Layer]) -> frozenset[str]:
    """The settings that are not the same in all layers of one kind; none among different kinds."""
    if len({type(layer) for layer in layers}) != 1:
        return frozenset()
    names = [item.name for item in fields(layers[0])]
    return frozenset(name for name in names if len({getattr(layer, name) for layer in layers}) > 1)


def _settings(layer: Layer | None, changing: frozenset[str]) -> tuple[tuple[str, Any], ...]:
    if layer is None:
        return ()
    specs = specs_of(type(layer))
    return tuple(
        (specs[item.name].label, getattr(layer, item.name))
        for item in fields(layer)
        if item.name in specs and (item.name in changing or getattr(layer, item.name) != item.default)
    )


def _title(layer: Layer | None) -> str:
    return "Output" if layer is None else layer.title
