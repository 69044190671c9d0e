"""The data of a design: data set, image limit and scaling."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.cached import datasets
from dashboard.shared.setting_widget import setting_widget
from dashboard.state.session import widget_key, widget_value
from dashboard.views.design.draft import Draft
from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig

ASSUMED_IMAGES = 60_000  # of a data set that is not on this machine, so that costs and schedules can still be shown


def render_data_form(draft: Draft) -> None:
    """Three fields in a row."""
    config = draft.config
    st.subheader("Data", anchor=False)
    with st.grid(3, min_column_width=200):
        _render_dataset(draft)
        for name in ("limit", "scaling"):
            setting_widget(
                spec_of(ExperimentConfig, name),
                getattr(config, name),
                key=f"design.{name}",
                on_change=partial(_take, draft, name),
                problem=draft.problem_at(name),
            )


def _take(draft: Draft, name: str, value: object) -> None:
    draft.set(**{name: value})


def n_train_images(name: str) -> int:
    """Number of training images of a data set."""
    return next((info.train_images or 0 for info in datasets() if info.name == name and info.available), 0) or (
        ASSUMED_IMAGES
    )


def n_test_images(name: str) -> int:
    """Number of test images of a data set."""
    return next((info.test_images or 0 for info in datasets() if info.name == name), 0)


def is_here(name: str) -> bool:
    """Whether the data set is on this machine."""
    return any(info.available for info in datasets() if info.name == name)


def _render_dataset(draft: Draft) -> None:
    titles = {info.name: info.title for info in datasets() if info.available}
    name = draft.config.dataset
    options = tuple(titles) if name in titles else (*titles, name)
    key = widget_key("design.dataset", name)

    def changed() -> None:
        draft.set(dataset=widget_value(key))

    spec = spec_of(ExperimentConfig, "dataset")
    st.selectbox(
        spec.label,
        options,
        options.index(name),
        key=key,
        format_func=lambda option: titles.get(option, f"{option} (not on this machine)"),
        on_change=changed,
        help=spec.help,
    )
