"""The box in which the data set of a design is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.shared.dataset_labels import dataset_labels
from dashboard.state.session import widget_key, widget_value
from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig


def render_dataset_box(dataset: str, *, key: str, take: Callable[[str], None], help: str = "") -> None:
    """The data sets of this machine, and `dataset` too if it is not here.

    Args:
        dataset: that of the design.
        key: "<page>.<field>".
        take: called with the one that is chosen.
        help: by default that of the setting.
    """
    labels = dataset_labels(dataset)
    options = tuple(labels)
    shown = widget_key(key, dataset, words=labels[dataset])
    spec = spec_of(ExperimentConfig, "dataset")
    st.selectbox(
        spec.label,
        options,
        options.index(dataset),
        key=shown,
        format_func=lambda name: labels.get(name, name),
        on_change=lambda: take(str(widget_value(shown))),
        help=help or spec.help,
    )
