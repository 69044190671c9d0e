"""Whatever is filtered and sorted, a row number stays the row number of the same image."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_core.data.dataset import Dataset, Split, SplitName
from mnist_core.data.finding.selection import GridQuery, Range, page_of, select
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import compute_measures
from mnist_core.errors import ConfigError

SORTS = ["row", "label", *MEASURES, "loss"]


@pytest.fixture(scope="module")
def measured(sample_splits: tuple[Split, Split]) -> tuple[Split, Measures, dict[str, np.ndarray]]:
    """The sample's test split, its measures, and losses of which every seventh is not known."""
    train, test = sample_splits
    dataset = Dataset(name="x", title="X", source="s", licence="l", sha256="", train=train, test=test)
    loss = np.random.default_rng(0).exponential(size=len(test))
    loss[::7] = np.nan
    return test, compute_measures(dataset).test, {"loss": loss}


def by_pandas(query: GridQuery, split: Split, measures: Measures, columns: dict[str, np.ndarray]) -> list[int]:
    """The same selection by the means of a table."""
    table = measures.to_frame().astype(np.float64).assign(label=split.labels, row=np.arange(len(split)), **columns)
    if query.labels:
        table = table[table["label"].isin(query.labels)]
    for item in query.ranges:
        table = table[table[item.name].between(item.low if item.low is not None else -np.inf,
                                               item.high if item.high is not None else np.inf)]  # fmt: skip
    keys, ascending = ([query.sort, "row"], [not query.descending, True])
    if query.sort == "row":
        keys, ascending = ["row"], [not query.descending]
    table = table.sort_values(keys, ascending=ascending, na_position="last")
    return table["row"].tolist()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("labels", [(), (3,), (7, 1)])
@pytest.mark.parametrize("ranges", [(), (Range(name="slant", low=0),), (Range(name="loss", high=1.0),)])
def test_selections_are_those_of_pandas(sort, descending, labels, ranges, measured):
    split, measures, columns = measured
    query = GridQuery(split=SplitName.TEST, sort=sort, descending=descending, labels=labels, ranges=ranges)
    rows = select(query, split, measures=measures, columns=columns)
    assert rows.dtype == np.int64
    assert rows.tolist() == by_pandas(query, split, measures, columns)


@given(
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
    labels=st.sets(st.integers(0, 9)).map(tuple),
    names=st.sets(st.sampled_from([*MEASURES, "loss", "label"]), max_size=3),
    quantiles=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    page=st.integers(0, 50),
    page_size=st.integers(1, 500),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_digit_opened_is_the_digit_clicked(
    *, sort, descending, labels, names, quantiles, page, page_size, measured
):
    split, measures, columns = measured
    table = {**measures.to_frame(), **columns, "label": split.labels}
    ranges = tuple(
        Range(name=name, low=float(np.nanquantile(table[name], min(quantiles))),
              high=float(np.nanquantile(table[name], max(quantiles))))
        for name in sorted(names)
    )  # fmt: skip
    query = GridQuery(split=SplitName.TEST, sort=sort, descending=descending, labels=labels, ranges=ranges, page=page,
                      page_size=page_size)  # fmt: skip
    rows = select(query, split, measures=measures, columns=columns)
    assert rows.tolist() == by_pandas(query, split, measures, columns)
    shown = page_of(query, rows)
    grid = split.take(shown.rows)  # what is painted
    for position in range(0, len(grid), 17):
        clicked = int(shown.rows[position])
        assert np.array_equal(split.images[clicked], grid.images[position])
        assert not labels or split.labels[clicked] in labels
        for item in ranges:
            assert item.low <= table[item.name][clicked] <= item.high


def test_pages_follow_each_other_and_miss_nothing(measured):
    split, measures, columns = measured
    pages = []
    for page in range(4):
        query = GridQuery(split=SplitName.TEST, sort="ink", page=page, page_size=300)
        pages.append(page_of(query, select(query, split, measures=measures)))
    assert [len(page.rows) for page in pages] == [300, 300, 300, 100]
    assert {page.n_pages for page in pages} == {4}
    assert {page.n_selected for page in pages} == {1000}
    whole = select(GridQuery(split=SplitName.TEST, sort="ink"), split, measures=measures)
    assert np.concatenate([page.rows for page in pages]).tolist() == whole.tolist()


def test_a_page_after_the_last_is_the_last_and_none_is_an_empty_page(measured):
    split, measures, _ = measured
    query = GridQuery(split=SplitName.TEST, page=99, page_size=300)
    assert page_of(query, select(query, split)).page == 3
    nothing = GridQuery(split=SplitName.TEST, page=5, ranges=(Range(name="ink", low=1e6),))
    found = page_of(nothing, select(nothing, split, measures=measures))
    assert (found.page, found.n_pages, found.n_selected, len(found.rows)) == (0, 1, 0, 0)


def test_equal_values_stay_in_the_order_of_the_file_both_ways(measured):
    split, _, _ = measured
    for descending in (False, True):
        rows = select(GridQuery(split=SplitName.TEST, sort="label", descending=descending), split)
        for label in range(10):
            assert (np.diff(rows[split.labels[rows] == label]) > 0).all()


@pytest.mark.parametrize("query", [GridQuery(sort="magic"), GridQuery(ranges=(Range(name="magic"),))])
def test_an_unknown_name_says_which_are_known(query: GridQuery, measured):
    split, measures, columns = measured
    with pytest.raises(ConfigError, match=r"Expected one of: label, ink, .*, loss\. Received: 'magic'"):
        select(query, split, measures=measures, columns=columns)
    with pytest.raises(ConfigError, match=r"Expected one of: label\. Received: 'magic'"):
        select(query, split)


def test_a_column_of_another_length_is_refused(measured):
    split, _, _ = measured
    with pytest.raises(ConfigError, match="`loss`. Expected one number for each of 1,000 images"):
        select(GridQuery(sort="loss"), split, columns={"loss": np.zeros(3)})


@pytest.mark.parametrize(
    "fields",
    [
        {"split": "validation"},
        {"labels": (10,)},
        {"labels": (-1,)},
        {"labels": (True,)},
        {"labels": ("3",)},
        {"page": -1},
        {"page": 1.5},
        {"page_size": 0},
        {"page_size": 10**6},
    ],
)
def test_a_query_from_outside_is_checked(fields):
    with pytest.raises(ConfigError):
        GridQuery(**fields)


@pytest.mark.parametrize("low", ["x", float("nan"), True, [3]])
def test_a_range_from_outside_is_checked(low):
    with pytest.raises(ConfigError):
        Range(name="ink", low=low)


def test_pandas_agrees_that_unknown_values_come_last(measured):
    split, _, columns = measured
    rows = select(GridQuery(split=SplitName.TEST, sort="loss", descending=True), split, columns=columns)
    assert pd.isna(columns["loss"][rows]).argmax() == (~np.isnan(columns["loss"])).sum()
