from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state.url_ranges import UrlRanges
from mnist_core.data.finding.selection import Range


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ink:50~120", (Range(name="ink", low=50, high=120),)),
        ("slant:~-5", (Range(name="slant", high=-5),)),
        ("ink:1~2,width:3~", (Range(name="ink", low=1, high=2), Range(name="width", low=3))),
        ("ink:1~2,ink:5~6", (Range(name="ink", low=5, high=6),)),
        ("ink:~", (Range(name="ink"),)),
        ("ink:nan~inf", ()),
        ("ink:one~two", ()),
    ],
)
def test_ranges_are_read_as_written(text, expected) -> None:
    assert UrlRanges().parse(text) == expected


def show_query() -> None:
    import streamlit as st

    from dashboard.choices import restore_choices
    from dashboard.views.explore.grid_query import current_query

    restore_choices("explore")
    st.text(current_query(("ink", "slant")))


def query_at(**url: str) -> str:
    app = AppTest.from_function(show_query)
    for name, value in url.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app.text[0].value


def test_a_link_becomes_the_query_it_says() -> None:
    query = query_at(split="test", labels="73", sort="-ink", where="slant:0~5", page="3", size="50")
    for part in ("TEST", "labels=(3, 7)", "sort='ink', descending=True, page=2, page_size=50", "'slant', low=0.0"):
        assert part in query


@pytest.mark.parametrize(
    "url",
    [
        {"sort": "secret"},
        {"where": "secret:1~2"},
        {"labels": "1x"},
        {"page": "0"},
        {"page": "-1"},
        {"size": "99999"},
        {"split": "all"},
        {"chosen": "!!!"},
        {"where": "x" * 5000},
    ],
)
def test_what_cannot_be_is_left_out(url) -> None:
    assert query_at(**url) == query_at()


def keep_and_read() -> None:
    import numpy as np
    import streamlit as st

    from dashboard.choices import restore_choices
    from dashboard.views.explore.grid_query import select_rows, selected_rows
    from mnist_core.data.dataset import SplitName
    from mnist_core.data.sources.catalogue import load_dataset

    restore_choices("explore")
    sample, split = load_dataset("mnist-sample"), SplitName.TRAIN
    rows = np.arange(0, 60_000, 12)
    if st.button("keep"):
        select_rows(rows[np.random.default_rng(0).random(len(rows)) < 0.5], rows, sample, split)
    st.text(",".join(map(str, selected_rows(rows, sample, split))))


def test_picked_images_come_back_from_the_link_exactly() -> None:
    app = AppTest.from_function(keep_and_read).run()
    app.button[0].click().run()
    rows = np.arange(0, 60_000, 12)
    expected = rows[np.random.default_rng(0).random(len(rows)) < 0.5]
    assert app.text[0].value == ",".join(map(str, expected))
    link = app.query_params["chosen"]
    fresh = AppTest.from_function(keep_and_read)
    fresh.query_params["chosen"] = link
    assert fresh.run().text[0].value == ",".join(map(str, expected))


@pytest.mark.parametrize("text", ["A", "AAAA", "eJwDAAAAAAE", "_" * 800])
def test_a_damaged_choice_of_images_is_no_choice(text: str) -> None:
    app = AppTest.from_function(keep_and_read)
    app.query_params["chosen"] = text
    assert app.run().text[0].value == ""
