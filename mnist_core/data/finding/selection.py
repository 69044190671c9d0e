"""The images of a grid: filters, order and page. Results are row numbers in the split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, Indices, Split, SplitName
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.errors import ConfigError, shown

SORT_BY_ROW, SORT_BY_LABEL = "row", "label"
PAGE_SIZES = (100, 200, 400, 800)
MAX_PAGE_SIZE = 2_000

Columns = Mapping[str, NDArray[Any]]
"""Further numbers of every image of the split, by name, such as the loss of a run. NaN means unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A filter by a measure or a further column: from `low` to `high`, both included; None means no bound."""

    name: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.low, self.high):
            if bound is not None and not _is_number(bound):
                raise ConfigError.invalid(f"range of {self.name}", expected="numbers or null", received=bound)


@dataclass(frozen=True, kw_only=True, slots=True)
class GridQuery:
    """Filters, order and page of a grid.

    Attributes:
        split: "train" or "test".
        labels: show these only; empty for all.
        ranges: every image shown satisfies all of them.
        sort: "row" (the order of the file), "label", a measure, or a further column.
        page: from 0; a page after the last shows the last.
    """

    split: SplitName = SplitName.TRAIN
    labels: tuple[int, ...] = ()
    ranges: tuple[Range, ...] = field(default_factory=tuple)
    sort: str = SORT_BY_ROW
    descending: bool = False
    page: int = 0
    page_size: int = 400

    def __post_init__(self) -> None:
        if self.split not in tuple(SplitName):
            raise ConfigError.invalid("split", expected="train or test", received=self.split)
        object.__setattr__(self, "split", SplitName(self.split))
        for label in self.labels:
            if not _is_whole(label) or not 0 <= label < N_CLASSES:
                raise ConfigError.invalid("labels", expected=f"integers from 0 to {N_CLASSES - 1}", received=label)
        if not _is_whole(self.page) or self.page < 0:
            raise ConfigError.invalid("page", expected="an integer from 0", received=self.page)
        if not _is_whole(self.page_size) or not 1 <= self.page_size <= MAX_PAGE_SIZE:
            raise ConfigError.invalid(
                "page_size", expected=f"an integer from 1 to {MAX_PAGE_SIZE}", received=self.page_size
            )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GridPage:
    """One page of a selection.

    Attributes:
        rows: int64, row numbers into the split, in the order shown.
        page: which page this is, from 0.
        n_pages: how many there are, at least 1.
        n_selected: images on all pages together.
    """

    rows: Indices
    page: int
    n_pages: int
    n_selected: int


def select(
    query: GridQuery, split: Split, *, measures: Measures | None = None, columns: Columns | None = None
) -> Indices:
    """All rows of the split that pass the filters, int64, in the order of the query.

    Images of equal value are in the order of the file, in both directions. Unknown values (NaN) pass no range and come
    last.

    Args:
        split: the split named by `query.split`.
        measures: of this split; only needed if the query filters or sorts by one.
        columns: further numbers, (N,) each, to filter or sort by.

    Raises:
        ConfigError: a filter or the order uses a name that is neither a measure nor a column.
    """
    passes = np.ones(len(split), bool)
    if query.labels:
        passes &= np.isin(split.labels, query.labels)
    for item in query.ranges:
        values = _values(item.name, split, measures, columns)
        passes &= ~np.isnan(values)
        passes &= (values >= item.low) if item.low is not None else True
        passes &= (values <= item.high) if item.high is not None else True
    rows = np.flatnonzero(passes).astype(np.int64)
    if query.sort == SORT_BY_ROW:
        return rows[::-1] if query.descending else rows
    keys = _values(query.sort, split, measures, columns)[rows]
    return rows[np.argsort(-keys if query.descending else keys, kind="stable")]


def page_of(query: GridQuery, rows: Indices) -> GridPage:
    """The page that the query asks for, of the rows that `select` found."""
    n_pages = max(1, math.ceil(len(rows) / query.page_size))
    page = min(query.page, n_pages - 1)
    start = page * query.page_size
    return GridPage(rows=rows[start : start + query.page_size], page=page, n_pages=n_pages, n_selected=len(rows))


def _values(name: str, split: Split, measures: Measures | None, columns: Columns | None) -> NDArray[Any]:
    """The numbers called `name`, one for each image of the split, as floats."""
    if name == SORT_BY_LABEL:
        return split.labels.astype(np.float32)
    if columns and name in columns:
        values = np.asarray(columns[name], np.float64)
    elif measures is not None and name in MEASURES:
        values = measures.column(name).astype(np.float64)
    else:
        known = [SORT_BY_LABEL, *(MEASURES if measures is not None else ()), *(columns or ())]
        raise ConfigError(
            f"Unknown column to sort or filter by. Expected one of: {', '.join(known)}. Received: {shown(name)}."
        )
    if values.shape != split.labels.shape:
        raise ConfigError.invalid(name, expected=f"one number for each of {len(split):,} images", received=values.shape)
    return values


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
