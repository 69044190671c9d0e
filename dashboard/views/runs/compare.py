"""Several runs side by side: curves, settings that differ, scores, cost, confusion matrices and networks."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.charts.run_curves import cost_figure
from dashboard.navigation import page_named
from dashboard.shared.context.bar import Context
from dashboard.shared.context.compared import comparison_with, explain_test
from dashboard.shared.context.evaluated import TEST
from dashboard.shared.data_table import data_table
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.runs.names import dataset_title, short_labels
from dashboard.shared.settings.words import CHOICES
from dashboard.views.runs.choices import CostAxis, RunsChoices, ledger_address
from dashboard.views.runs.confusion_change import render_confusion_change
from dashboard.views.runs.curves import render_curves
from dashboard.views.runs.header import render_chosen_runs, render_too_few
from dashboard.views.runs.networks import render_networks
from dashboard.views.runs.verdict import verdict
from dashboard.widgets.chart import chart
from dashboard.widgets.keyed_style import keyed_style
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.intervals import LEVEL, Interval, wilson_interval
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_range, shown_share

COST_WORDS = {CostAxis.PARAMETERS: "Parameters", CostAxis.SECONDS: "Seconds", CostAxis.MULTIPLY_ADDS: "Multiply-adds"}
COST_HELP = (
    "Parameters: the size of the network. Seconds: the training time. Multiply-adds: the computation that a prediction "
    "takes."
)
COST_TITLES = {
    CostAxis.PARAMETERS: "Parameters",
    CostAxis.SECONDS: "Seconds of training",
    CostAxis.MULTIPLY_ADDS: "Multiply-adds for one image",
}


def render_compare(context: Context) -> None:
    """The chosen runs in pictures and tables."""
    found = render_chosen_runs(context)
    if len(found) < 2:
        render_too_few(found, words="Compare {} with {}")
        return
    labels = short_labels(found)
    left, right = st.columns((3, 2), gap="large")
    with left:
        render_curves(found, labels)
    with right:
        st.subheader("Settings that differ", anchor=False)
        _render_settings(found, labels)
    st.subheader("Scores at the best epoch", anchor=False)
    _render_scores(found, labels)
    left, right = st.columns(2, gap="large")
    with left:
        _render_cost(found, labels)
    with right:
        render_confusion_change(found, labels)
    render_networks(found, labels)


def _render_settings(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    differences = setting_differences([run.config_in_force for run in found])
    if not differences:
        st.markdown("None: these runs have the same settings, and differ by chance alone.")
        return
    columns = {"Run": list(labels)}
    columns |= {item.label: [CHOICES.get(value, value) for value in item.values] for item in differences}
    data_table(pd.DataFrame(columns), key="runs.settings", name=f"{' and '.join(labels)} settings", height="content")


def _render_scores(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    rows = [
        {
            "Run": label,
            "Best epoch": f"{run.best_epoch} of {run.summary.epochs_done}" if run.best_epoch else "–",
            "Validation accuracy": _share(run.summary.validation_accuracy),
            "Validation interval": _interval_words(run.summary.validation_accuracy, _validation_images(run)),
            "Test accuracy": _share(run.summary.test_accuracy),
            "Test interval": _interval_words(run.summary.test_accuracy, _test_images(run)),
            "Data set": dataset_title(run.config.dataset),
            "Test images": _test_images(run),
        }
        for run, label in zip(found, labels, strict=True)
    ]
    data_table(pd.DataFrame(rows), key="runs.scores", name=f"{' and '.join(labels)} scores", height="content",
               texts={"Test images": lambda n: f"{n:,.0f}"})  # fmt: skip
    images = {run.dataset.sha256 for run in found if run.dataset is not None and run.dataset.sha256}
    if len(images) > 1:
        st.markdown("**These runs cannot be compared**: their data sets differ.")
    elif len(found) == 2:
        _render_verdict(found[1], found[0])
    st.caption(f"{shown_level(LEVEL)} intervals (Wilson). Overlapping intervals do not mean that two runs are equally "
               "good: the ledger compares two of them image by image.")  # fmt: skip


def _render_verdict(run: RunRecord, other: RunRecord) -> None:
    """Nothing for runs whose test images are not scored."""
    with contextlib.suppress(MnistCoreError):
        comparison = comparison_with(other, TEST, cached.predictions(run.run_id))
        page = page_named("runs")
        keyed_style("runs.compare.verdict", "a", "background-color: transparent")  # it is no mark of the open page
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs.compare.verdict"):
            st.markdown(verdict(run, other, comparison), help=explain_test(comparison), width="content")
            if page is not None:
                address = ledger_address((other.run_id, run.run_id))
                st.page_link(page, label="Compare them image by image", icon=":material/rule:", query_params=address)


def _render_cost(found: Sequence[RunRecord], labels: Sequence[str]) -> None:
    tested = [(run, label) for run, label in zip(found, labels, strict=True) if run.summary.test_accuracy is not None]
    if len({run.dataset.sha256 for run, _ in tested if run.dataset is not None}) != 1:
        return  # one picture would rank scores on different images
    st.subheader("Cost against accuracy", anchor=False, help=COST_HELP)
    cost = linked_segments("Cost", tuple(COST_WORDS), choice=RunsChoices.cost, words=COST_WORDS.__getitem__,
                           label_visibility="collapsed")  # fmt: skip
    known = [(run, label, spent) for run, label in tested if (spent := _cost(run, cost)) is not None]
    accuracies = [float(run.summary.test_accuracy or 0) for run, _, _ in known]
    intervals = [_interval(accuracy, _test_images(run)) for (run, *_), accuracy in zip(known, accuracies, strict=True)]
    chart(
        cost_figure(
            [label for _, label, _ in known],
            [spent for _, _, spent in known],
            accuracies,
            intervals,
            title=COST_TITLES[cost],
        ),
        key="runs.cost",
        name="cost against accuracy",
        alt=f"Test accuracy against {COST_TITLES[cost].lower()}, {len(known)} runs",
    )
    places = {(spent, accuracy) for (*_, spent), accuracy in zip(known, accuracies, strict=True)}
    together = " A ring is another run at the same place." if len(places) < len(known) else ""
    left_out = len(tested) - len(known)
    missing = f" {left_out} of {len(tested)} are left out: their training time is not known." if left_out else ""
    st.caption(
        f"A point for each run: its test accuracy with the {shown_level(LEVEL)} interval, against its cost. The best "
        f"runs are at the top left: accurate and cheap.{together}{missing}"
    )


def _cost(run: RunRecord, cost: CostAxis) -> float | None:
    match cost:
        case CostAxis.PARAMETERS:
            return float(run.config.architecture.parameters)
        case CostAxis.SECONDS:
            return run.summary.train_seconds or None  # an imported model was trained elsewhere
        case CostAxis.MULTIPLY_ADDS:
            return float(run.config.architecture.multiply_adds)


def _share(value: float | None) -> str:
    return "–" if value is None else shown_share(value)


def _interval(share: float, n: int) -> Interval:
    return wilson_interval(round(share * n), n)


def _interval_words(share: float | None, n: int) -> str:
    return "–" if share is None or not n else shown_range(*_interval(share, n))


def _validation_images(run: RunRecord) -> int:
    return run.dataset.validation_images if run.dataset else 0


def _test_images(run: RunRecord) -> int:
    return run.dataset.test_images if run.dataset else 0
