"""The chosen runs together: their average scored like a run, their agreement, and what all of them get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.charts.calibration import reliability_figure
from dashboard.shared.context.bar import Context
from dashboard.shared.context.compared import explain_test
from dashboard.shared.context.evaluated import TEST, Evaluated
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.data_table import data_table
from dashboard.shared.digits.class_scores import render_class_scores, render_score_figures
from dashboard.shared.digits.export import predicted_digits, render_export_box
from dashboard.shared.digits.gallery import Gallery
from dashboard.shared.digits.matrix_digits import MatrixDigits, render_matrix_digits, render_opening_matrix
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.runs.images import dataset_of_predictions
from dashboard.shared.runs.names import short_labels
from dashboard.shared.side_panel import question_and_answer
from dashboard.views.runs.choices import RunsChoices
from dashboard.views.runs.digits import render_test_digits
from dashboard.views.runs.header import render_chosen_runs, render_too_few
from dashboard.views.runs.verdict import difference_words
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName
from mnist_core.data.rows import Row
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.calibration import calibration
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.scores import Scores, scores
from mnist_core.evaluation.several_runs import (
    JUDGE_ACCURACY,
    JUDGE_CONFIDENCE,
    JUDGES,
    SeveralRuns,
    WrongInAll,
    several_runs,
)
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_level, shown_points, shown_probability, shown_share
from mnist_core.words import counted, listed

SUSPECT_HELP = (
    "All networks find the same images hard, above all those of one design. So a true label is suspect only if at "
    f"least {JUDGES} runs with an accuracy of at least {shown_level(JUDGE_ACCURACY)} contradict it alike, each with a "
    f"confidence of at least {shown_level(JUDGE_CONFIDENCE)}. A person has to decide."
)
MAX_TIED = 3
NUMBER = "No."
NUMBER_WIDTH, ACCURACY_WIDTH, SHARE_WIDTH = 44, 80, 68
HINT = "Click a cell of the matrix or a number of the table to see its digits here, and what each run predicts."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Together:
    """The runs with test predictions, their names, what follows from all of them, and their mean as predictions."""

    runs: tuple[RunRecord, ...]
    labels: tuple[str, ...]
    several: SeveralRuns
    mean: Evaluated


def render_ensemble(context: Context) -> None:
    """The average of the probabilities on the test images, and how far the runs agree."""
    chosen = render_chosen_runs(context)
    if len(chosen) < 2:
        render_too_few(chosen, words="Average {} and {}")
        return
    try:
        together = _together(chosen)
    except MnistCoreError as error:
        render_empty_state("No ensemble of these runs", escape_markdown(str(error)), icon="group_work")
        return
    values = scores(together.mean.predictions)
    _render_figures(together, values)
    question, answer = question_and_answer()
    with question:
        st.subheader("Confusion of the ensemble", anchor=False)
        render_opening_matrix(together.mean, MATRIX, key="runs.confusion", name="ensemble confusion")
        st.subheader("Per class", anchor=False)
        name = "ensemble scores per class"
        render_class_scores(together.mean, values, MATRIX, key="runs.ensemble.classes", name=name)
    render_matrix_digits(answer, together.mean, MATRIX, hint=HINT)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Calibration of the ensemble", anchor=False)
        chart(
            reliability_figure({"Ensemble": calibration(together.mean.predictions)}),
            key="runs.calibration",
            name="ensemble calibration",
            alt="Accuracy against confidence of the ensemble, in bins",
        )
    with right:
        st.subheader("Agreement", anchor=False, help="Share of the test images to which two runs give the same label.")
        _render_agreement(together)
    _render_wrong_in_all(together)


def _together(chosen: Sequence[RunRecord]) -> Together:
    """Raises `PredictionsError` where the runs have no test images in common."""
    tested = tuple(run for run in chosen if run.summary.test_accuracy is not None)
    if len(tested) < len(chosen):
        left = counted(len(chosen) - len(tested), "run is left out: it has", "runs are left out: they have")
        st.caption(f":material/info: {left} no test predictions.")
    several = several_runs([cached.predictions(run.run_id) for run in tested])
    ensemble = several.ensemble
    dataset, why = dataset_of_predictions(tested[0], ensemble, SplitName.TEST)
    mean = Evaluated(
        run=tested[0], split=TEST, epoch=None, predictions=ensemble, dataset=dataset, missing=why, together=tested
    )
    return Together(runs=tested, labels=short_labels(tested), several=several, mean=mean)


def _render_figures(together: Together, values: Scores) -> None:
    best = np.flatnonzero(together.several.accuracies == together.several.accuracies.max()).tolist()
    comparison = compare(cached.predictions(together.runs[best[0]].run_id), together.mean.predictions)
    with st.container(horizontal=True, gap="medium", key="runs.ensemble.figures"):
        render_score_figures(
            values,
            title=f"Ensemble of {len(together.runs)} runs on {values.n:,} test images",
            help=f"The mean of the probabilities of these runs; with the {shown_level(LEVEL)} interval (Wilson).",
        )
        st.metric("Against the most accurate run", shown_points(comparison.difference), width="content")
    names = [together.labels[place] for place in best]
    said = difference_words(comparison, names=(names[0], "The ensemble"), both="the two")
    st.container(key="runs.ensemble.verdict").markdown(f"{_best_words(names)} {said}", help=explain_test(comparison))


def _best_words(names: Sequence[str]) -> str:
    """Which run the ensemble is compared with: the first of the most accurate ones."""
    first, *others = map(escape_markdown, names)
    tied = f"together with {listed(others, MAX_TIED)} " if others else ""
    return f"Against {first}, {tied}the most accurate of these runs."


def _render_agreement(together: Together) -> None:
    """A line and a column for each run; the columns are narrow, so that those of four runs fit beside the chart."""
    numbers = [str(place) for place in range(1, len(together.labels) + 1)]
    accuracies = [shown_share(a) for a in together.several.accuracies]
    table = pd.DataFrame({NUMBER: numbers, "Run": together.labels, "Accuracy": accuracies})
    columns = {NUMBER: st.column_config.TextColumn(width=NUMBER_WIDTH),
               "Accuracy": st.column_config.TextColumn(width=ACCURACY_WIDTH)}  # fmt: skip
    for number, label, shares in zip(numbers, together.labels, together.several.agreement.T, strict=True):
        table[label] = [shown_share(float(value)) for value in shares]
        columns[label] = st.column_config.TextColumn(number, width=SHARE_WIDTH, help=escape_markdown(label))
    data_table(table, key="runs.agreement", name="ensemble agreement", height="content", column_config=columns)


def _render_wrong_in_all(together: Together) -> None:
    wrong = together.several.wrong_in_all()
    st.subheader(f"Wrong in all runs: {len(wrong):,}", anchor=False)
    if len(wrong) == 0:
        st.markdown("Each test image is correct in at least one of these runs.")
        return
    st.markdown(_wrong_words(together.several, wrong), help=SUSPECT_HELP)
    names = together.mean.class_names
    rows, labels = together.several.index[wrong.positions], together.several.labels[wrong.positions]
    pairs = [(names[true], names[other]) for true, other in zip(labels, wrong.suggested, strict=True)]
    render_test_digits(
        together.mean.dataset,
        rows,
        [f"{true}→{other}" for true, other in pairs],
        [f"Test image {row}: true label {true}, the runs predict {other}"
         for row, (true, other) in zip(rows, pairs, strict=True)],
        key="runs.wrong",
        label="Test images that every run gets wrong",
        marks=wrong.is_suspect.tolist(),
    )  # fmt: skip
    render_export_box(predicted_digits(together.mean, wrong.positions), name="runs.wrong.export")


def _wrong_words(several: SeveralRuns, wrong: WrongInAll) -> str:
    """Whose true labels are suspect, and what the rest is."""
    n_suspect, n_agreed = int(wrong.is_suspect.sum()), int(wrong.is_agreed.sum())
    if n_suspect:
        runs = "all runs" if len(several.judges) == len(several.accuracies) else f"the {len(several.judges)} runs"
        accurate = f"accuracy of at least {shown_level(JUDGE_ACCURACY)}"
        are = counted(n_suspect, "true label is suspect", "true labels are suspect")
        rest = " The other images are hard for all of these runs." if n_suspect < len(wrong) else ""
        return (
            f"**{are}**: {runs} with an {accurate} predict the same other label, each with a confidence of at least "
            f"{shown_level(JUDGE_CONFIDENCE)}. These come first, marked by a cross.{rest}"
        )
    if not n_agreed:
        return "These images are hard for all of these runs, and each is wrong in its own way."
    same = "it" if len(wrong) == 1 else f"{n_agreed:,} of them"
    return f"These images are hard for all of these runs. For {same}, all runs predict the same other label."


def _render_ways_on(found: Evaluated, row: Row) -> None:
    """What each run predicts for the digit, with a link to its explanation there."""
    image = found.image_ref(row)
    for run, label in zip(found.together, short_labels(found.together), strict=True):
        predictions = cached.predictions(run.run_id)
        position = predictions.position_of(row)
        if position is not None:
            said = found.class_names[int(predictions.predicted[position])]
            words = f"{label}: {said} ({shown_probability(float(predictions.confidence[position]))})"
            render_explain_link(run.run_id, found.dataset_name, image, label=escape_markdown(words),
                                help="Explain this digit, as this run predicts it.")  # fmt: skip


MATRIX = MatrixDigits(
    cell=RunsChoices.ensemble_cell,
    line=RunsChoices.ensemble_line,
    gallery=Gallery(
        name="runs.ensemble", page=RunsChoices.ensemble_at, render_ways_on=_render_ways_on, has_export=True
    ),
)
