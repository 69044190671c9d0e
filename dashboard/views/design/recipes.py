"""Recipes to start from: a click loads one; published result, best run and known flaw are shown side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.cached import recipe_results
from dashboard.navigation import page_named
from dashboard.settings import machine_folder
from dashboard.shared.data_table import data_table
from dashboard.shared.errors import explain_errors
from dashboard.shared.runs.names import dataset_title
from dashboard.state.session import widget_key, widget_value
from dashboard.views.design.data import n_train_images
from dashboard.views.design.draft import Draft, is_recipe_as_published
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_count, shown_seconds
from mnist_core.models.recipes import RECIPES, Recipe
from mnist_core.pricing.expected import time_by
from mnist_core.pricing.requests import PriceState, price_state, request_price
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.measurement import prices_folder
from mnist_core.words import counted

POLL_SECONDS = 1.0


def render_recipe_picker(draft: Draft, run: RunRecord | None) -> None:
    """A row of recipes, the design of the chosen run, and the results of the recipe the design started from."""
    chosen = draft.config.recipe if draft.config.recipe in RECIPES else None
    key = widget_key("design.recipe", chosen)
    st.pills(
        "Start from a recipe",
        tuple(RECIPES),
        default=chosen,
        key=key,
        on_change=_load,
        args=(draft, key),
        help="Load the network and the training settings of a recipe. Click again to reset; Undo takes it back.",
    )
    if run is not None:
        st.button(
            f"Start from the run {escape_markdown(run.title)}",
            icon=":material/content_copy:",
            key="design.from_run",
            on_click=draft.load,
            args=(run.config_in_force,),
            disabled=draft.config == run.config_in_force,
            help="Load the network and the settings of the run that is chosen above. Undo takes it back.",
        )
    with st.container():  # one place, whatever is in it: what follows must not move
        if chosen is None:
            st.caption("This design is not based on a recipe.")
        else:
            _render_facts(RECIPES[chosen], is_changed=not is_recipe_as_published(draft.config))


def _load(draft: Draft, key: str) -> None:
    name = str(widget_value(key) or draft.config.recipe)  # a click on the selected pill deselects it
    if name in RECIPES:
        draft.load(config_from_recipe(name, dataset=draft.config.dataset, limit=draft.config.limit))


def _render_facts(recipe: Recipe, *, is_changed: bool) -> None:
    st.markdown(f"**{recipe.name}**: {escape_markdown(recipe.title)}")
    with st.grid(min_column_width=280, gap="medium"):
        with st.container(gap="xxsmall"):
            figure = recipe.published_test_accuracy
            st.markdown(f"**Published accuracy** · {'none' if figure is None else f'{shown_share(figure)}'}")
            st.caption(escape_markdown(f"{recipe.published_note} Source: {recipe.origin}."))
        with st.container(gap="xxsmall"):
            _render_result(recipe_results().get(recipe.name))
        with st.container(gap="xxsmall"):
            st.markdown("**Known flaw**" if not recipe.assumed else "**Known flaw** · partly assumed")
            st.caption(escape_markdown(recipe.flaw))
    if is_changed:
        st.caption(":material/edit: Changed since it was loaded: the results of the recipe no longer apply.")


def _render_result(run: RunRecord | None) -> None:
    if run is None or run.summary.test_accuracy is None:
        st.markdown("**Your test accuracy** · none yet")
        st.caption("Train this recipe unchanged, and your best result appears here.")
        return
    is_unchanged = is_recipe_as_published(run.config)
    other = "" if is_unchanged else " with other training settings"
    st.markdown(f"**Your test accuracy** · {shown_share(run.summary.test_accuracy)}{other}")
    data = f", on {_tested_on(run)}"
    seconds = run.summary.train_seconds
    took = f", {shown_seconds(seconds)} of training" if seconds else ""
    epochs = counted(run.epochs, "epoch")
    st.caption(escape_markdown(f"Run of this network with the best validation accuracy: {epochs}{took}{data}."))
    if (page := page_named("evaluate")) is not None:
        st.page_link(page, label="Open this run", query_params={"run": run.run_id}, icon=":material/arrow_forward:")


def _tested_on(run: RunRecord) -> str:
    """The data that the test accuracy of a run is of: "10,000 MNIST test images"."""
    n = f"{run.dataset.test_images:,} " if run.dataset and run.dataset.test_images else ""
    return f"{n}{dataset_title(run.config.dataset)} test images"


def render_recipe_table(draft: Draft) -> None:
    """All recipes in a table, with the time per epoch on this machine."""
    opened = st.expander("Compare recipes", on_change="rerun", key="design.recipes_open")
    if opened.open:
        with opened:
            is_pending = any(cost.is_pending for _, cost in _recipe_costs(draft))
            st.fragment(_render_table, run_every=POLL_SECONDS if is_pending else None)(draft, is_pending)


@explain_errors()
def _render_table(draft: Draft, was_pending: bool) -> None:
    costs, results = _recipe_costs(draft), recipe_results()
    pending = sum(cost.is_pending for _, cost in costs)
    if was_pending and not pending:
        st.rerun()
    data_table(
        pd.DataFrame([_line(config, cost, results) for config, cost in costs]),
        texts={"Published": shown_share, "Your best": shown_share},
        name="recipes",
        width="stretch",
        height="content",
        placeholder="–",
        key="design.recipes",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "Published": st.column_config.NumberColumn(help="Published test accuracy."),
            "Your best": st.column_config.NumberColumn(help="Test accuracy of your best run."),
            "Known flaw": st.column_config.TextColumn(width="large"),
        },
    )
    data = dataset_title(draft.config.dataset)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Benchmark all recipes", icon=":material/timer:", key="design.time_all", disabled=pending > 0):
            request_price(prices_folder(machine_folder()), *(config for config, _ in costs))
            st.rerun()
        st.caption(
            f":material/hourglass_top: {pending} of {len(costs)} benchmarks pending. You can leave the page meanwhile."
            if pending
            else f"Time per epoch on {escape_markdown(data)}, once a recipe was benchmarked."
        )


def _recipe_costs(draft: Draft) -> list[tuple[ExperimentConfig, PriceState]]:
    folder = prices_folder(machine_folder())
    configs = [config_from_recipe(name, dataset=draft.config.dataset) for name in RECIPES]
    return [(config, price_state(folder, config)) for config in configs]


def _line(config: ExperimentConfig, cost: PriceState, results: Mapping[str, RunRecord]) -> dict[str, object]:
    recipe = RECIPES[str(config.recipe)]
    run = results.get(recipe.name)
    earlier, n_images = cached.recipe_times(config.dataset).get(recipe.name), n_train_images(config.dataset)
    time = time_by(config, earlier, cost.measurement, train_images=n_images, test_images=0)
    return {
        "Recipe": recipe.name,
        "Network": recipe.title,
        "Parameters": recipe.parameters,
        "Multiply-adds": shown_count(recipe.architecture.multiply_adds),
        "Epochs": recipe.epochs,
        "Time per epoch": shown_seconds(time.epoch_seconds) if time is not None else None,
        "Published": recipe.published_test_accuracy,
        "Your best": run.summary.test_accuracy if run else None,
        "Your test images": _tested_on(run) if run else None,
        "Known flaw": recipe.flaw,
    }
