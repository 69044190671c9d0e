from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.designs.library import Library, library_folder
from mnist_core.designs.links import config_to_link
from mnist_core.fields import to_dict
from mnist_core.locks import try_lock
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.measurement import measurement_path, prices_folder
from tests.pages.conftest import OpenPage

TWO_CONV = config_from_recipe("two-conv", dataset="mnist-sample")


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.subheader])


def opened(app: AppTest, *sections: str) -> AppTest:
    """The page with folded sections unfolded."""
    for section in sections:
        app.session_state[section] = True
    return app.run()


def recipes(app: AppTest) -> Any:
    """The row of recipes to start from."""
    return app.get_by_key("design.recipe")


def draft_of(app: AppTest) -> Any:
    return app.session_state["tab.design"]


def config_of(app: AppTest) -> ExperimentConfig:
    config: ExperimentConfig = draft_of(app).config
    return config


def press_start(app: AppTest) -> AppTest:
    return app.button(key="design.start").click().run()


def send_layers(app: AppTest, layers: list[dict[str, Any]]) -> AppTest:
    """What the layer editor's script sends from the browser."""
    draft = draft_of(app)
    app.session_state["design.layers"] = {
        "edit": {"revision": draft.revision, "seq": draft.answered + 1, "layers": layers}
    }
    return app.run()


def layer(kind: str, name: str, **fields: str) -> dict[str, Any]:
    return {"id": name, "kind": kind, "fields": fields}


@pytest.fixture
def busy_store(runs_folder: Path) -> RunStore:
    """A store in which another run trains, so that new ones wait and no process is started."""
    store = RunStore(runs_folder)
    other = store.create(TWO_CONV, name="the other")
    store.set(other, status=RunStatus.RUNNING.value)
    lock = try_lock(store.folder(other) / "lock")
    assert lock is not None
    return store


def test_it_opens_with_a_recipe_its_claim_and_its_flaw(open_page: OpenPage) -> None:
    app = open_page("design")
    assert not app.exception
    assert config_of(app) == TWO_CONV
    assert "Published** · 99.07%" in texts(app)
    assert "It validates on the test set\\, fixes no seed" in texts(app)
    assert "421,642 parameters" in texts(app)
    assert not app.button(key="design.start").disabled


@pytest.mark.parametrize("name", RECIPES)
def test_a_click_loads_a_recipe(open_page: OpenPage, name: str) -> None:
    app = open_page("design")
    recipes(app).set_value(name).run()
    assert not app.exception
    assert config_of(app) == config_from_recipe(name, dataset="mnist-sample")
    assert app.number_input(key="design.epochs").value == RECIPES[name].epochs
    if name != TWO_CONV.recipe:
        app.button(key="design.undo").click().run()
    assert config_of(app) == TWO_CONV
    assert app.number_input(key="design.epochs").value == TWO_CONV.training.epochs


