"""What a tab keeps: widgets that show what they have to, whatever the browser has missed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def show_widget() -> None:
    """A widget that follows a value which a button changes too."""
    import streamlit as st

    from dashboard.state.session import widget_key, widget_value

    options = ("a", "b", "c")
    if st.button("elsewhere", key="elsewhere"):
        st.session_state["chosen"] = "c"
    chosen = st.session_state.get("chosen", "a")
    key = widget_key("box", chosen)

    def take() -> None:
        st.session_state["chosen"] = widget_value(key)

    st.segmented_control("Box", options, default=chosen, key=key, on_change=take, required=True)
    st.text(f"{key} {chosen}")


def test_a_widget_keeps_its_key_while_a_person_uses_it() -> None:
    app = AppTest.from_function(show_widget).run()
    assert app.text[0].value == "box a"
    app.button_group[0].set_value("b").run()
    assert app.text[0].value == "box b"
    app.run()
    assert app.text[0].value == "box b"


def test_a_widget_whose_value_was_changed_elsewhere_is_a_new_one() -> None:
    app = AppTest.from_function(show_widget).run()
    app.button_group[0].set_value("b").run()
    app.button[0].click().run()
    assert app.text[0].value == "box.1 c"
    assert app.button_group[0].value == "c"


def test_what_the_browser_still_says_about_the_old_widget_counts_for_nothing() -> None:
    app = AppTest.from_function(show_widget).run()
    app.button[0].click().run()
    app.session_state["box"] = "b"  # a click on what was shown before
    app.run()
    assert app.text[0].value == "box.1 c"


def show_renamed() -> None:
    """A select box whose chosen option gets another name while it stays chosen, as a run whose status changes."""
    import streamlit as st

    from dashboard.state.session import widget_key, widget_value

    words = "done" if st.button("rename", key="rename") else "training"
    chosen = st.session_state.get("chosen", "a")
    key = widget_key("box", chosen, words=f"{chosen} {words}")

    def take() -> None:
        st.session_state["chosen"] = widget_value(key)

    options = ("a", "b")
    st.selectbox("Box", options, options.index(chosen), lambda option: f"{option} {words}", key=key, on_change=take)


def test_a_select_box_whose_option_is_renamed_is_a_new_one_and_else_keeps_its_key() -> None:
    app = AppTest.from_function(show_renamed).run()
    app.selectbox(key="box").set_value("b").run()
    assert app.selectbox(key="box").value == "b"
    app.button[0].click().run()
    assert app.selectbox(key="box.1").value == "b"
