"""Augmentation settings, with a preview on training images."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.settings.widget import setting_widget
from dashboard.views.design.data import is_here
from dashboard.views.design.draft import Draft
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.augmentation import Augmentation, augment
from mnist_core.data.rows import first_of_each
from mnist_core.fields import specs_of

N_DRAWS = 4
SCALE = 2


def render_augmentation_form(draft: Draft) -> None:
    """The amounts on the left, augmented images on the right; a line about what is on while that is closed."""
    settings = draft.config.training.augmentation
    with st.container(key="design.augmentation_place"):  # one place, whatever is in it: what follows must not move
        # A constant label: with another one it would be a new expander, which closes while the person uses it.
        opened = st.expander("Augmentation", key="design.augmentation", on_change="rerun")
        if not opened.open:
            _render_line(settings)
            return
    with opened:
        form, preview = st.columns((2, 3), gap="large")
        with form, st.grid(min_column_width=150):
            for name, spec in specs_of(Augmentation).items():
                setting_widget(
                    spec,
                    getattr(settings, name),
                    key=f"design.{name}",
                    on_change=partial(_take, draft, name),
                    problem=draft.problem_at(name),
                )
        with preview:
            _render_preview(draft, settings)


def _render_line(settings: Augmentation) -> None:
    amounts = [
        f"{spec.label[0].lower()}{spec.label[1:]} {value:g}"
        for name, spec in specs_of(Augmentation).items()
        if (value := getattr(settings, name))
    ]
    if amounts:
        st.caption(escape_markdown(f"Augmentation is on: {', '.join(amounts)}."))


def _take(draft: Draft, name: str, value: object) -> None:
    draft.set_augmentation(**{name: value})


def _render_preview(draft: Draft, settings: Augmentation) -> None:
    if not is_here(draft.config.dataset):
        st.caption("No preview: the data set is not on this machine.")
        return
    train = cached.dataset(draft.config.dataset).train
    originals = train.images[first_of_each(train.labels)]
    drawn = augment(originals, settings, seed=draft.config.training.seed, draws=N_DRAWS)
    rows = np.concatenate([originals[np.newaxis], drawn]).reshape(-1, *originals.shape[1:])
    st.image(
        sprite_url(rows, len(originals), scale=SCALE),
        width="stretch",
        alt=f"{len(originals)} training images in the first row, and {N_DRAWS} rows of augmented copies.",
    )
    st.caption(
        "First row: original images. Below: augmented copies. Training draws new ones for every batch."
        if settings.is_on
        else "Augmentation is off: all amounts are 0, and all rows show the original images."
    )
