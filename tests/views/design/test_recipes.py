"""Recipes: a click loads one, and claim, measured figure and known flaw stand side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core.models.recipes import RECIPES
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.pages.finding import assert_sound, links, says, setting
from tests.pages.opening import OpenPage
from tests.thorough import one_in
from tests.views.design.drafts import TWO_CONV, config_of, opened


@pytest.mark.parametrize("name", one_in(4, RECIPES))
def test_a_click_loads_a_recipe(open_page: OpenPage, name: str) -> None:
    app = open_page("design")
    setting(app.pills, "design.recipe").set_value(name).run()
    assert_sound(app)
    assert config_of(app) == config_from_recipe(name, dataset="mnist-sample")
    assert setting(app.number_input, "design.epochs").value == RECIPES[name].epochs
    if name != TWO_CONV.recipe:
        app.button(key="design.undo").click().run()
    assert config_of(app) == TWO_CONV
    assert setting(app.number_input, "design.epochs").value == TWO_CONV.training.epochs


def test_our_best_figure_stands_beside_the_claim(open_page: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = store.create(TWO_CONV)
    summary = {"parameters": 421642, "validation_accuracy": 0.97, "test_accuracy": 0.9634, "epochs_done": 3}
    store.set(run_id, status="completed", summary=summary)
    app = open_page("design")
    assert says(app, "99.07%")
    assert says(app, "96.34%")
    assert ("evaluate", {"run": run_id}) in links(app)


def test_a_design_can_start_from_the_chosen_run(open_page: OpenPage, runs_folder: Path) -> None:
    config = config_from_recipe("lenet-5", dataset="mnist-sample")
    RunStore(runs_folder).create(config)
    app = open_page("design")
    app.button(key="design.from_run").click().run()
    assert_sound(app)
    assert config_of(app) == config


def test_recipes_are_compared_in_a_table(open_page: OpenPage) -> None:
    app = opened(open_page("design"), "design.recipes_open")
    assert_sound(app)
    (table,) = app.dataframe
    columns = [table.value[name].tolist() for name in table.value]
    assert [recipe.title for recipe in RECIPES.values()] in columns
    assert [recipe.parameters for recipe in RECIPES.values()] in columns
    assert [recipe.flaw for recipe in RECIPES.values()] in columns


def test_a_design_starts_from_the_settings_that_a_run_has_by_now(open_page: OpenPage, runs_folder: Path) -> None:
    store = RunStore(runs_folder)
    run_id = store.create(TWO_CONV)
    store.set(run_id, adjustments={"epochs": 9, "learning_rate": 0.0001})
    app = open_page("design", run=run_id)
    app.button(key="design.from_run").click().run()
    assert_sound(app)
    training = config_of(app).training
    assert (training.epochs, training.learning_rate) == (9, 0.0001)
