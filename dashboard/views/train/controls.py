"""The actions for a run: pause, resume, stop, adjust, train longer, and a new run with its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.notices import leave_notice, told_as_notice
from dashboard.state.current import current
from dashboard.state.session import widget_value
from mnist_core.designs.links import config_to_link
from mnist_core.fields import spec_of
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust
from mnist_core.jobs.control import Awaited, has_ignored_stop
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import Adjustments
from mnist_core.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A button: its label, what it does with a run, and the statuses in which it is shown."""

    name: str
    label: str
    icon: str
    help: str
    action: Callable[[RunStore, str], object]
    states: tuple[RunStatus, ...]


def stop_run(store: RunStore, run_id: str) -> str:
    """Stop a run or cancel it; the sentence on what happens calls it by its title."""
    return queue.stop(store, run_id, name=store.get(run_id).title)


CONTROLS = (
    Control(
        name="stop",
        label="Stop",
        icon=":material/stop:",
        help="Save a checkpoint and end the training; it can be resumed.",
        action=stop_run,
        states=(RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED),
    ),
    Control(
        name="pause",
        label="Pause",
        icon=":material/pause:",
        help="Save a checkpoint and free the CPU.",
        action=queue.pause,
        states=(RunStatus.RUNNING,),
    ),
    Control(
        name="go_on",
        label="Resume",
        icon=":material/play_arrow:",
        help="Continue where the run was paused.",
        action=queue.resume,
        states=(RunStatus.PAUSED,),
    ),
    Control(
        name="resume",
        label="Resume",
        icon=":material/play_arrow:",
        help="Continue from the last checkpoint.",
        action=queue.resume,
        states=(RunStatus.STOPPED, RunStatus.FAILED, RunStatus.INTERRUPTED),
    ),
)
"""Stop comes first: it stays in its place when the others change, so that a press on it meets it."""

RESULT_PAGES = (("evaluate", "Evaluate"), ("mistakes", "Mistakes"), ("inside", "Look inside"))


def render_run_controls(run: RunRecord, awaited: Awaited | None) -> None:
    """The buttons for the status of the run.

    Args:
        awaited: the request that the worker has not obeyed yet; until it has, it cannot be repeated.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for control in CONTROLS:
            if run.status in control.states:
                _render_button(run, control, is_off=awaited is not None and _is_off(run, control, awaited))
        if run.status in (RunStatus.RUNNING, RunStatus.PAUSED):
            _render_adjustments(run)
        if run.status is RunStatus.COMPLETED:
            _render_more_epochs(run)


def render_run_links(run: RunRecord) -> None:
    """Links to the results of the run, and to a design with its settings."""
    with st.container(horizontal=True, gap="xsmall"):
        if run.summary.epochs_done:
            for page, label in RESULT_PAGES:
                _page_button(run, page, label)
        if run.status.is_finished:
            _link(run.config_in_force, "New run with these settings")


def _is_off(run: RunRecord, control: Control, awaited: Awaited) -> bool:
    """A run that is pausing can still be stopped, and one that ignores its stop can be stopped by force."""
    if control.name != Awaited.STOP:
        return True
    return awaited is Awaited.STOP and not has_ignored_stop(cached.run_store().folder(run.run_id))


def _render_button(run: RunRecord, control: Control, *, is_off: bool) -> None:
    st.button(
        control.label,
        icon=control.icon,
        key=f"train.{control.name}.{run.run_id}",
        disabled=is_off,
        help=control.help,
        on_click=_do,
        args=(control.action, run.run_id),
    )


def _do(action: Callable[..., object], run_id: str, *arguments: object) -> None:
    """A callback: it runs before the page is drawn, so that the page shows the result."""
    with told_as_notice():
        answer = action(cached.run_store(), run_id, *arguments)
        if isinstance(answer, str):
            leave_notice(answer)


def _page_button(run: RunRecord, page: str, label: str) -> None:
    target = page_named(page)
    if target is not None:
        st.page_link(target, label=label, icon=":material/arrow_forward:", query_params={"run": run.run_id})


def _link(config: ExperimentConfig, label: str) -> None:
    target = page_named("design")
    if target is not None:
        st.page_link(target, label=label, icon=":material/edit:", query_params={"design": config_to_link(config)})


def _render_adjustments(run: RunRecord) -> None:
    rate, epochs = spec_of(TrainingSettings, "learning_rate"), spec_of(TrainingSettings, "epochs")
    with st.popover("Adjust", icon=":material/tune:", key=f"train.adjust.{run.run_id}"):
        st.caption("Takes effect at the next batch, is marked on the curves, and is kept when the run is resumed.")
        st.number_input(
            rate.label,
            min_value=min(1e-6, run.adjustments.learning_rate or run.config.training.learning_rate),
            max_value=rate.high,
            value=run.adjustments.learning_rate or run.config.training.learning_rate,
            format="%g",
            step=1e-4,
            key=f"train.rate.{run.run_id}.new",
            help=rate.help,
        )
        st.number_input(
            f"Total epochs, at least {max(1, run.summary.epochs_done)}",
            min_value=max(1, run.summary.epochs_done),
            max_value=int(epochs.high or 1),
            value=max(run.epochs, run.summary.epochs_done),
            key=f"train.epochs.{run.run_id}.new",
            help=epochs.help,
        )
        st.button("Apply", key=f"train.apply.{run.run_id}", type="primary", on_click=_adjust, args=(run,))


def _adjust(run: RunRecord) -> None:
    rate = widget_value(f"train.rate.{run.run_id}.new")
    epochs = widget_value(f"train.epochs.{run.run_id}.new")
    wanted = Adjustments(
        learning_rate=rate if rate != (run.adjustments.learning_rate or run.config.training.learning_rate) else None,
        epochs=epochs if epochs != run.epochs else None,
    )
    if wanted == Adjustments():
        leave_notice("No changes to apply.")
        return
    with told_as_notice():
        adjust(cached.run_store(), run.run_id, wanted)
        leave_notice("The change takes effect at the next batch.")


def _render_more_epochs(run: RunRecord) -> None:
    with st.popover("Train longer", icon=":material/more_time:"):
        key = f"train.more.{run.run_id}"
        st.number_input(
            "More epochs", min_value=1, max_value=1000, value=min(5, run.config.training.epochs), key=key,
            help="Continue this run from its last epoch with the same settings.",
        )  # fmt: skip
        st.button("Train", key=f"{key}.go", type="primary", on_click=_train_longer, args=(run, key))


def _train_longer(run: RunRecord, key: str) -> None:
    more = widget_value(key)
    if isinstance(more, int) and more > 0:
        _do(queue.resume, run.run_id, Adjustments(epochs=run.summary.epochs_done + more))
        current.run = run.run_id
