"""Validation by epoch: confusion matrix, ten digits, and the filters of the first convolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import cached
from dashboard.charts.confusion import confusion_figure
from dashboard.charts.filters import filters_figure
from dashboard.colours import INK
from dashboard.shared.errors import explain_errors
from dashboard.shared.linked_choice import linked_select_slider
from dashboard.shared.runs.images import dataset_of_predictions
from dashboard.state.current import CurrentChoices
from dashboard.state.session import widget_value
from dashboard.widgets.chart import chart
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.data.dataset import SplitName
from mnist_core.data.rows import first_of_each
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import RunError
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability

TICK_SECONDS = 5.0
FILTERS_IN_A_ROW = 8
ONE_OF_EACH, HARDEST = "One per class", "Highest loss"
N_HARDEST = 10


def render_validation_by_epoch(run: RunRecord) -> None:
    """Validation results after a chosen epoch; while the run trains, after the newest one."""
    is_live = run.status.is_active
    st.fragment(_render_now, run_every=TICK_SECONDS if is_live else None)(run, is_live)


@explain_errors()
def _render_now(run: RunRecord, is_live: bool) -> None:
    epochs = cached.run_store().validation_epochs(run.run_id)
    if not epochs:
        if is_live:
            st.caption("Validation results appear here after the first epoch.")
        return
    st.subheader("Validation by epoch", anchor="validation")  # where hints lead
    epoch = _chosen_epoch(run.run_id, epochs, is_live)
    predictions = cached.predictions(run.run_id, "validation", epoch)
    matrix, digits = st.columns([5, 6], gap="large")
    with matrix:
        st.markdown(f"**Confusion matrix: {len(predictions):,} validation images after epoch {epoch}**")
        chart(
            _figure("confusion", run, epoch, make=lambda page: _confusion(run, predictions, page)),
            key=f"train.confusion.{run.run_id}",
            alt=f"Confusion matrix of the validation images after epoch {epoch}",
            name=f"{run.title} validation confusion epoch {epoch}",
        )
    with digits:
        _render_digits(run, predictions)
        _render_filters(run, epoch)


def _chosen_epoch(run_id: str, epochs: tuple[int, ...], is_live: bool) -> int:
    if len(epochs) == 1:
        return epochs[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = f"train.follow.{run_id}"
        follows = is_live and st.toggle(
            f"Follow the newest epoch, looked for every {TICK_SECONDS:.0f} seconds",
            value=CurrentChoices.epoch.get() not in epochs,  # a link can name one
            key=key,
            on_change=_hold,
            args=(key, epochs[-1]),
            help="Switch off to choose an earlier epoch.",
        )
        if follows:
            return epochs[-1]
        # On other pages, no choice stands for the best epoch.
        return linked_select_slider(
            "After epoch", epochs, choice=CurrentChoices.epoch, default=epochs[-1], is_default_kept=True
        )


def _hold(key: str, epoch: int) -> None:
    """A callback: stay at this epoch, or follow again."""
    if widget_value(key):
        CurrentChoices.epoch.reset()
    else:
        CurrentChoices.epoch.choose(epoch)


def _render_digits(run: RunRecord, predictions: Predictions) -> None:
    choice = st.segmented_control(
        "Validation images",
        [ONE_OF_EACH, HARDEST],
        default=ONE_OF_EACH,
        key=f"train.digits.{run.run_id}",
        required=True,
        help="Below each image: its true label, and the probability of that label. Wrong predictions are marked.",
    )
    positions = _one_of_each(predictions) if choice == ONE_OF_EACH else np.argsort(-predictions.losses)[:N_HARDEST]
    shown = predictions.take(positions)
    dataset, why = dataset_of_predictions(run, predictions, SplitName.TRAIN)
    if dataset is None:
        st.caption(f"{why}, so its images cannot be shown.")
        return
    names = dataset.class_names
    digit_grid(
        dataset.train.images[shown.index],
        [
            f"{names[label]}: {shown_probability(float(share))}"
            for label, share in zip(shown.labels, shown.true_probability, strict=True)
        ],
        key=f"train.grid.{run.run_id}",
        label="Validation images with the probability of their true label",
        show_captions=True,
        marks=(~shown.correct).tolist(),
        cell=60,
        columns=5,
    )


def _figure(kind: str, run: RunRecord, epoch: int, *, make: Callable[[str], go.Figure]) -> go.Figure:
    """The figure of `make` for the page's theme, cached for each epoch: this view is redrawn every few seconds."""
    page = st.context.theme.type or "light"
    path = cached.run_store().predictions_path(run.run_id, "validation", epoch)
    return cached.kept(f"{kind} of an epoch", str(path), cached.changed(path), page, make=lambda: make(page))


def _confusion(run: RunRecord, predictions: Predictions, page: str) -> go.Figure:
    matrix, names = ConfusionMatrix.from_predictions(predictions), class_names_of(run.config.dataset)
    return confusion_figure(matrix, class_names=names, ink=INK.get(page), height=400)


def _filters(kernel: np.ndarray, page: str) -> go.Figure:
    return filters_figure(kernel[:, :, 0, :], columns=FILTERS_IN_A_ROW, page=page)


def _one_of_each(predictions: Predictions) -> np.ndarray:
    """The first image of each class: the same images at every epoch."""
    return first_of_each(predictions.labels)


def _render_filters(run: RunRecord, epoch: int) -> None:
    try:
        kernels = cached.run_store().filters(run.run_id, epoch)
    except RunError:
        return  # a network without convolutions
    name, kernel = next(iter(kernels.items()))
    st.markdown(
        f"**Filters of {name}**",
        help="The weights of each filter, all on one scale. Edges and strokes appear as the network learns; a filter "
        "that stays like noise is of little use.",
    )
    chart(
        _figure("filters", run, epoch, make=lambda page: _filters(kernel, page)),
        key=f"train.filters.{run.run_id}",
        alt=f"Filters of {name} after epoch {epoch}",
        name=f"{run.title} filters {name} epoch {epoch}",
    )
