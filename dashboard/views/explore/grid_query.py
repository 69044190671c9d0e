"""The query of the grid, made from the choices of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dashboard.state.current import current
from dashboard.state.url_selection import rows_of, selection_of
from dashboard.views.explore.choices import explore
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.selection import SORT_BY_LABEL, SORT_BY_ROW, GridQuery, Range

SELECTED = "chosen"
"""Name of the column that is 1 for the images of the selection."""


def current_query(names: Iterable[str]) -> GridQuery:
    """The query. Measures and columns of the link that are not in `names` are ignored."""
    known = set(names)
    order = explore.sort
    is_known = order.by in known or order.by in (SORT_BY_ROW, SORT_BY_LABEL)
    ranges = [item for item in explore.where if item.name in known and is_limited(item)]
    if SELECTED in known:
        ranges.append(Range(name=SELECTED, low=1))
    return GridQuery(
        split=current.browsed_split,
        labels=explore.labels,
        ranges=tuple(ranges),
        sort=order.by if is_known else SORT_BY_ROW,
        descending=order.descending and is_known,
        page=explore.page - 1,
        page_size=explore.size,
    )


def is_limited(item: Range) -> bool:
    """Whether the range has a bound."""
    return item.low is not None or item.high is not None


def select_rows(rows: Indices, shown_rows: Indices, dataset: Dataset, split: SplitName) -> None:
    """Make `rows` the selection, out of the images that the scatter plot shows."""
    explore.selection = selection_of(rows, shown_rows, dataset, split)


def selected_rows(shown_rows: Indices, dataset: Dataset, split: SplitName) -> Indices:
    """The rows of the selection among these; none if the link was made for other images."""
    return rows_of(explore.selection, shown_rows, dataset, split)


def selected_column(rows: Indices, n_images: int) -> Mapping[str, np.ndarray]:
    """A column that is 1 for these rows."""
    column = np.zeros(n_images, np.float32)
    column[rows] = 1
    return {SELECTED: column}
