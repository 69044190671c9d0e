"""The settings of feature pictures, behind a button."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.shared.linked_choice import linked_slider
from dashboard.state.url_values import UrlValue, reset
from dashboard.views.inside.choices import InsideChoices, inside
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.probing.feature_pictures import PictureSettings

CHOICES: dict[str, UrlValue[Any]] = {
    "steps": InsideChoices.steps,
    "step_size": InsideChoices.step_size,
    "jitter": InsideChoices.jitter,
    "blur": InsideChoices.blur,
    "decay": InsideChoices.decay,
    "seed": InsideChoices.seed,
}


def render_picture_settings() -> PictureSettings:
    """A button that opens them; returns the chosen ones."""
    with st.popover("Settings", icon=":material/tune:", key="inside.picture_settings"):
        for name, spec in specs_of(PictureSettings).items():
            _render_setting(spec, CHOICES[name])
        st.button(
            "Reset",
            key="inside.reset_pictures",
            icon=":material/undo:",
            on_click=reset,
            args=tuple(CHOICES.values()),
            disabled=all(choice.get() == choice.default for choice in CHOICES.values()),
        )
    return PictureSettings(
        steps=inside.steps,
        step_size=inside.step_size,
        jitter=inside.jitter,
        blur=inside.blur,
        decay=inside.decay,
        seed=inside.seed,
    )


def _render_setting(spec: FieldSpec, choice: UrlValue[Any]) -> None:
    number = int if spec.kind == "integer" else float
    linked_slider(
        spec.label,
        number(spec.low or 0),
        number(spec.high or 0),
        choice=choice,
        step=number(spec.step or 1),
        help=spec.help,
    )
