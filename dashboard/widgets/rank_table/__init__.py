"""Measures of one image: each with its value, and a bar for its rank within its class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.widgets.component import component
from dashboard.widgets.file_names import file_name
from mnist_core.shares import shown_share


@dataclass(frozen=True, kw_only=True, slots=True)
class RankRow:
    """One line: `share` of the others, 0 to 1, have a lower value."""

    title: str
    value: str
    share: float
    help: str


_component = component(__file__)


def rank_table(rows: Sequence[RankRow], *, key: str, among: str, name: str) -> None:
    """Show the rows.

    Args:
        among: which images it is compared with, for example "among 7s".
        name: of what and what; the file it is downloaded to is named so.
    """
    _component(
        key=key,
        data={
            "file": file_name(name),
            "heads": ("Measure", "Value", f"Rank {among}"),
            "rows": tuple((row.title, row.value, row.share, shown_share(row.share), row.help) for row in rows),
        },
    )
