"""A run that trains: progress, and ten fixed digits whose predicted labels change after every epoch."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import show_notices
from dashboard.shared.runs.images import dataset_of
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.shared.runs.time_left import time_left_words
from dashboard.state.session import per_tab
from dashboard.views.home.expected_time import expected_seconds
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import about
from mnist_core.data.dataset import Dataset, Indices
from mnist_core.data.rows import first_of_each
from mnist_core.errors import MnistCoreError, PredictionsError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.live import LiveRun, LiveView
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.shares import shown_probability, shown_share

TICK_SECONDS = 1.0
CELL = 64  # five fit beside each other on a phone
IN_A_ROW = 5
N_EPOCHS = 4
"""How many epochs have their accuracy listed, the first and the latest: as many as fit on one line of a phone."""


def render_training(run: RunRecord) -> None:
    """Everything about a run that changes while it trains; closing the page does not matter to it."""
    st.fragment(_render_now, run_every=TICK_SECONDS)(run.run_id, run.status)


@explain_errors()
def _render_now(run_id: str, status: RunStatus) -> None:
    store = cached.run_store()
    view = per_tab(f"live.{run_id}", lambda: LiveRun(store, run_id)).refresh()
    run = view.record
    if run.status is not status:
        st.rerun()  # the whole page, once
    show_notices()
    st.subheader(f"{STATUS_BADGES[run.status][0]}: {escape_markdown(run.title)}", anchor=False)
    with st.container(key="home.progress"):
        st.progress(view.fraction, text=_progress_text(view))
    epochs = store.validation_epochs(run_id)
    predictions = _readable(run_id, epochs)
    with st.container(key="home.so_far"):
        st.markdown(_so_far(run, epochs))
    _render_digits(run, predictions, epochs[-1] if epochs else 0)
    page = page_named("train")
    if page is not None:
        action = "resume" if run.status is RunStatus.PAUSED else "pause"
        st.page_link(
            page, label=f"Curves, {action} and stop", icon=":material/arrow_forward:", query_params={"run": run_id}
        )


def _progress_text(view: LiveView) -> str:
    run = view.record
    if run.status is RunStatus.QUEUED:
        return "Waiting in the queue"
    if run.status is RunStatus.PAUSED:
        return f"Paused after {len(view.history)} of {run.epochs} epochs"
    if view.batch is None and not view.history:
        expected = expected_seconds(run.config)
        whole = "" if expected is None else f" · about {about(expected)} in total"
        return f"{escape_markdown(view.phase) or 'Starting'}{whole}"
    epoch = min(len(view.history) + 1, run.epochs)
    return f"Epoch {epoch} of {run.epochs}{time_left_words(view)}"


def _so_far(run: RunRecord, epochs: tuple[int, ...]) -> str:
    """Validation accuracy after the first epoch and the latest ones, in two lines from the start: nothing jumps."""
    is_cut = len(epochs) > N_EPOCHS
    listed = (epochs[0], *epochs[1 - N_EPOCHS :]) if is_cut else epochs
    found = [one for epoch in listed if (one := _readable(run.run_id, (epoch,))) is not None]
    images = f", {len(found[-1]):,} images" if found else ""
    steps = [shown_share(float(one.correct.mean())) for one in found] or ["–"]
    steps[-1] = f"**{steps[-1]}**"
    if is_cut and len(steps) > 1:
        steps.insert(1, "…")  # the first one stays: it shows how much was gained
    return f"Validation accuracy{images}, after each epoch:  \n{' → '.join(steps)}"


def _render_digits(run: RunRecord, predictions: Predictions | None, epoch: int) -> None:
    """One validation image of each class, the same ones at every epoch, from before the first one on."""
    dataset, why = dataset_of(run)
    if dataset is None:
        st.caption(f"{why}.")
        return
    try:
        rows = _one_of_each(run, dataset)
    except MnistCoreError as error:  # too few images: the worker will say so too
        st.caption(escape_markdown(str(error)))
        return
    images, labels = dataset.train.images[rows], dataset.train.labels[rows]
    names = dataset.class_names
    positions = [None if predictions is None else predictions.position_of(row) for row in rows]
    captions, wrong, notes = [], [], []
    for label, position in zip(labels.tolist(), positions, strict=True):
        if predictions is None or position is None:
            captions.append("–\n–")
            wrong.append(False)
            notes.append(f"True label {names[label]}, no prediction yet")
            continue
        predicted, confidence = int(predictions.predicted[position]), float(predictions.confidence[position])
        captions.append(f"{names[predicted]}\n{shown_probability(confidence)}")
        wrong.append(predicted != label)
        notes.append(f"True label {names[label]}, predicted label {names[predicted]}, {shown_probability(confidence)}")
    after = f"after epoch {epoch}" if epoch else "before the first epoch"
    digit_grid(
        images,
        captions,
        key=f"home.watched.{run.run_id}",
        label=f"Ten validation images, {after}",
        show_captions=True,
        notes=notes,
        marks=wrong,
        cell=CELL,
        columns=IN_A_ROW,
        ids=rows,
    )
    st.caption(f"Predicted label and confidence of ten validation images, one per class, {after}.")


def _one_of_each(run: RunRecord, dataset: Dataset) -> Indices:
    """Rows of the first validation image of each class, which the seed of the run decides."""

    def make() -> Indices:
        _, rows = run.config.split(dataset.train.labels)
        found: Indices = rows[first_of_each(dataset.train.labels[rows])]
        found.setflags(write=False)
        return found

    return cached.kept("watched digits", run.run_id, dataset.sha256, make=make)


def _readable(run_id: str, epochs: tuple[int, ...]) -> Predictions | None:
    """The validation predictions after the last of the epochs; None if there are none that can be read."""
    if not epochs:
        return None
    try:
        return cached.predictions(run_id, "validation", epochs[-1])
    except PredictionsError:
        return None
