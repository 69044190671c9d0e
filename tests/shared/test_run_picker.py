from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.shared.run_picker import run_label
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import is_shown, says


def show_picker() -> None:
    import streamlit as st

    from dashboard.choices import restore_choices
    from dashboard.shared.run_picker import render_run_picker

    restore_choices("evaluate")
    run = render_run_picker("evaluate")
    st.text(run.run_id if run else "no run")


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    st.cache_resource.clear()
    return RunStore(runs_folder)


def create(store: RunStore, name: str = "") -> str:
    return store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"), name=name)


def opened(**url: str) -> AppTest:
    app = AppTest.from_function(show_picker)
    for name, value in url.items():
        app.query_params[name] = value
    return app.run()


def test_without_runs_a_next_step_is_shown(store: RunStore) -> None:
    app = opened()
    assert not app.exception
    assert app.text[0].value == "no run"
    assert is_shown(app, "empty_state")


def test_the_newest_run_is_shown_first(store: RunStore) -> None:
    runs = sorted(create(store) for _ in range(3))
    app = opened()
    assert app.text[0].value == runs[-1]
    assert app.query_params["run"] == runs[-1]


def test_a_link_picks_its_run(store: RunStore) -> None:
    runs = sorted(create(store) for _ in range(3))
    assert opened(run=runs[0]).text[0].value == runs[0]


def test_picking_another_run_changes_the_link(store: RunStore) -> None:
    runs = sorted(create(store) for _ in range(3))
    app = opened()
    app.selectbox(key="evaluate.run").set_value(runs[1]).run()
    assert app.text[0].value == runs[1]
    assert app.query_params["run"] == runs[1]


def test_a_link_to_a_run_that_is_gone_says_so_and_lets_pick_another(store: RunStore) -> None:
    run_id = create(store)
    app = opened(run="20200101-000000-abcdef")
    assert not app.exception
    assert len(app.warning) == 1
    assert says(app, "20200101-000000-abcdef")
    assert app.text[0].value == "no run"
    app.selectbox(key="evaluate.run").set_value(run_id).run()
    assert app.text[0].value == run_id
    assert not app.warning


def test_a_run_that_has_nothing_to_show_here_is_explained(store: RunStore) -> None:
    def show_scored() -> None:
        import streamlit as st

        from dashboard.choices import restore_choices
        from dashboard.shared.run_picker import render_run_picker

        restore_choices("evaluate")
        st.text(repr(render_run_picker("evaluate", accepts=lambda run: run.summary.test_accuracy is not None)))

    run_id = create(store, name="Young *net*")
    app = AppTest.from_function(show_scored)
    app.query_params["run"] = run_id
    app.run()
    assert app.text[0].value == "None"
    (info,) = app.info
    assert "Young \\*net\\*" in info.value
    assert says(app, "queued")


def test_a_label_has_the_name_the_status_and_the_time(store: RunStore) -> None:
    run_id = create(store, name="My net")
    label = run_label(store.get(run_id))
    day, time = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}", f"{run_id[9:11]}:{run_id[11:13]}"
    assert label.startswith("My net")
    assert [fact for fact in ("queued", day, time) if fact not in label] == []
