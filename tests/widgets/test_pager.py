from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.widgets import pager


def show_pages() -> None:
    import streamlit as st

    from dashboard.widgets.pager import pager

    state = st.session_state
    state.setdefault("number", 1)
    state.setdefault("told", [])

    def turn(number: int) -> None:
        state.number = number
        state.told.append(number)

    pager(state.get("pages", 7), number=state.number, key="test.page", of=state.get("of", "a"), on_turn=turn)
    st.text(state.number)


def opened(**state: Any) -> AppTest:
    app = AppTest.from_function(show_pages)
    for name, value in state.items():
        app.session_state[name] = value
    return app.run()


def pages(app: AppTest) -> Any:
    return app.get("pagination")


def test_a_single_page_needs_no_buttons() -> None:
    assert not len(pages(opened(pages=1)))
    assert not len(pages(opened(pages=0)))
    assert len(pages(opened(pages=2))) == 1


def test_the_open_page_is_the_callers_from_the_start() -> None:
    app = opened(number=4)
    assert not app.exception
    assert pages(app)[0].value == 4


def test_turning_tells_the_number_once() -> None:
    app = opened()
    pages(app)[0].set_value(3).run()
    assert app.session_state["told"] == [3]
    assert app.text[0].value == "3"
    app.run()
    assert app.session_state["told"] == [3]


def test_a_page_opened_elsewhere_is_followed_without_a_message_that_could_be_lost() -> None:
    app = opened()
    pages(app)[0].set_value(3).run()
    before = pages(app)[0].proto.id
    app.session_state["number"] = 6
    app.run()
    assert pages(app)[0].value == 6
    assert pages(app)[0].proto.id != before  # its default counts, which is a part of every rerun
    assert app.session_state["told"] == [3]


def test_the_pages_of_something_else_are_another_widget() -> None:
    app = opened()
    before = pages(app)[0].proto.id
    app.session_state["of"] = "b"
    app.run()
    assert pages(app)[0].proto.id != before
    assert "test.page" in pages(app)[0].proto.id


@pytest.mark.parametrize("sent", [0, -1, 8, 10**6, None, "3", 2.0])
def test_a_page_that_there_is_not_is_not_told(monkeypatch: pytest.MonkeyPatch, sent: object) -> None:
    told: list[int] = []
    monkeypatch.setattr(pager, "widget_value", lambda key: sent)
    pager._turn("test.page.a", 7, told.append)
    assert told == []
