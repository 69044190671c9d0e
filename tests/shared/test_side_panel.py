"""The panel beside the question: closed it holds a hint, open it says what was clicked and can be closed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.finding import is_shown, says


def show_panel() -> None:
    import streamlit as st

    from dashboard.shared.side_panel import answer_panel, question_and_answer

    def close() -> None:
        st.session_state.number = None

    question, answer = question_and_answer()
    with question:
        if st.button("7", key="test.seven"):
            st.session_state.number = 7
    number = st.session_state.get("number")
    with answer_panel(answer, name="test", title=f"row {number}", is_open=number is not None, on_close=close):
        st.caption("pick one" if number is None else "opened")


def test_a_click_opens_the_panel_in_the_same_rerun_and_closing_forgets_it() -> None:
    app = AppTest.from_function(show_panel).run()
    assert is_shown(app, "test.side_panel_empty")
    assert not is_shown(app, "test.close")
    app.button(key="test.seven").click().run()
    assert not app.exception
    assert says(app.get_by_key("test.chosen"), 7)
    assert not is_shown(app, "test.side_panel_empty")
    app.button(key="test.close").click().run()
    assert is_shown(app, "test.side_panel_empty")
