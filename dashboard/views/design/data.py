"""The data of a design: data set, image limit and scaling."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.cached import datasets
from dashboard.shared.settings.dataset_box import render_dataset_box
from dashboard.shared.settings.widget import setting_widget
from dashboard.views.design.draft import Draft
from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig

ASSUMED_IMAGES = 60_000  # of a data set that is not on this machine, so that costs and schedules can still be shown


def render_data_form(draft: Draft) -> None:
    """Three fields in a row."""
    config = draft.config
    st.subheader("Data", anchor=False)
    with st.grid(3, min_column_width=200):
        render_dataset_box(config.dataset, key="design.dataset", take=partial(_take, draft, "dataset"))
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
