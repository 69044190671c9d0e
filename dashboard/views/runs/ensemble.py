"""The chosen runs together: their average scored like a run, their agreement, and what all of them get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.charts.calibration import reliability_figure
from dashboard.shared.confusion_matrix import render_confusion_matrix
from dashboard.shared.context.bar import Context
from dashboard.shared.data_table import data_table
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.runs.images import dataset_of_predictions
from dashboard.shared.runs.names import short_labels
from dashboard.views.runs.digits import render_test_digits
from dashboard.views.runs.header import render_chosen_runs, render_too_few
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.calibration import calibration
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.scores import scores
from mnist_core.evaluation.several_runs import SeveralRuns, several_runs
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_range, shown_share


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Together:
    """The runs with test predictions, their names, and what follows from all of them."""

    runs: tuple[RunRecord, ...]
    labels: tuple[str, ...]
    several: SeveralRuns


def render_ensemble(context: Context) -> None:
    """The average of the probabilities on the test images, and how far the runs agree."""
    chosen = render_chosen_runs(context)
    if len(chosen) < 2:
        render_too_few()
        return
    try:
        together = _together(chosen)
    except MnistCoreError as error:
        render_empty_state("No ensemble of these runs", escape_markdown(str(error)), icon="group_work")
        return
    dataset, _ = dataset_of_predictions(together.runs[0], together.several.ensemble, SplitName.TEST)
    _render_scores(together)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Confusion of the ensemble", anchor=False)
        names = class_names_of(together.runs[0].config.dataset)
        matrix = ConfusionMatrix.from_predictions(together.several.ensemble)
        render_confusion_matrix(
            matrix,
            key="runs.confusion",
            label="Test images of the ensemble",
            name="ensemble confusion",
            class_names=names,
        )
    with right:
        st.subheader("Calibration of the ensemble", anchor=False)
        chart(
            reliability_figure({"Ensemble": calibration(together.several.ensemble)}),
            key="runs.calibration",
            name="ensemble calibration",
            alt="Accuracy against confidence of the ensemble, in bins",
        )
    st.subheader("Agreement", anchor=False, help="Share of the test images to which two runs give the same label.")
    _render_agreement(together)
    _render_wrong_in_all(together, dataset)


def _together(chosen: Sequence[RunRecord]) -> Together:
    """Raises `PredictionsError` where the runs have no test images in common."""
    tested = tuple(run for run in chosen if run.summary.test_accuracy is not None)
    if len(tested) < len(chosen):
        n = len(chosen) - len(tested)
        left = "1 run is left out: it has" if n == 1 else f"{n} runs are left out: they have"
        st.caption(f":material/info: {left} no test predictions.")
    several = several_runs([cached.predictions(run.run_id) for run in tested])
    return Together(runs=tested, labels=short_labels(tested), several=several)


def _render_scores(together: Together) -> None:
    values = scores(together.several.ensemble)
    best = int(together.several.accuracies.argmax())
    gain = values.accuracy - float(together.several.accuracies[best])
    with st.container(horizontal=True, gap="medium", key="runs.ensemble.figures"):
        st.metric(
            f"Ensemble of {len(together.runs)} runs on {values.n:,} test images",
            shown_share(values.accuracy),
            delta=shown_range(*values.accuracy_interval),
            delta_color="off",
            delta_arrow="off",
            help=f"The mean of the probabilities of these runs; with the {shown_level(LEVEL)} interval (Wilson).",
            width="content",
        )
        st.metric("Wrong", f"{values.n_mistakes:,}", width="content")
        st.metric("Loss", f"{values.loss:.4f}", width="content")
        st.metric(f"Against {escape_markdown(together.labels[best])}, the most accurate of them", shown_points(gain),
                  width="content")  # fmt: skip


def _render_agreement(together: Together) -> None:
    table = pd.DataFrame({"Run": together.labels, "Accuracy": [shown_share(a) for a in together.several.accuracies]})
    for place, label in enumerate(together.labels):
        table[label] = [shown_share(float(value)) for value in together.several.agreement[:, place]]
    data_table(table, key="runs.agreement", name="ensemble agreement", height="content")


def _render_wrong_in_all(together: Together, dataset: Dataset | None) -> None:
    wrong = together.several.wrong_in_all()
    n_suspect = int(wrong.is_suspect.sum())
    st.subheader(f"Wrong in all runs: {len(wrong):,}", anchor=False)
    if len(wrong) == 0:
        st.markdown("Each test image is correct in at least one of these runs.")
        return
    st.markdown(
        f"For {n_suspect:,} of them all runs predict the same other label: there the true label is suspect, the more "
        "so the more accurate the runs are. These come first, marked by a cross."
    )
    rows, labels = together.several.index[wrong.positions], together.several.labels[wrong.positions]
    names = class_names_of(together.runs[0].config.dataset)
    pairs = [(names[true], names[other]) for true, other in zip(labels, wrong.suggested, strict=True)]
    render_test_digits(
        dataset,
        rows,
        [f"{true}→{other}" for true, other in pairs],
        [f"Test image {row}: true label {true}, the runs predict {other}"
         for row, (true, other) in zip(rows, pairs, strict=True)],
        key="runs.wrong",
        label="Test images that every run gets wrong",
        marks=wrong.is_suspect.tolist(),
    )  # fmt: skip
