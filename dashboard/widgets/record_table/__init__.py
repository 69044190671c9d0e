"""A table of records, of which any number can be selected: sorted by its headings, with a line drawn in a cell.

The browser sorts nothing: it says which heading was clicked, so that whoever holds all records can sort them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.state.session import per_tab
from dashboard.widgets.component import component, take_sent
from dashboard.widgets.file_names import file_name

MAX_RECORDS = 500
"""On one page of the table; what the browser sends may name no more."""

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,59}")
_EVENTS = ("picked", "sorted", "opened", "folded")

_component = component(__file__, events=_EVENTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordColumn:
    """One column. `width` is in pixels; `sorts`: a click on its heading asks for the order; numbers stand right."""

    name: str
    title: str
    width: int
    help: str = ""
    sorts: bool = False
    is_number: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A small line in a cell, from the lowest to the highest of its values; `note` is its tooltip."""

    values: tuple[float, ...]
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One row.

    Attributes:
        cells: one for each column.
        count: how many records it stands for; more than one can be unfolded.
        is_open: whether these follow it.
        is_inner: whether it is one of them.
        opens: whether its links lead somewhere.
    """

    id: str
    cells: tuple[str | Line, ...]
    count: int = 1
    is_open: bool = False
    is_inner: bool = False
    opens: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordLink:
    """A link in every row: the address continues with the id of the record; `icon` is a Material symbol."""

    name: str
    title: str
    icon: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the browser has sent since the table was drawn: at most one of these. Ids have the form of ids, no more.

    Attributes:
        picked: whether each record of the page is selected now.
        sorted: name of the column whose heading was clicked.
        opened: the name of a link and the record.
        folded: the record to fold or unfold.
    """

    picked: Mapping[str, bool] | None = None
    sorted: str | None = None
    opened: tuple[str, str] | None = None
    folded: str | None = None


def asked_of(key: str) -> Asked:
    """What was asked of the table `key`, once; to be called before it is drawn."""
    picked, column, opened, folded = (take_sent(key, event) for event in _EVENTS)
    number, _, picked = picked.partition(" ") if isinstance(picked, str) else ("", "", None)
    if re.fullmatch(r"[0-9]{1,9}", number, re.ASCII):
        _taken(key)[:] = [int(number)]
    link, _, record = opened.partition(" ") if isinstance(opened, str) else ("", "", "")
    return Asked(
        picked=_picks(picked), sorted=_id(column), opened=(link, record) if _id(link) and _id(record) else None,
        folded=_id(folded),
    )  # fmt: skip


def record_table(
    columns: Sequence[RecordColumn],
    records: Sequence[Record],
    *,
    key: str,
    label: str,
    naming: str,
    selected: Collection[str] = (),
    order: tuple[str, bool] = ("", False),
    links: Sequence[RecordLink] = (),
    name: str = "",
) -> None:
    """Show the table.

    Args:
        key: "<page>.<field>".
        label: what the table shows, for screen readers.
        naming: the column that names a record; rows are unfolded there.
        selected: ids of the selected records.
        name: of what is in it, to offer its rows as a file of that name; where all records are offered, leave it out.
        order: name of the column it is sorted by, and whether the highest comes first.
    """
    _component(
        key=key,
        data={
            "label": label,
            "file": file_name(name) if name else "",
            "columns": tuple((one.name, one.title, one.width, one.help, one.sorts, one.is_number) for one in columns),
            "naming": next((place for place, one in enumerate(columns) if one.name == naming), 0),
            "rows": tuple(
                (one.id, tuple(map(_cell, one.cells)), one.count, one.is_open, one.is_inner, one.opens)
                for one in records
            ),
            "selected": tuple(one.id for one in records if one.id in selected),
            "order": order,
            "taken": _taken(key)[0],
            "links": tuple((one.name, one.title, one.icon, one.address) for one in links),
        },
    )


def _taken(key: str) -> list[int]:
    """The number of the last selection that came from the browser, which shows its own until it is taken over."""
    return per_tab(f"{key}.taken", lambda: [0])


def _cell(cell: str | Line) -> str | tuple[tuple[float, ...], str]:
    return cell if isinstance(cell, str) else (cell.values, cell.note)


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _picks(value: Any) -> Mapping[str, bool] | None:
    """Ids with spaces between them; a minus stands before those that are not selected."""
    if not isinstance(value, str):
        return None
    texts = value[: MAX_RECORDS * 64].split()
    return {text.lstrip("-"): text[0] != "-" for text in texts if _ID.fullmatch(text.lstrip("-"))}
