"""Distortions of the training digits, and what they do to real ones."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.views.design.data import is_here
from dashboard.views.design.draft import Draft
from dashboard.views.design.setting_widget import setting_widget
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.augmentation import Augmentation, augment
from mnist_core.data.dataset import UInt8Array
from mnist_core.fields import specs_of

N_DIGITS = 10
N_DRAWS = 4
SCALE = 2


def render_augmentation_form(draft: Draft) -> None:
    """Five amounts on the left, distorted digits on the right; while that is closed, a line about what is on."""
    settings = draft.config.training.augmentation
    with st.container(key="design.augmentation_place"):  # one place, whatever is in it: what follows must not move
        # The same words at all times: with other ones it would be another expander, closed under the person's hands.
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
        st.caption("The data set is not on this machine, so there are no digits to show.")
        return
    train = cached.dataset(draft.config.dataset).train
    originals = train.images[[int(np.argmax(train.labels == label)) for label in range(N_DIGITS)]]
    drawn = augment(originals, settings, seed=draft.config.training.seed, draws=N_DRAWS)
    rows = np.concatenate([originals[np.newaxis], drawn]).reshape(-1, *originals.shape[1:])
    st.image(
        _enlarged_url(rows),
        width="stretch",
        alt=f"Ten digits in the first row, and {N_DRAWS} rows of the same digits as training would see them.",
    )
    st.caption(
        "First row: digits as they are. Below: what training may make of them. It draws anew for every batch."
        if settings.is_on
        else "All amounts are 0: training sees the digits as they are."
    )


def _enlarged_url(images: UInt8Array) -> str:
    return sprite_url(images.repeat(SCALE, axis=1).repeat(SCALE, axis=2), N_DIGITS)
