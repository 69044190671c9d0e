"""A new search: what it begins with, its space, its budget, what it will take, and the button that starts it."""

from __future__ import annotations

import json
from functools import partial

import streamlit as st

from dashboard import cached
from dashboard.settings import machine_folder
from dashboard.shared.context.bar import Context
from dashboard.shared.errors import explain_errors
from dashboard.shared.runs.whose import own_store
from dashboard.shared.settings.widget import setting_widget
from dashboard.shared.settings.words import error_words
from dashboard.state.session import widget_value
from dashboard.views.tune.base_design import render_base_design
from dashboard.views.tune.choices import TuneChoices, TuneView
from dashboard.views.tune.dimensions import render_dimensions
from dashboard.views.tune.space_draft import SpaceDraft, space_draft
from dashboard.views.tune.words import estimate_of, estimate_words
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError
from mnist_core.fields import specs_of
from mnist_core.pricing.requests import PriceState, price_state, request_price
from mnist_core.training.config import MAX_JSON_BYTES
from mnist_core.training.measurement import prices_folder
from mnist_core.tuning.control import start_tuner
from mnist_core.tuning.space import Space
from mnist_core.tuning.study import (
    Cost,
    Study,
    StudySettings,
    check_grid,
    create_study,
    study_folder,
    study_names,
)

SPECS = specs_of(StudySettings)
NAME = "tune.name"
POLL_SECONDS = 1.0


def render_new_search(context: Context) -> None:
    """The whole form."""
    draft = space_draft()
    render_base_design(draft, context.run)
    if draft.space is None:
        st.error(escape_markdown(draft.problem_at("base") or "The base design cannot be built."))
        return
    render_dimensions(draft, draft.space)
    _render_search(draft)
    _render_json(draft, draft.space)
    _render_start(draft, draft.space)


def _render_search(draft: SpaceDraft) -> None:
    st.subheader("Search", anchor=False)
    with st.grid(4, min_column_width=170):
        for name, spec in SPECS.items():
            setting_widget(
                spec,
                getattr(draft.settings, name),
                key=f"tune.{name}",
                on_change=partial(_take, draft, name),
                problem=draft.problem_at(name),
                disabled=name == "pruning" and draft.settings.cost is not Cost.NONE,
            )


def _take(draft: SpaceDraft, name: str, value: object) -> None:
    draft.set_search(**{name: value})


def _render_json(draft: SpaceDraft, space: Space) -> None:
    opened = st.expander("Space as JSON", key="tune.json", on_change="rerun")
    if not opened.open:
        return
    with opened:
        document = space.to_dict()
        text = json.dumps(document, indent=1)
        st.download_button("Download", text, file_name="space.json", mime="application/json", key="tune.download",
                           icon=":material/download:", on_click="ignore")  # fmt: skip
        file = st.file_uploader("Load a space", type=["json"], key="tune.upload", max_upload_size=1,
                                help="A file that Download has written. It replaces the space above.")  # fmt: skip
        if file is not None and draft.read(file.file_id, file.getvalue()[: MAX_JSON_BYTES + 1]):
            st.rerun()  # the table above shows the space of before
        if (sentence := draft.problem_at("file")) is not None:
            st.error(escape_markdown(sentence), icon=":material/error:")
        st.code(json.dumps(document["dimensions"], indent=1), language="json", height=260)


def _render_start(draft: SpaceDraft, space: Space) -> None:
    obstacle = _obstacle(draft, space)
    if obstacle is not None:
        st.markdown(f":red[:material/block:] {escape_markdown(obstacle)}")
    else:
        is_pending = _price_of(space).is_pending
        st.fragment(_render_estimate, run_every=POLL_SECONDS if is_pending else None)(draft, space, is_pending)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the search", value=_free_name(), key=NAME, width=260,
                      help="Letters, digits, hyphens and underscores.")  # fmt: skip
        st.button("Start search", type="primary", icon=":material/play_arrow:", key="tune.start",
                  disabled=obstacle is not None, on_click=_start, args=(draft,))  # fmt: skip
    if (sentence := draft.problem_at("start")) is not None:
        st.error(escape_markdown(sentence), icon=":material/error:")


@explain_errors()
def _render_estimate(draft: SpaceDraft, space: Space, was_pending: bool) -> None:
    """What the search will take; without a figure, a button that measures the base design."""
    price = _price_of(space)
    if was_pending and not price.is_pending:
        st.rerun()  # so that the timer ends
    with st.container(horizontal=True, vertical_alignment="center", key="tune.estimate"):
        if price.phase is not None:
            st.caption(f":material/hourglass_top: {escape_markdown(price.phase)} …")
            return
        found = estimate_of(space)
        st.markdown(f":material/timer: {estimate_words(found, draft.settings)}", width="content")
        if found is None:
            if st.button("Run benchmark", icon=":material/speed:", key="tune.benchmark"):
                request_price(prices_folder(machine_folder()), space.base)
                st.rerun()
            if price.failure is not None:
                st.caption(f":material/error: {escape_markdown(price.failure)}")


def _price_of(space: Space) -> PriceState:
    return price_state(prices_folder(machine_folder()), space.base)


def _obstacle(draft: SpaceDraft, space: Space) -> str | None:
    """Why this cannot be started; None if it can."""
    if not cached.has_dataset(space.base.dataset):
        return f"The data set {space.base.dataset} is not on this machine. Choose another one."
    try:
        check_grid(space, draft.settings)
    except MnistCoreError as error:
        return error_words(error)
    return None


def _free_name() -> str:
    """The first of search-1, search-2, ... that no study has."""
    taken = set(study_names(cached.run_store().root))
    return next(name for number in range(1, len(taken) + 2) if (name := f"search-{number}") not in taken)


def _start(draft: SpaceDraft) -> None:
    """A callback: it runs before the page is drawn, which then shows the progress.

    The space is that of now: a value that was changed just before is in no earlier picture of the page.
    """
    if (space := draft.space) is None:
        return
    name, root = str(widget_value(NAME) or ""), own_store().root
    try:
        create_study(root, Study(name=name, space=space, settings=draft.settings))
        start_tuner(study_folder(root, name))
    except (MnistCoreError, OSError) as error:
        draft.problem = ("start", error_words(error))
        return
    draft.problem = ("", "")
    TuneChoices.study.choose(name)
    TuneChoices.trial.reset()
    TuneChoices.view.choose(TuneView.PROGRESS)
