"""The training curves of the compared runs in one picture; repeats as one line with a band, if wanted."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import cached
from dashboard.charts.run_curves import run_curves_figure
from dashboard.shared.linked_choice import linked_segments, linked_slider, linked_toggle
from dashboard.shared.runs.names import short_labels
from dashboard.views.runs.choices import MAX_SMOOTHING, CurveAxis, CurveMeasure, RunsChoices
from dashboard.widgets.chart import chart
from mnist_core.evaluation.run_curves import RunCurve, repeats_curve, run_curve
from mnist_core.runs.record import RunRecord

FIELDS = {CurveAxis.EPOCH: "epochs", CurveAxis.STEP: "steps", CurveAxis.SECONDS: "seconds"}
AXIS_WORDS = {CurveAxis.EPOCH: "Epoch", CurveAxis.STEP: "Step", CurveAxis.SECONDS: "Seconds"}
AXIS_HELP = (
    "What the horizontal axis counts: epochs, steps (updates of the weights), or seconds of training. Epochs "
    "differ in length between runs; seconds do not."
)
MEASURE_WORDS = {CurveMeasure.ACCURACY: "Accuracy", CurveMeasure.LOSS: "Loss"}
REPEATS_HELP = (
    "Runs that differ in the seed alone become one line, their median, with a band from the lowest to the highest. It "
    "ends with the epoch that all of them have reached."
)


def render_curves(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    """The curves, and what they show: accuracy or loss, by epoch, step or second, smoothed or not."""
    groups = _repeats(found)
    has_repeats = any(len(group) > 1 for group in groups)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        measure = linked_segments("Curve", tuple(MEASURE_WORDS), choice=RunsChoices.measure,
                                  words=MEASURE_WORDS.__getitem__,
                                  help="The validation accuracy of each run, or its validation loss.")  # fmt: skip
        axis = linked_segments("By", tuple(AXIS_WORDS), choice=RunsChoices.axis, words=AXIS_WORDS.__getitem__,
                               help=AXIS_HELP)  # fmt: skip
        smoothing = linked_slider("Smoothing", 0, MAX_SMOOTHING, choice=RunsChoices.smoothing, width=150,
                                  help="Each point is the mean of its epoch and this many before it.")  # fmt: skip
        as_one = has_repeats and linked_toggle("Repeats as one", choice=RunsChoices.repeats_as_one, help=REPEATS_HELP)
    curves = [_curve(run, label, measure, smoothing) for run, label in zip(found, labels, strict=True)]
    if as_one:
        curves = _as_one(found, curves, groups)
    chart(
        run_curves_figure(curves, axis=FIELDS[axis], is_share=measure is CurveMeasure.ACCURACY),
        key="runs.curves",
        name="runs compared",
        alt=f"Validation {measure} of {len(found)} runs",
        can_zoom=True,
    )
    band = " A line with a band is the median of repeats; the band is their range." if as_one else ""
    ring = "; the ring is the best epoch" if any(curve.best is not None for curve in curves) else ""
    smoothed = f" Means over up to {smoothing + 1} epochs{', the values behind' * (not as_one)}." if smoothing else ""
    st.caption(f"On the validation images of each run{ring}. Accuracy should rise and then stay "
               f"level, loss should fall.{band}{smoothed}")  # fmt: skip


def _repeats(found: Sequence[RunRecord]) -> tuple[tuple[int, ...], ...]:
    """The places of the runs, those that differ in the seed alone together, in the order of the first of each."""
    keys = {row.run_id: row.repeat_key for row in cached.run_store().index.rows_of([run.run_id for run in found])}
    groups: dict[str, list[int]] = {}
    for place, run in enumerate(found):
        groups.setdefault(keys.get(run.run_id, run.run_id), []).append(place)
    return tuple(tuple(group) for group in groups.values())


def _as_one(found: Sequence[RunRecord], curves: Sequence[RunCurve], groups: Sequence[Sequence[int]]) -> list[RunCurve]:
    """A curve for each group; a run that has no epoch yet is left out of its group."""
    titles = short_labels([found[group[0]] for group in groups])
    merged = []
    for title, group in zip(titles, groups, strict=True):
        drawn = [curves[place] for place in group if curves[place].epochs]
        if len(drawn) > 1:
            merged.append(repeats_curve(drawn, label=f"{title} · {len(drawn)} seeds"))
        else:
            merged.append(drawn[0] if drawn else curves[group[0]])
    return merged


def _curve(run: RunRecord, label: str, measure: CurveMeasure, smoothing: int) -> RunCurve:
    return run_curve(
        cached.history(run.run_id),
        f"val_{measure}",
        label=label,
        train_images=run.dataset.train_images if run.dataset else 0,
        batch_size=run.config.training.batch_size,
        best_epoch=run.best_epoch,
        smoothing=smoothing,
    )
