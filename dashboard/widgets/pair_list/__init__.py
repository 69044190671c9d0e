"""The most confused pairs of labels with a few examples each; a pair can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.widgets.component import component, position_in, sent
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import UInt8Array

_component = component(__file__, events=("picked",))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pair:
    """One line: title, detail, a note for screen readers, and examples, uint8 (K, 28, 28), or None without images."""

    title: str
    detail: str
    note: str
    examples: UInt8Array | None


def pair_list(
    pairs: Sequence[Pair],
    *,
    key: str,
    label: str,
    selected: int | None = None,
    cell: int = 30,
    width: int | None = None,
) -> int | None:
    """Show the pairs; return the position of the one picked in this rerun, or None.

    Args:
        key: "<page>.<field>".
        label: what the list shows, for screen readers.
        selected: position of the pair to show as picked.
        cell: width of an example in CSS pixels.
        width: the least width of a line in CSS pixels: as many stand side by side as fit. None: one below another.
    """
    picked = position_in(sent(key, "picked"), len(pairs))
    shown = [pair.examples for pair in pairs if pair.examples is not None]
    columns = max((len(examples) for examples in shown), default=1)
    sheet = np.zeros((len(pairs), columns, 28, 28), np.uint8)
    for row, pair in enumerate(pairs):
        if pair.examples is not None:
            sheet[row, : len(pair.examples)] = pair.examples
    _component(
        key=key,
        data={
            "label": label,
            "sheet": sprite_url(sheet.reshape(-1, 28, 28), columns) if shown else "",
            "columns": columns,
            "pairs": tuple(
                (pair.title, pair.detail, pair.note, 0 if pair.examples is None else len(pair.examples))
                for pair in pairs
            ),
            "selected": selected if picked is None else picked,
            "cell": cell,
            "width": width,
        },
    )
    return picked
