"""The design as a script."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.finding import assert_sound
from tests.pages.opening import OpenPage


def scripts(app: AppTest) -> list[str]:
    return [block.value for block in app.code if "def build_model" in block.value]


def test_the_code_is_shown_in_its_tab(open_page: OpenPage) -> None:
    app = open_page("design")
    assert scripts(app) == []  # nothing is computed for a tab that is not open
    app.session_state["design.tab"] = app.tabs[1].label
    app.run()
    assert_sound(app)
    (script,) = scripts(app)
    compile(script, "experiment.py", "exec")
