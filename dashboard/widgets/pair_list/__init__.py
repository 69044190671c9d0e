"""The most confused pairs of labels with a few examples each; a pair can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.cached import sprite_url
from dashboard.state.session import widget_value
from mnist_core.data.dataset import UInt8Array

_component = st.components.v2.component(
    "mnist_studio_pair_list",
    html='<div class="pairs" role="group"></div>\n',
    css=Path(__file__).with_name("pair_list.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("pair_list.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pair:
    """One line: what it says, what is spoken of it, and its examples, uint8 (K, 28, 28), or None without pictures."""

    title: str
    detail: str
    note: str
    examples: UInt8Array | None


def pair_list(pairs: Sequence[Pair], *, key: str, label: str, selected: int | None = None) -> int | None:
    """Show the pairs; return the position of the one picked in this rerun, or None.

    Args:
        key: "<page>.<field>".
        label: what the list says, for those who hear the page.
        selected: position of the pair to show as picked.
    """
    picked = _checked(widget_value(key), len(pairs))
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
            "selected": -1 if selected is None and picked is None else selected if picked is None else picked,
        },
        on_picked_change=_no_op,
    )
    return picked


def _checked(value: Any, count: int) -> int | None:
    """The position in what the browser sent, if it is one."""
    try:
        picked = value["picked"]
    except (KeyError, TypeError):
        return None
    if isinstance(picked, bool) or not isinstance(picked, int | float) or picked != picked // 1:
        return None
    return int(picked) if 0 <= picked < count else None


def _no_op() -> None:
    """Makes Streamlit report the value at all."""
