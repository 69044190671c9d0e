from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def show_grid() -> None:
    import numpy as np
    import streamlit as st

    from dashboard.widgets.digit_grid import digit_grid

    st.text(repr(digit_grid(np.zeros((5, 28, 28), np.uint8), ["0"] * 5, key="test.grid")))


def show_none() -> None:
    import numpy as np
    import streamlit as st

    from dashboard.widgets.digit_grid import digit_grid

    st.text(repr(digit_grid(np.zeros((0, 28, 28), np.uint8), [], key="test.grid")))


@pytest.mark.parametrize("sent", [0, 4, 4.0])
def test_a_position_that_exists_is_returned(sent: object) -> None:
    app = AppTest.from_function(show_grid)
    app.session_state["test.grid"] = {"picked": sent}
    assert app.run().text[0].value == repr(int(sent))  # type: ignore[call-overload]


@pytest.mark.parametrize("sent", [5, -1, 1.5, True, "1", None, [1], {"a": 1}, float("nan"), float("inf"), 10**400])
def test_whatever_else_the_browser_sends_is_nothing(sent: object) -> None:
    app = AppTest.from_function(show_grid)
    app.session_state["test.grid"] = {"picked": sent}
    app.run()
    assert not app.exception
    assert app.text[0].value == "None"


def test_no_digits_are_no_error() -> None:
    app = AppTest.from_function(show_none).run()
    assert not app.exception
    assert app.text[0].value == "None"
