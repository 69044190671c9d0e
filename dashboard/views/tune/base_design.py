"""The design that a search begins with: one that came by a link, the run above, or a recipe; and its data."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import cached
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.settings.dataset_box import render_dataset_box
from dashboard.shared.settings.widget import setting_widget
from dashboard.shared.settings.words import error_words
from dashboard.views.tune.choices import TuneChoices, tune
from dashboard.views.tune.space_draft import SpaceDraft
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_from_link
from mnist_core.errors import ConfigError
from mnist_core.fields import spec_of
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import RunRecord
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.settings import TrainingSettings

DESIGN, RUN = "design", "run"
FIRST_RECIPE = "two-conv"


def render_base_design(draft: SpaceDraft, run: RunRecord | None) -> None:
    """What the search begins with, and the data and epochs of every trial."""
    linked = _linked_design()
    options = [*([DESIGN] if linked is not None else []), *([RUN] if run is not None else []), *RECIPES]
    with st.grid(4, min_column_width=170):
        name = linked_select(
            "Base design",
            options,
            choice=TuneChoices.base,
            default=DESIGN if linked is not None else FIRST_RECIPE,
            words=lambda option: _words(option, run),
            help="The search varies this design, and tries it first.",
        )
        base, source = _base(name, linked, run)
        draft.begin_with(source, base)
        _render_data(draft)


def _base(
    name: str, linked: ExperimentConfig | None, run: RunRecord | None
) -> tuple[ExperimentConfig, tuple[str, str | None]]:
    """A design, and what tells it from others."""
    if name == DESIGN and linked is not None:
        return linked, (name, tune.design)
    if name == RUN and run is not None:
        return run.config_in_force, (name, run.run_id)
    return config_from_recipe(name, dataset=cached.default_dataset()), (name, None)


def _words(option: str, run: RunRecord | None) -> str:
    if option == RUN and run is not None:
        return f"The run {run.title}"
    return "Your design" if option == DESIGN else option


def _linked_design() -> ExperimentConfig | None:
    if tune.design is None:
        return None
    try:
        return config_from_link(tune.design)
    except ConfigError as error:
        st.warning(escape_markdown(error_words(error)), icon=":material/link_off:")
        return None


def _render_data(draft: SpaceDraft) -> None:
    if draft.space is None:
        return
    base = draft.space.base
    render_dataset_box(
        base.dataset,
        key="tune.dataset",
        take=partial(_take, draft, "dataset"),
        help="Every trial is trained on these images, and scored on the same validation images.",
    )
    for name, owner in (("epochs", TrainingSettings), ("limit", ExperimentConfig)):
        setting_widget(
            spec_of(owner, name),
            getattr(base.training if name == "epochs" else base, name),
            key=f"tune.{name}",
            on_change=partial(_take, draft, name),
            problem=draft.problem_at(name),
            disabled=any(dimension.setting == name for dimension in draft.space.dimensions),
        )


def _take(draft: SpaceDraft, name: str, value: object) -> None:
    draft.set_base(**{name: value})
