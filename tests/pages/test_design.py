"""The Design page as a whole: where its design comes from, what can be started, and that it outlives the page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.designs.links import config_to_link
from mnist_core.locks import try_lock
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import MAX_NAME, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import assert_sound, says, setting
from tests.pages.opening import OpenPage
from tests.views.design.drafts import TWO_CONV, config_of, draft_of, layer, opened, press_start, send_layers


@pytest.fixture
def busy_store(runs_folder: Path) -> Iterator[RunStore]:
    """A store in which another run trains, so that new ones wait and no process is started."""
    store = RunStore(runs_folder)
    other = store.create(TWO_CONV, name="the other")
    store.set(other, status=RunStatus.RUNNING.value)
    lock = try_lock(store.folder(other) / "lock")
    assert lock is not None
    yield store
    os.close(lock)


def test_it_opens_with_a_recipe_its_claim_and_its_flaw(open_page: OpenPage) -> None:
    app = open_page("design")
    assert_sound(app)
    assert config_of(app) == TWO_CONV
    assert says(app, "99.07%")
    assert says(app, RECIPES["two-conv"].flaw)
    assert says(app, 421_642)
    assert not app.button(key="design.start").disabled


def test_an_impossible_stack_says_why_and_cannot_be_started(open_page: OpenPage) -> None:
    app = open_page("design")
    send_layers(app, [layer("conv", "b1", kernel_size="28"), layer("max_pool", "b2"), layer("flatten", "b3")])
    assert_sound(app)
    problem = config_of(app).architecture.problem
    assert problem is not None
    assert says(app, str(problem))
    assert says(app, 2)  # which layer it is
    assert app.button(key="design.start").disabled


def test_a_batch_larger_than_the_data_is_all_of_them(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    setting(app.number_input, "design.batch_size").set_value(5000).run()
    press_start(app)
    assert_sound(app)
    assert next(iter(busy_store.list())).config.training.batch_size == 5000


def test_start_makes_a_run_and_goes_to_where_it_is_watched(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    app.text_input(key="design.name").set_value("my first").run()
    press_start(app)
    assert_sound(app)
    newest = next(run for run in busy_store.list() if run.name != "the other")
    assert (newest.name, newest.status, newest.config) == ("my first", RunStatus.QUEUED, TWO_CONV)
    assert app.session_state["tab.page"] == "train"
    assert app.query_params["run"] == newest.run_id


def test_a_name_that_is_too_long_is_cut_and_said_to_be(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    app.text_input(key="design.name").set_value("x" * MAX_NAME).run()
    assert not cuts(app)
    app.text_input(key="design.name").set_value("x" * 200).run()
    assert cuts(app) == [f"{MAX_NAME}"]
    press_start(app)
    assert_sound(app)
    assert "x" * MAX_NAME in [run.name for run in busy_store.list()]


def cuts(app: AppTest) -> list[str]:
    """The limits that captions name after what was cut."""
    icon = ":material/content_cut:"
    return [number for text in app.caption.values if icon in text for number in re.findall(r"\d+", text)]


def test_quick_presses_make_one_run(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    for _ in range(5):  # twenty are pressed in the tests of the draft, which do not draw a page each time
        press_start(app)
        app.switch_page("../pages/design.py").run()
    assert len(busy_store.run_ids()) == 2  # the one that was there, and ours


def test_the_design_outlives_a_look_at_another_page(open_page: OpenPage) -> None:
    app = open_page("design")
    setting(app.number_input, "design.epochs").set_value(7).run()
    send_layers(app, [layer("flatten", "b1")])
    edited = config_of(app)
    app.switch_page("../pages/home.py").run()
    app.switch_page("../pages/design.py").run()
    assert config_of(app) == edited
    assert setting(app.number_input, "design.epochs").value == 7


def test_a_link_restores_the_whole_form(open_page: OpenPage) -> None:
    config = config_from_recipe(
        "lenet-5", dataset="mnist-sample", epochs=3, schedule="one_cycle", augmentation={"noise": 0.1}
    )
    app = open_page("design", design=config_to_link(config))
    assert_sound(app)
    assert config_of(app) == config
    opened(app, "design.augmentation")
    assert setting(app.selectbox, "design.schedule").value == "one_cycle"
    assert setting(app.number_input, "design.noise").value == 0.1


@pytest.mark.parametrize(
    "link", ["", "1", "1abc", "9abc", "1" + "A" * 5000, "1%2e%2e/", config_to_link(TWO_CONV)[:-4], "<script>"]
)
def test_a_broken_link_is_a_sentence_over_the_form_as_it_was(open_page: OpenPage, link: str) -> None:
    app = open_page("design", design=link)
    assert not app.exception
    (error,) = app.error
    assert draft_of(app).problem_at("link") == error.value.replace("\\", "")
    assert config_of(app) == TWO_CONV


def test_an_unknown_data_set_in_a_link_cannot_be_started(open_page: OpenPage) -> None:
    config = config_from_recipe("two-conv", dataset="no-such-data")
    app = open_page("design", design=config_to_link(config))
    assert_sound(app)
    assert says(app, "no-such-data")
    assert app.button(key="design.start").disabled
