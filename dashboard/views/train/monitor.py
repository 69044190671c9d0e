"""Curves, figures and progress of a run. They update themselves once a second while it trains."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.charts.learning_curves import learning_curve_figure, learning_rate_figure
from dashboard.shared.empty_state import render_ways_to_train
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import show_notices
from dashboard.shared.runs.time_left import time_left_words
from dashboard.state.session import per_tab
from dashboard.views.train.controls import render_run_controls, render_run_links
from dashboard.views.train.hints import epoch_marks, render_run_hints
from dashboard.views.train.status import render_settings, render_status
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_seconds
from dashboard.widgets.side_column import side_column
from mnist_core.jobs.control import Awaited, awaited
from mnist_core.models.layers import Dropout
from mnist_core.runs.live import LiveRun, LiveView
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.shares import shown_share
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import best_of
from mnist_core.training.settings import KeptWeights

TICK_SECONDS = 1.0
CURVE_TICK_SECONDS = 2.0
SLOW_TICK_SECONDS = 5.0
"""For curves, and for what seldom changes: drawing takes time from the training, most of all in the browser."""

State = tuple[RunStatus, bool]
"""What decides on more than figures and buttons: the status, and whether an epoch has finished."""


def render_training_monitor(run: RunRecord) -> None:
    """The curves of a run and the hints from them, with its controls and figures at the side."""
    is_live = run.status.is_active
    seconds = TICK_SECONDS if is_live else None
    curves, side = side_column("train.live")
    state = _state(_view(run.run_id))
    with side:
        st.fragment(_render_status, run_every=SLOW_TICK_SECONDS if is_live else None)(run.run_id, state)
        st.fragment(_render_now, run_every=seconds)(run.run_id, state)
        render_run_links(run)
        render_settings(run)
    with curves:
        st.fragment(_render_curves, run_every=CURVE_TICK_SECONDS if is_live else None)(run.run_id)
        st.fragment(_render_hints, run_every=SLOW_TICK_SECONDS if is_live else None)(run.run_id)


@explain_errors()
def _render_status(run_id: str, state: State) -> None:
    view = _view_as_drawn(run_id, state)
    show_notices()
    wanted = _awaited(view.record)
    render_status(view, wanted)
    render_run_controls(view.record, wanted)


@explain_errors()
def _render_now(run_id: str, state: State) -> None:
    view = _view_as_drawn(run_id, state)
    with st.container(key="train.progress"):
        _render_progress(view)
    with st.container(key="train.figures"):
        _render_figures(view)


def _view_as_drawn(run_id: str, state: State) -> LiveView:
    """The progress of a run. If more than figures has changed since the page was drawn, the whole page is drawn again.

    Only that starts and stops the timers, and changes the links and the context bar: a button that is pressed here,
    such as Resume, reruns its own part alone, and a run that has ended has no timer that would notice.
    """
    view = _view(run_id)
    if _state(view) != state:
        cached.run_store().index.look()  # else the lists of runs on the page would show the status of before
        st.rerun()
    return view


def _state(view: LiveView) -> State:
    return view.record.status, bool(view.history)


def _awaited(run: RunRecord) -> Awaited | None:
    return awaited(cached.run_store().folder(run.run_id), run.status)


def _view(run_id: str) -> LiveView:
    store = cached.run_store()
    return per_tab(f"live.{run_id}", lambda: LiveRun(store, run_id)).refresh()


def _render_progress(view: LiveView) -> None:
    if view.record.status is RunStatus.QUEUED:
        st.progress(0.0, text="Queued")
        return
    st.progress(view.fraction, text=_progress_text(view))


def _progress_text(view: LiveView) -> str:
    record, batch = view.record, view.batch
    if batch is not None and record.status.is_active:
        text = f"Epoch {batch['epoch']} of {record.epochs} · batch {batch['batch']:,} of {batch['batches']:,}"
    else:
        text = f"{len(view.history)} of {record.epochs} epochs"
        if record.status is RunStatus.RUNNING:
            text += f" · {escape_markdown(view.phase) or 'Starting'}"
    return text + time_left_words(view)


def _render_figures(view: LiveView) -> None:
    # Of a paused run, the figures of its last batch would look as if it went on.
    kept = view.record.config.training.kept_weights
    best, batch = best_of(view.history, kept), view.batch if view.record.status is RunStatus.RUNNING else None
    last = view.history[-1] if view.history else None
    loss = batch["loss"] if batch else last.loss if last else None
    summary = view.record.summary
    speed = (
        batch["images_per_second"] if batch else summary.images_per_second or (last.images_per_second if last else None)
    )
    with st.container(horizontal=True, gap="small"):
        st.metric("Training loss", _shown(loss, ".4f"), help="Running average over the batches of the epoch.")
        accuracy = shown_share(best.val_accuracy) if best else "–"
        where = f" (epoch {best.epoch})" if best else ""
        data = view.record.dataset
        n_images = f" {data.validation_images:,}" if data is not None else ""
        which = "Best validation accuracy" if kept is KeptWeights.BEST else "Validation accuracy"
        st.metric(f"{which}{where}", accuracy, help=f"On the{n_images} validation images.")
        if summary.test_accuracy is not None:
            st.metric(
                "Test accuracy" if data is None else f"Accuracy on {data.test_images:,} test images",
                shown_share(summary.test_accuracy),
                help="Of the best checkpoint, scored when training has ended.",
            )
        st.metric("Training images per second", _shown(speed, ",.0f"), help="Without validation.")
        if batch is not None and "memory_bytes" in batch:
            st.metric("Memory", f"{batch['memory_bytes'] / 2**20:,.0f} MB", help="Of the worker process.")
            st.metric("CPU", f"{batch.get('cpu_percent', 0):.0f}%", help="100% is one fully used core.")
        elif summary.train_seconds is not None:
            st.metric("Training time", shown_seconds(summary.train_seconds), help="Without validation and test.")


@explain_errors()
def _render_curves(run_id: str) -> None:
    view = _view(run_id)
    if not view.history and not len(view.curve.epoch):
        _render_no_curves(view.record)
        return
    marks = epoch_marks(view)
    for place, measure in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with place:
            st.markdown(f"##### {measure.capitalize()}")  # hints link to its anchor, such as #loss
            chart(
                learning_curve_figure(view, measure, marks=marks if measure == "loss" else {}),
                key=f"train.{measure}.{run_id}",
                alt=f"{measure.capitalize()} over the epochs, training and validation",
                name=f"{view.record.title} {measure}",
                can_zoom=True,
            )
    _render_how_they_are_computed(view.record.config)
    opened = st.expander("Learning rate", key=f"train.rate_open.{run_id}", on_change="rerun")
    if not opened.open:
        return  # hidden: making the figure would take time from the training
    with opened:
        chart(
            learning_rate_figure(view),
            key=f"train.rate.{run_id}",
            alt="Learning rate over the epochs",
            name=f"{view.record.title} learning rate",
        )


@explain_errors()
def _render_hints(run_id: str) -> None:
    show_notices()  # of its buttons
    render_run_hints(_view(run_id))


def _render_no_curves(run: RunRecord) -> None:
    """Why there are none yet; for a run that has ended, also where a training is started."""
    if run.status.is_active:
        st.caption("The curves appear here with the first batches. Before them, the worker loads TensorFlow.")
        return
    with st.container(key="train.no_curves", gap="small"):
        st.subheader("No curves", anchor=False)
        st.markdown("This run ended before its first batch. Resume it, or train another network.")
        render_ways_to_train()


def _render_how_they_are_computed(config: ExperimentConfig) -> None:
    """Why the two curves of a chart cannot be compared number by number."""
    during = list(config.training.added_to_loss)
    during += ["dropout"] if any(isinstance(layer, Dropout) for layer in config.architecture.layers) else []
    during += ["augmentation"] if config.training.augmentation.is_on else []
    with_these, without = (f", with {', '.join(during)}", ", without these") if during else ("", "")
    with st.container(key="train.curve_words"):
        st.caption(
            f"Training: averages over the batches of an epoch, while the weights change{with_these}. "
            f"Validation: after the epoch{without}; its loss is the plain cross-entropy."
        )


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
