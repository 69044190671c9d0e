from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state.selection import selection
from dashboard.state.url_values import UrlChoice, UrlInt, UrlPair, UrlText

RUN = "20260102-030405-abcdef"


def show_evaluate() -> None:
    """What the frame does for the page Evaluate, and what the page sees."""
    import streamlit as st

    from dashboard.state.selection import restore_selection, selection

    restore_selection("evaluate")
    st.text(f"run {selection.run} cell {selection.evaluate_cell}")
    if st.button("pick"):
        selection.run = "20260102-030405-abcdef"
        selection.evaluate_cell = (4, 9)
    if st.button("forget"):
        selection.run = None


def opened(**url: str) -> AppTest:
    app = AppTest.from_function(show_evaluate)
    for name, value in url.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (UrlInt(0, 9, pages=()), "7", 7),
        (UrlInt(-3, 9, pages=()), "-3", -3),
        (UrlInt(0, 9, pages=()), "10", None),
        (UrlInt(0, 9, pages=()), "7.0", None),
        (UrlInt(0, 9, pages=()), " 7", None),
        (UrlInt(0, 9, pages=()), "٧", None),
        (UrlInt(0, 10**9, pages=()), "1_000", None),
        (UrlInt(0, 9, pages=()), "9" * 5000, None),
        (UrlChoice(("train", "test"), pages=()), "test", "test"),
        (UrlChoice(("train", "test"), pages=()), "Test", None),
        (UrlText(r"[0-9]+-[a-f]+", pages=()), "12-ab", "12-ab"),
        (UrlText(r"[0-9]+-[a-f]+", pages=()), "12-ab/../x", None),
        (UrlText(r"[0-9]+-[a-f]+", pages=()), "12-ab\n", None),
        (UrlPair(0, 9, pages=()), "4-9", (4, 9)),
        (UrlPair(0, 9, pages=()), "4-10", None),
        (UrlPair(0, 9, pages=()), "4", None),
    ],
)
def test_a_value_in_the_url_is_taken_only_in_its_own_form(kind, text, expected) -> None:
    assert kind.parse(text) == expected


def test_a_link_restores_the_view() -> None:
    app = opened(run=RUN, cell="4-9")
    assert app.text[0].value == f"run {RUN} cell (4, 9)"


@pytest.mark.parametrize("value", ["../../etc", "<script>", "", "x" * 100_000])
def test_a_bad_link_is_cleaned(value: str) -> None:
    app = opened(run=value)
    assert not app.exception
    assert app.text[0].value == "run None cell None"
    assert "run" not in app.query_params


def test_a_choice_is_put_into_the_url() -> None:
    app = opened()
    app.button[0].click().run()
    assert app.query_params["run"] in (RUN, [RUN])
    assert app.query_params["cell"] in ("4-9", ["4-9"])


def test_a_choice_outlives_a_page_switch_which_empties_the_url() -> None:
    app = opened(run=RUN)
    app.query_params.clear()
    app.run()
    assert app.text[0].value == f"run {RUN} cell None"
    assert app.query_params["run"] in (RUN, [RUN])


def test_the_url_goes_before_what_is_remembered() -> None:
    app = opened(run=RUN)
    other = "20260102-030405-000000"
    app.query_params["run"] = other
    app.run()
    assert app.text[0].value == f"run {other} cell None"


def test_a_click_from_before_the_last_choice_does_not_undo_it() -> None:
    other = "20260102-030405-000000"
    app = opened(run=other)
    app.button[0].click().run()
    app.query_params["run"] = other  # what the browser had when the second click was made
    app.run()
    assert app.text[0].value == f"run {RUN} cell (4, 9)"
    assert app.query_params["run"] in (RUN, [RUN])


def test_a_choice_taken_back_stays_so_after_a_click_from_before() -> None:
    app = opened(run=RUN)
    app.button[1].click().run()
    app.query_params["run"] = RUN
    app.run()
    assert app.text[0].value == "run None cell None"
    assert "run" not in app.query_params


def test_the_way_back_to_an_earlier_url_is_open_once_the_browser_has_the_new_one() -> None:
    other = "20260102-030405-000000"
    app = opened(run=other)
    app.button[0].click().run()
    app.run()
    app.query_params["run"] = other
    app.run()
    assert app.text[0].value == f"run {other} cell (4, 9)"


def test_an_earlier_url_counts_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.state.CATCH_UP_SECONDS", 0.0)
    other = "20260102-030405-000000"
    app = opened(run=other)
    app.button[0].click().run()
    app.query_params["run"] = other
    app.run()
    assert app.text[0].value == f"run {other} cell (4, 9)"


def test_a_choice_can_be_taken_back() -> None:
    app = opened(run=RUN)
    app.button[1].click().run()
    app.run()
    assert app.text[0].value == "run None cell None"
    assert "run" not in app.query_params


def test_a_value_that_could_not_be_read_back_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid value for `cell`"):
        selection.evaluate_cell = (4, 10)


def test_a_misspelt_choice_is_an_error() -> None:
    with pytest.raises(AttributeError):
        selection.rum = RUN  # type: ignore[attr-defined]
