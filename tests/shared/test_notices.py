"""What a callback leaves behind, and what becomes of an error in it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def fail_as_expected() -> None:
    import streamlit as st

    from dashboard.shared.notices import show_notices, told_as_notice
    from mnist_core.errors import ConfigError

    for error in (ConfigError.invalid("seed", expected="1", received="2", words="In words"), OSError("disk full")):
        with told_as_notice():
            raise error
    with told_as_notice():
        st.text("done")
    show_notices()
    show_notices()


def fail_by_a_bug() -> None:
    from dashboard.shared.notices import told_as_notice

    with told_as_notice():
        raise ValueError


def test_an_expected_error_is_a_notice_in_the_words_of_the_screen_and_is_shown_once() -> None:
    app = AppTest.from_function(fail_as_expected).run()
    assert [toast.value for toast in app.toast] == ["In words", "disk full"]
    assert [text.value for text in app.text] == ["done"]
    assert not app.exception


def test_a_bug_is_none() -> None:
    app = AppTest.from_function(fail_by_a_bug).run()
    assert len(app.exception) == 1


@pytest.mark.parametrize("view", ["progress", "verdict"])
def test_a_part_of_tune_that_is_drawn_alone_shows_what_its_buttons_left(view: str) -> None:
    def draw(view: str) -> None:
        from importlib import import_module

        from dashboard import cached
        from dashboard.shared.notices import leave_notice
        from mnist_core.tuning.study import Study, StudySettings, create_study
        from tests.tuning.conftest import small_space

        study = Study(name="first", space=small_space(), settings=StudySettings())
        study = create_study(cached.run_store().root, study)
        leave_notice("said")
        import_module(f"dashboard.views.tune.{view}")._render_now(study, False)

    app = AppTest.from_function(draw, args=(view,)).run(timeout=60)
    assert not app.exception
    assert [toast.value for toast in app.toast] == ["said"]
