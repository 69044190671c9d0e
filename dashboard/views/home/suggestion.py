"""One change to try after a run, with what it costs, and the button that trains it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import cached
from dashboard.shared.errors import explain_errors
from dashboard.state.current import current
from dashboard.views.home.expected_time import (
    cannot_be_measured,
    extra_seconds,
    is_benchmark_due,
    start_benchmark,
)
from dashboard.views.home.starting import start_run
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import about
from mnist_core.data.augmentation import Augmentation
from mnist_core.hints.hint import HintKind
from mnist_core.runs.record import MAX_NAME, RunRecord, readable
from mnist_core.training.config import ExperimentConfig

AUGMENTATION = Augmentation(rotation_degrees=10.0, shift_pixels=1.0, scale_fraction=0.1)
LEARNS_NOTHING = {"validation_fraction"}
"""Settings that make a result more certain, but no network better: not what one tries first."""
MAX_EPOCHS = 40
"""Twice the epochs, because varied images are learned more slowly; no run gets more than these for that."""
LOOK_SECONDS = 4.0
SAME_SECONDS = 2.5
"""Two durations that differ by less are said to be the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """A change to try.

    Attributes:
        title: the change in two or three words, for the button and the name of the run.
        reason: why, in a sentence.
        config: the whole configuration with the change.
    """

    title: str
    reason: str
    config: ExperimentConfig


def suggestion_for(run: RunRecord) -> Suggestion | None:
    """The first hint whose change may make the network better, else augmentation; None if it has that too."""
    config = run.config_in_force
    hints = cached.hints(run.run_id)
    if hints and hints[0].kind is HintKind.NOTHING_LEARNED:
        return None  # more training of the same would not help: Train says what may
    for hint in hints:
        if hint.changes and not hint.changes.keys() <= LEARNS_NOTHING:
            return Suggestion(title=hint.title, reason=f"{hint.evidence} {hint.advice}", config=hint.applied(config))
    if config.training.augmentation.is_on:
        return None
    epochs = min(2 * config.training.epochs, MAX_EPOCHS)
    training = replace(config.training, augmentation=AUGMENTATION, epochs=max(epochs, config.training.epochs))
    return Suggestion(
        title="Augmentation",
        reason="Rotate, shift and scale the training images a little, differently in every epoch, and train for "
        f"{training.epochs} epochs.",
        config=replace(config, training=training),
    )


def render_suggestion(run: RunRecord) -> None:
    """The change with its cost; nothing if there is none to suggest."""
    suggestion = suggestion_for(run)
    if suggestion is None:
        return
    is_known = extra_seconds(run, suggestion.config) is not None
    tick = None if is_known else LOOK_SECONDS
    st.fragment(_render_now, run_every=tick)(run, suggestion, is_known=is_known, opened_at=time.monotonic())


@explain_errors()
def _render_now(run: RunRecord, suggestion: Suggestion, *, is_known: bool, opened_at: float) -> None:
    if current.run != run.run_id:
        st.rerun()  # the change is being trained; first, because it may be in another folder of runs
    extra = extra_seconds(run, suggestion.config)
    if extra is not None and not is_known:
        st.rerun()  # the whole page, once: without the timer
    if time.monotonic() - opened_at > LOOK_SECONDS / 2 and extra is None and is_benchmark_due(suggestion.config):
        start_benchmark(suggestion.config)
    with st.container(border=True, key="home.suggestion", gap="small"):
        st.markdown(f"**Try next: {escape_markdown(suggestion.title)}**  \n{escape_markdown(suggestion.reason)}")
        st.button(
            "Train with this change",
            key="home.try",
            icon=":material/play_arrow:",
            type="primary",
            on_click=start_run,
            args=(suggestion.config, _name(run, suggestion)),
        )
        st.container(key="home.cost").caption(_cost(run, suggestion, extra))


def _cost(run: RunRecord, suggestion: Suggestion, extra: float | None) -> str:
    """A line of its own, which is there before the time is known."""
    if extra is None:
        failed = cannot_be_measured(suggestion.config)
        return "The time could not be estimated." if failed else "The time is being estimated."
    if abs(extra) < SAME_SECONDS:
        is_longer = extra > 0 and suggestion.config.training.epochs > run.epochs  # twice a second is no time, but twice
        return "Takes a few seconds longer." if is_longer else "Takes as long as before."
    return f"Takes about {about(abs(extra))} {'longer' if extra > 0 else 'shorter'}."


def _name(run: RunRecord, suggestion: Suggestion) -> str:
    return readable(f"{run.title} + {suggestion.title.lower()}", MAX_NAME)
