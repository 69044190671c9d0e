from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.errors import ConfigError


def show_core_error() -> None:
    import streamlit as st

    from dashboard.shared.errors import explain_errors
    from mnist_core.errors import ConfigError

    st.text("before")
    with explain_errors():
        raise ConfigError.invalid("epochs", expected="an integer from 1 to 1000", received="<b>0</b>")


def show_missing_run() -> None:
    import streamlit as st

    from dashboard.choices import restore_choices
    from dashboard.shared.errors import explain_errors
    from dashboard.state.current import current
    from mnist_core.errors import RunNotFoundError

    def fail() -> None:
        raise RunNotFoundError(f"There is no run `{current.run}`.")

    restore_choices("evaluate")
    with explain_errors():
        fail()
    st.text(f"run {current.run}")


def show_bug() -> None:
    from dashboard.shared.errors import explain_errors

    with explain_errors():
        dict[str, str]()["secret detail"]


def show_stop() -> None:
    import streamlit as st

    from dashboard.shared.errors import explain_errors

    with explain_errors():
        st.stop()


def test_an_error_of_the_core_is_shown_below_what_was_rendered_before() -> None:
    app = AppTest.from_function(show_core_error).run()
    assert app.text[0].value == "before"
    assert len(app.error) == 1
    said = str(ConfigError.invalid("epochs", expected="an integer from 1 to 1000", received="<b>0</b>"))
    assert app.error[0].value.replace("\\", "") == said
    assert r"\<b\>" in app.error[0].value  # what came from outside is not markup
    assert not app.exception


def test_a_missing_run_is_removed_from_the_choice() -> None:
    app = AppTest.from_function(show_missing_run)
    app.query_params["run"] = "20260102-030405-abcdef"
    app.run()
    assert "20260102" in app.error[0].value
    assert app.text[0].value == "run None"
    assert "run" not in app.query_params


def test_any_other_error_is_only_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(show_bug).run()
    assert not app.exception
    assert "secret detail" not in app.error[0].value
    record = next(record for record in caplog.records if record.name == "mnist_studio")
    (reference,) = re.findall(r"\b[0-9a-f]{6}\b", app.error[0].value)
    assert reference in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError


def test_stopping_a_page_is_no_error() -> None:
    app = AppTest.from_function(show_stop).run()
    assert not app.error
    assert not app.exception
