"""Scores and confusion matrix after each epoch: a slider through the run, which can play."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.charts.by_epoch import epochs_figure
from dashboard.shared.context.evaluated import VALIDATION, Evaluated, evaluated
from dashboard.shared.digits.matrix_digits import render_matrix_digits, render_opening_matrix
from dashboard.shared.errors import explain_errors
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import per_tab, set_widget_value, widget_value
from dashboard.views.evaluate.choices import evaluate
from dashboard.views.evaluate.digits import MATRIX
from dashboard.widgets.chart import chart
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.scores import Scores, scores
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share

SECONDS_AN_EPOCH = 0.9
CATCH_UP_SECONDS = 5.0
"""How long a browser that is busy drawing may still send the slider as it was before the play moved it."""
SLIDER = "evaluate.epoch"
HINT = "Click a cell to see its digits here; then move the slider to see them after each epoch."


def render_by_epoch(found: Evaluated) -> None:
    """Scores, matrix and digits of the validation split after the epoch that the slider shows."""
    epochs = cached.run_store().validation_epochs(found.run.run_id)
    if not epochs:
        st.info("This run has no validation predictions to show by epoch.", icon=":material/history:")
        return
    is_playing = _playing()[0] and len(epochs) > 1
    st.fragment(_render_now, run_every=SECONDS_AN_EPOCH if is_playing else None)(found.run, epochs, is_playing)


@explain_errors()
def _render_now(run: RunRecord, epochs: tuple[int, ...], is_playing: bool) -> None:
    if _playing()[0] != is_playing:
        st.rerun()  # the whole page: only that starts or stops the timer
    epoch = _shown_epoch(run, epochs)
    if is_playing:
        epoch = _next_epoch(epoch, epochs)
    with st.container(key="evaluate.after_epoch"):
        question, answer = question_and_answer()
        with question:
            _render_slider(epoch, epochs, is_playing)
            now = _read(run, epoch)
            if now is not None:
                _render_epoch(now, epochs)
        if now is not None:
            render_matrix_digits(answer, now, MATRIX, hint=HINT, only_wrong=evaluate.only)


def _read(run: RunRecord, epoch: int) -> Evaluated | None:
    try:
        return evaluated(run, VALIDATION, epoch)
    except PredictionsError:
        st.warning(
            f"The predictions after epoch {epoch} cannot be read. Choose another epoch.", icon=":material/error:"
        )
        return None


def _render_epoch(now: Evaluated, epochs: tuple[int, ...]) -> None:
    values, before = scores(now.predictions), _scores_before(now, epochs)
    st.markdown(f"**{len(now.predictions):,} validation images after epoch {now.epoch}** of {epochs[-1]}")
    _render_metrics(values, before)
    name = f"{now.run.title} {now.words} confusion"
    render_opening_matrix(now, MATRIX, key="evaluate.time_matrix", name=name, only_wrong=evaluate.only)
    _render_curve(now, epochs)


def _render_metrics(values: Scores, before: Scores | None) -> None:
    with st.container(key="evaluate.epoch_figures", horizontal=True, gap="large"):
        low, high = values.accuracy_interval
        st.metric(
            "Accuracy",
            shown_share(values.accuracy),
            **_change(shown_points(values.accuracy - before.accuracy) if before else None, is_better_higher=True),
            help=f"{shown_level(LEVEL)} interval {shown_range(low, high)}. "
            "The change is from the previous stored epoch.",
            width="content",
        )
        st.metric(
            "Wrong",
            f"{values.n_mistakes:,}",
            **_change(f"{values.n_mistakes - before.n_mistakes:+,}" if before else None),
            help="Misclassified digits, and the change from the previous stored epoch.",
            width="content",
        )
        st.metric(
            "Loss",
            f"{values.loss:.4f}",
            **_change(f"{values.loss - before.loss:+.4f}" if before else None),
            help="Mean cross-entropy in nats, and the change from the previous stored epoch.",
            width="content",
        )


def _change(shown: str | None, *, is_better_higher: bool = False) -> dict[str, Any]:
    """The change of a figure as `st.metric` takes it; one that is 0 as shown is neither better nor worse."""
    if shown is None or not any(digit in shown for digit in "123456789"):
        return {"delta": shown, "delta_color": "off", "delta_arrow": "off"}
    return {"delta": shown, "delta_color": "normal" if is_better_higher else "inverse"}


def _render_curve(now: Evaluated, epochs: tuple[int, ...]) -> None:
    by_epoch = {item.epoch: item.val_accuracy for item in cached.history(now.run.run_id)}
    known = [epoch for epoch in epochs if epoch in by_epoch]
    figure = epochs_figure(known, [by_epoch[epoch] for epoch in known], shown=now.epoch or 0, best=now.run.best_epoch)
    chart(
        figure,
        key="evaluate.epochs",
        alt="Validation accuracy by epoch",
        name=f"{now.run.title} validation accuracy",
    )
    st.caption(
        "Validation accuracy after each epoch; the ring is the epoch of the slider, the dotted line the best one. A "
        "good training rises and then stays level."
    )


def _scores_before(now: Evaluated, epochs: tuple[int, ...]) -> Scores | None:
    earlier = [epoch for epoch in epochs if epoch < (now.epoch or 0)]
    if not earlier:
        return None
    try:
        return scores(cached.predictions(now.run.run_id, VALIDATION, earlier[-1]))
    except PredictionsError:
        return None


def _render_slider(epoch: int, epochs: tuple[int, ...], is_playing: bool) -> None:
    if len(epochs) == 1:
        st.caption("Only one epoch is stored.")
        return
    if widget_value(SLIDER) != epoch:
        set_widget_value(SLIDER, epoch)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Stop" if is_playing else "Play",
            key="evaluate.play",
            icon=":material/stop:" if is_playing else ":material/play_arrow:",
            on_click=_toggle_play,
            args=(epochs,),
            help="Steps through the epochs automatically.",
        )
        st.select_slider(
            "After epoch",
            options=epochs,
            key=SLIDER,
            on_change=_take_epoch,
            help="Choose an epoch of the run.",
        )


def _shown_epoch(run: RunRecord, epochs: tuple[int, ...]) -> int:
    wanted = current.epoch or run.best_epoch
    return wanted if wanted in epochs else epochs[-1]


def _next_epoch(epoch: int, epochs: tuple[int, ...]) -> int:
    """The epoch to show at this tick of the timer; playing ends after the last one."""
    later = [other for other in epochs if other > epoch]
    # The first draw after Play shows the first epoch, later ones are ticks.
    state = _playing()
    if state[1]:
        state[1] = False
        return epoch
    if not later:
        state[0] = False
        st.rerun()
    _left()[epoch] = time.monotonic()
    current.epoch = later[0]
    return later[0]


def _toggle_play(epochs: tuple[int, ...]) -> None:
    state = _playing()
    state[0] = not state[0]
    if state[0]:
        state[1] = True
        if current.epoch in (None, epochs[-1]):
            _left()[epochs[-1]] = time.monotonic()
            current.epoch = epochs[0]


def _take_epoch() -> None:
    if time.monotonic() < _left().get(widget_value(SLIDER), 0) + CATCH_UP_SECONDS:
        return  # nobody moved it: the browser has not heard yet that the play did
    _playing()[0] = False
    CurrentChoices.epoch.choose_sent(widget_value(SLIDER))


def _playing() -> list[bool]:
    """Whether the slider moves by itself, and whether it has just been started."""
    return per_tab("evaluate.playing", lambda: [False, False])


def _left() -> dict[int, float]:
    """When the play moved the slider away from an epoch."""
    return per_tab("evaluate.left", dict)