def test_our_best_figure_stands_beside_the_claim(open_page: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = store.create(TWO_CONV)
    summary = {"parameters": 421642, "validation_accuracy": 0.97, "test_accuracy": 0.9634, "epochs_done": 3}
    store.set(run_id, status="completed", summary=summary)
    app = open_page("design")
    assert "Measured here** · 96.34%" in texts(app)


def test_settings_follow_what_the_person_chooses(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.more", "design.augmentation")
    app.number_input(key="design.epochs").set_value(7).run()
    app.selectbox(key="design.optimizer").select("sgd").run()
    app.number_input(key="design.momentum").set_value(0.9).run()
    app.toggle(key="design.nesterov").set_value(True).run()
    app.number_input(key="design.rotation_degrees").set_value(10.0).run()
    app.number_input(key="design.gradient_clip").set_value(1.5).run()
    app.selectbox(key="design.class_weighting").select("custom").run()
    app.number_input(key="design.class_weight_3").set_value(2.0).run()
    assert not app.exception
    settings = config_of(app).training
    found = to_dict(settings)
    expected = {"epochs": 7, "optimizer": "sgd", "momentum": 0.9, "nesterov": True}
    assert {name: found[name] for name in expected} == expected
    assert settings.augmentation.rotation_degrees == 10
    assert settings.gradient_clip == 1.5
    assert found["class_weights"] == [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    app.number_input(key="design.momentum").set_value(0.0).run()
    assert not config_of(app).training.nesterov
    assert not app.error


def test_settings_that_do_nothing_are_greyed_out(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.more")
    for schedule, is_disabled in (("constant", True), ("step", False), ("cosine", True)):
        app.selectbox(key="design.schedule").select(schedule).run()
        assert app.number_input(key="design.step_factor").disabled is is_disabled


def test_limits_and_help_come_from_the_fields(open_page: OpenPage) -> None:
    field = open_page("design").number_input(key="design.epochs")
    assert field.label == "Epochs"
    assert field.help == ("How many times the network sees every training image. Accepts an integer from 1 to 10000.")


@pytest.mark.parametrize("value", [0, -5, 3.7, 1e30, None])
def test_a_number_that_cannot_be_is_a_sentence_under_its_field(open_page: OpenPage, value: float | None) -> None:
    app = open_page("design")
    app.number_input(key="design.epochs").set_value(value).run()
    assert not app.exception
    assert "Invalid value for \\`epochs\\`\\. Expected an integer from 1 to 10000\\." in texts(app)
    assert config_of(app) == TWO_CONV
    assert app.number_input(key="design.epochs").value == 20
    app.number_input(key="design.epochs").set_value(21).run()
    assert "Invalid value" not in texts(app)


def test_an_optional_number_can_be_emptied(open_page: OpenPage) -> None:
    app = open_page("design")
    app.number_input(key="design.limit").set_value(500).run()
    assert config_of(app).limit == 500
    app.number_input(key="design.limit").set_value(None).run()
    assert config_of(app).limit is None
    assert "Invalid value" not in texts(app)


def test_an_edit_of_the_layers_reaches_the_design(open_page: OpenPage) -> None:
    app = open_page("design")
    send_layers(app, [layer("flatten", "b1"), layer("dense", "b2", units="32")])
    assert not app.exception
    assert "25,450 parameters" in texts(app)
    assert "No convolution" in texts(app)


def test_an_impossible_stack_says_why_and_cannot_be_started(open_page: OpenPage) -> None:
    app = open_page("design")
    send_layers(app, [layer("conv", "b1", kernel_size="28"), layer("max_pool", "b2"), layer("flatten", "b3")])
    assert not app.exception
    assert "Layer 2 \\(max pooling\\) cannot be built" in texts(app)
    assert app.button(key="design.start").disabled


def test_a_batch_larger_than_the_data_cannot_be_started(open_page: OpenPage) -> None:
    app = open_page("design")
    app.number_input(key="design.batch_size").set_value(5000).run()
    assert "at most 3\\,600" in texts(app)
    assert app.button(key="design.start").disabled


def test_start_makes_a_run_and_goes_to_where_it_is_watched(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    app.text_input(key="design.name").set_value("my first").run()
    press_start(app)
    assert not app.exception
    newest = next(run for run in busy_store.list() if run.name != "the other")
    assert (newest.name, newest.status, newest.config) == ("my first", RunStatus.QUEUED, TWO_CONV)
    assert app.title[0].value == "Train"
    assert app.query_params["run"] in (newest.run_id, [newest.run_id])


def test_twenty_quick_presses_make_one_run(open_page: OpenPage, busy_store: RunStore) -> None:
    app = open_page("design")
    for _ in range(20):
        press_start(app)
        app.switch_page("../pages/design.py").run()
    assert len(busy_store.run_ids()) == 2  # the one that was there, and ours


def test_the_design_outlives_a_look_at_another_page(open_page: OpenPage) -> None:
    app = open_page("design")
    app.number_input(key="design.epochs").set_value(7).run()
    send_layers(app, [layer("flatten", "b1")])
    edited = config_of(app)
    app.switch_page("../pages/home.py").run()
    app.switch_page("../pages/design.py").run()
    assert config_of(app) == edited
    assert app.number_input(key="design.epochs").value == 7


def test_a_link_restores_the_whole_form(open_page: OpenPage) -> None:
    config = config_from_recipe(
        "lenet-5", dataset="mnist-sample", epochs=3, schedule="one_cycle", augmentation={"noise": 0.1}
    )
    app = open_page("design", design=config_to_link(config))
    assert not app.error
    assert config_of(app) == config
    opened(app, "design.augmentation")
    assert app.selectbox(key="design.schedule").value == "one_cycle"
    assert app.number_input(key="design.noise").value == 0.1


@pytest.mark.parametrize(
    "link", ["", "1", "1abc", "9abc", "1" + "A" * 5000, "1%2e%2e/", config_to_link(TWO_CONV)[:-4], "<script>"]
)
def test_a_broken_link_is_a_sentence_over_the_form_as_it_was(open_page: OpenPage, link: str) -> None:
    app = open_page("design", design=link)
    assert not app.exception
    assert app.error[0].value.startswith("The design in the link")
    assert config_of(app) == TWO_CONV


def test_an_unknown_data_set_in_a_link_cannot_be_started(open_page: OpenPage) -> None:
    config = config_from_recipe("two-conv", dataset="no-such-data")
    app = open_page("design", design=config_to_link(config))
    assert not app.exception
    assert "The data set no\\-such\\-data is not on this machine" in texts(app) or "not on this machine" in texts(app)
    assert app.button(key="design.start").disabled


def test_designs_are_kept_by_name(open_page: OpenPage, runs_folder: Path) -> None:
    library = Library(library_folder(runs_folder))
    app = open_page("design")
    app.text_input(key="design.save_as").set_value("mine").run()
    app.button(key="design.save").click().run()
    assert [item.name for item in library.list()] == ["mine"]
    recipes(app).set_value("lenet-5").run()
    app.button(key="design.load").click().run()
    assert config_of(app) == TWO_CONV
    app.button(key="design.copy").click().run()
    assert [item.name for item in library.list()] == ["mine", "mine 2"]
    assert app.selectbox(key="design.saved").value == "mine 2"
    app.button(key="design.delete").click().run()
    assert [item.name for item in library.list()] == ["mine"]
    assert not app.exception


def test_a_name_of_a_design_is_not_markup(open_page: OpenPage, runs_folder: Path) -> None:
    Library(library_folder(runs_folder)).save("**bold** <b> $x$", TWO_CONV)
    app = open_page("design")
    assert not app.exception
    assert "Delete **\\*\\*bold\\*\\* \\<b\\> \\$x\\$**?" in texts(app)


def test_a_design_without_a_name_is_not_saved(open_page: OpenPage) -> None:
    app = open_page("design")
    app.button(key="design.save").click().run()
    assert "name" in app.error[0].value
    assert config_of(app) == TWO_CONV


BAD_FILES = {
    "not json": (b"{", "not JSON"),
    "not text": (b"\xff\xfe\x00", "not text"),
    "deep": (b"[" * 5000, "nested too deeply"),
    "unknown key": (json.dumps({**TWO_CONV.to_dict(), "colour": 1}).encode(), "Unknown key `colour`"),
    "newer": (json.dumps({**TWO_CONV.to_dict(), "schema": 2}).encode(), "`schema`"),
    "wrong type": (json.dumps({**TWO_CONV.to_dict(), "limit": "many"}).encode(), "`limit`"),
    "no network": (b"{}", "`architecture`"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_is_a_sentence_over_the_form_as_it_was(open_page: OpenPage, name: str) -> None:
    content, sentence = BAD_FILES[name]
    app = open_page("design")
    app.file_uploader(key="design.upload").upload("design.json", content, "application/json").run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert config_of(app) == TWO_CONV


def test_a_file_opens_as_it_was_written(open_page: OpenPage) -> None:
    config = config_from_recipe("mini-resnet", dataset="mnist-sample", seed=4)
    app = open_page("design")
    content = json.dumps(config.to_dict()).encode()
    app.file_uploader(key="design.upload").upload("design.json", content, "application/json").run()
    assert config_of(app) == config
    app.number_input(key="design.epochs").set_value(2).run()
    assert config_of(app).training.epochs == 2  # the file is opened once, though it stays in its box


def test_a_measured_price_stands_beside_start(open_page: OpenPage, runs_folder: Path) -> None:
    folder = prices_folder(runs_folder)
    folder.mkdir(parents=True)
    document = {
        "schema": 1,
        "batch_seconds": {"float32": 0.1},
        "validation_seconds": 0.0001,
        "start_seconds": 5.0,
        "peak_bytes": 700_000_000,
        "layer_shares": {"conv_2": 0.75, "output": 0.25},
        "is_disturbed": False,
    }
    measurement_path(folder, TWO_CONV).write_text(json.dumps(document))
    app = open_page("design")
    assert {metric.label: metric.value for metric in app.metric} == {
        "An epoch": "2.9 s",  # 29 batches of 128 and 400 images to validate
        "In all": "64 s",
        "Memory": "728 MB",
        "Costs most": "conv_2 · 75%",
    }
    assert "about 64 s" in texts(app)


def test_the_code_is_shown_in_its_tab(open_page: OpenPage) -> None:
    app = open_page("design")
    assert not app.code or "def build_model" not in app.code[0].value
    app.session_state["design.tab"] = "As Keras code"
    app.run()
    assert not app.exception
    script = next(block.value for block in app.code if "def build_model" in block.value)
    compile(script, "experiment.py", "exec")


def test_recipes_are_compared_in_a_table(open_page: OpenPage, runs_folder: Path) -> None:
    app = opened(open_page("design"), "design.recipes_open")
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Parameters"]) == [recipe.parameters for recipe in RECIPES.values()]
    assert list(table["Known flaw"]) == [recipe.flaw for recipe in RECIPES.values()]
