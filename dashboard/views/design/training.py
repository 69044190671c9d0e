"""Training settings as a form; labels, allowed ranges and help come from the fields themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.charts.schedule import schedule_figure
from dashboard.shared.settings.widget import setting_widget
from dashboard.shared.settings.words import range_words
from dashboard.state.current import current
from dashboard.views.design.data import n_train_images
from dashboard.views.design.draft import Draft
from dashboard.widgets.chart import chart
from mnist_core.data.dataset import DIGITS
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.training.limits import images_that_train
from mnist_core.training.settings import MAX_CLASS_WEIGHT, ClassWeighting, Optimizer, Schedule, TrainingSettings

SPECS = specs_of(TrainingSettings)
BASIC = tuple(name for name, spec in SPECS.items() if spec.basic)

GROUPS = (
    ("Optimizer", ("momentum", "nesterov", "weight_decay", "gradient_clip")),
    (
        "Schedule and stopping",
        (
            *("step_epochs", "step_factor", "last_augmented_epoch", "early_stopping_patience", "validation_fraction"),
            "kept_weights",
        ),
    ),
    ("Loss", ("loss", "label_smoothing", "class_weighting")),
    ("Reproducibility and speed", ("precision", "seed", "deterministic")),
)

# The field of a setting that has no effect is disabled.
APPLIES: dict[str, Callable[[TrainingSettings], bool]] = {
    "step_epochs": lambda settings: settings.schedule is Schedule.STEP,
    "step_factor": lambda settings: settings.schedule is Schedule.STEP,
    "last_augmented_epoch": lambda settings: settings.augmentation.is_on,
    "momentum": lambda settings: settings.takes_momentum,
    "nesterov": lambda settings: settings.optimizer is Optimizer.SGD and settings.momentum > 0,
}

WEIGHT = FieldSpec(
    kind="real", low=0, high=MAX_CLASS_WEIGHT, step=0.1, label="", help="How much an image of this class counts."
)


def render_training_form(draft: Draft) -> None:
    """The basic settings beside the schedule of the learning rate, then the other settings in groups."""
    st.subheader("Training", anchor=False)
    form, curve = st.columns((3, 2), gap="large")
    with form, st.grid(min_column_width=170):
        for name in BASIC:
            _render_setting(draft, name)
    with curve:
        _render_schedule(draft)
    if current.is_plain:
        return
    more = st.expander("More training settings", key="design.more", on_change="rerun")
    if more.open:  # so that twenty hidden fields are not sent at each rerun
        with more:
            _render_groups(draft)


def _render_groups(draft: Draft) -> None:
    with st.grid(min_column_width=230, gap="medium"):
        for title, names in GROUPS:
            with st.container():
                st.markdown(f"**{title}**")
                for name in names:
                    _render_setting(draft, name)
    if draft.config.training.class_weighting is ClassWeighting.CUSTOM:
        _render_class_weights(draft)


def _render_setting(draft: Draft, name: str) -> None:
    settings = draft.config.training
    applies = name not in APPLIES or APPLIES[name](settings)
    setting_widget(
        SPECS[name],
        getattr(settings, name),
        key=f"design.{name}",
        on_change=partial(_take, draft, name),
        problem=draft.problem_at(name),
        disabled=not applies,
    )


def _take(draft: Draft, name: str, value: object) -> None:
    values = {name: value}
    if name == "class_weighting":
        # Custom weighting has a weight for each class, the others have none.
        values["class_weights"] = (1.0,) * len(DIGITS) if value == ClassWeighting.CUSTOM.value else ()
    if name == "momentum" and value == 0:
        values["nesterov"] = False  # it needs momentum, and is disabled without
    draft.set_training(**values)


def _render_class_weights(draft: Draft) -> None:
    st.markdown("**Weight per class**")
    with st.grid(min_column_width=100):
        for position, weight in enumerate(draft.config.training.class_weights):
            spec = replace(WEIGHT, label=DIGITS[position])
            on_change = partial(_take_weight, draft, position)
            setting_widget(spec, weight, key=f"design.class_weight_{position}", on_change=on_change)
    if draft.problem_at("class_weights") is not None:
        st.caption(f":red[Use weights in the range {range_words(WEIGHT)}, at least one of them above 0.]")


def _take_weight(draft: Draft, position: int, weight: object) -> None:
    weights = list(draft.config.training.class_weights)
    weights[position] = weight  # type: ignore[call-overload]  # checked by the settings
    draft.set_training(class_weights=tuple(weights))


def _render_schedule(draft: Draft) -> None:
    config = draft.config
    images = images_that_train(config, n_train_images(config.dataset))
    steps = max(1, -(-images // config.training.batch_size))
    st.caption(f"{steps:,} steps per epoch, {steps * config.training.epochs:,} in total")
    chart(
        schedule_figure(config.training, steps),
        key="design.schedule_curve",
        alt="Learning rate over the epochs",
        name=f"{config.recipe or 'design'} learning rate",
    )
