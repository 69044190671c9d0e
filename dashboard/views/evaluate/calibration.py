"""Calibration: the reliability diagram, temperature scaling, and selective prediction."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.cached import answers
from dashboard.charts.calibration import reliability_figure, selective_prediction_figure
from dashboard.shared.context.evaluated import VALIDATION, Evaluated
from dashboard.shared.linked_choice import linked_slider
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, evaluate
from dashboard.views.evaluate.digits import render_digits
from dashboard.widgets.chart import chart
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.calibration import TEMPERATURES, Calibration, ReliabilityBin, Temperature
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.rejection import rejection_curve
from mnist_core.evaluation.temperature_scaling import TemperatureScaling, temperature_scaling
from mnist_core.shares import shown_level, shown_probability, shown_range, shown_share
from mnist_core.training.cross_entropy import SMALLEST_PROBABILITY
from mnist_core.words import counted

ABOUT_BIN = (EvaluateChoices.bin, *ABOUT_SHOWN_DIGITS)
HELP = {
    "ece": "Expected calibration error: the difference of confidence and accuracy in each bin, averaged over the "
    "digits. It depends on the number of bins, so compare only values with the same number.",
    "brier": "Mean squared distance of the ten probabilities from the truth; 0 is perfect, 2 the worst.",
    "loss": "Mean cross-entropy in nats; 0 is perfect.",
    "temperature": "Temperature scaling divides the logits by this number so that confidence agrees with accuracy. "
    "Above 1 the network was overconfident, below 1 underconfident. Predicted labels do not change.",
    "bins": "Digits are grouped by confidence into this many bins of equal width.",
}
COLUMNS = (
    Column(title="Confidence", is_text=True, help="Probability of the predicted label."),
    Column(title="Digits", help="Digits in this bin. Click to see them."),
    Column(title="Mean", help="Mean confidence of these digits."),
    Column(title="Accuracy", help="Share of these digits that are correct; with perfect calibration, the mean."),
)


def render_calibration(found: Evaluated) -> None:
    """The reliability diagram before and after temperature scaling, its bins, and accuracy against coverage."""
    question, answer = question_and_answer()
    with question:
        bins = _render_bins_and_diagram(found)
        _render_selective_prediction(found)
    _render_bin_digits(answer, found, bins)


def _render_bins_and_diagram(found: Evaluated) -> Calibration:
    """The slider, the scores, and the bins as a diagram and as a table; returns the bins, as trained."""
    n_bins = linked_slider(
        "Bins",
        2,
        40,
        choice=EvaluateChoices.bins,
        resets=ABOUT_BIN,
        help=HELP["bins"],
        width=280,
    )
    scaling = temperature_scaling(found.predictions, _temperature(found), n_bins=n_bins)
    with st.container(key="evaluate.calibration"):
        _render_metrics(found, scaling)
    shown = {"As trained": scaling.before}
    if scaling.after is not None and scaling.temperature is not None:
        shown[f"Temperature {scaling.temperature.value:.2f}"] = scaling.after
    chart(
        reliability_figure(shown),
        key="evaluate.reliability",
        name=f"{found.run.title} {found.split} calibration",
        alt="Reliability diagram: accuracy against confidence, in bins",
    )
    st.caption(
        f"A point for each bin, larger with more digits, with the {shown_level(LEVEL)} interval of its accuracy. On "
        "the dotted diagonal confidence and accuracy agree; below it the network is overconfident, above it "
        "underconfident."
    )
    _render_bins(scaling.before, f"{found.run.title} {found.split} calibration bins")
    return scaling.before


def _temperature(found: Evaluated) -> Temperature | None:
    """Fitted on the validation digits of the same epoch; None where they are missing or no value is best."""
    try:
        fitted = answers.temperature(found.run.run_id, found.epoch)
    except PredictionsError:
        st.caption("There are no validation predictions to fit a temperature to, so temperature scaling is not shown.")
        return None
    if fitted.is_at_limit:
        low, high = TEMPERATURES
        st.caption(
            "Temperature scaling is not shown: all validation digits are correct, or the best temperature is not from "
            f"{low:g} to {high:g}."
        )
        return None
    return fitted


def _render_metrics(found: Evaluated, scaling: TemperatureScaling) -> None:
    before, after, scaled, temperature = scaling.before, scaling.after, scaling.scaled, scaling.temperature
    name = f"ECE ({before.n_bins} bins)"
    confidence = float(found.predictions.confidence.mean(dtype=np.float64))
    then = float(scaled.confidence.mean(dtype=np.float64)) if scaled else None
    with st.container(horizontal=True, gap="medium"):
        _metric(
            "Mean confidence",
            shown_share(confidence),
            shown_share(then) if then is not None else None,
            f"The accuracy is {shown_share(found.predictions.accuracy)}: a network is overconfident if its mean "
            "confidence is higher, underconfident if it is lower.",
        )
        _metric(
            name, shown_share(before.expected_error), shown_share(after.expected_error) if after else None, HELP["ece"]
        )
        _metric("Brier score", f"{before.brier:.4f}", f"{after.brier:.4f}" if after else None, HELP["brier"])
        _metric("Loss", f"{found.predictions.loss:.4f}", f"{scaled.loss:.4f}" if scaled else None, HELP["loss"])
        if temperature is not None:
            st.metric("Temperature", f"{temperature.value:.3f}", help=HELP["temperature"], width="content")
    if temperature is not None:
        own = " These are the same digits, so the scaled values are optimistic." if found.split == VALIDATION else ""
        st.caption(
            f"On {found.words}. Below each score is its value with temperature scaling. The temperature was fitted to "
            f"the validation digits after epoch {found.epoch}.{own}"
        )
        if temperature.cut_at is not None:
            _render_cut(temperature.cut_at)


def _render_cut(cut_at: float) -> None:
    """Why the temperature is not exact."""
    why = (
        "an earlier version stored the validation probabilities of this run rounded, and those below "
        f"{cut_at:.0e} as 0. Train it again for an exact one."
        if cut_at > SMALLEST_PROBABILITY
        else f"some true labels have a probability below {cut_at:.0e}, the smallest that is stored."
    )
    with st.container(key="evaluate.temperature_cut"):
        st.caption(f"The temperature is approximate: {why}")


def _metric(name: str, before: str, after: str | None, help: str) -> None:
    delta = f"{after} scaled" if after else None
    st.metric(name, before, delta=delta, delta_color="off", delta_arrow="off", help=help, width="content")


def _render_bins(found: Calibration, name: str) -> None:
    filled = [(number, part) for number, part in enumerate(found.bins) if part.n]
    chosen = evaluate.bin
    where = [row for row, (number, _) in enumerate(filled) if number == chosen]
    rows = [
        [
            Number(text=f"{shown_range(part.low, part.high)}"),
            Number(
                text=f"{part.n:,}",
                opens=True,
                note=f"Show {_bin_words(part.n, part)}",
            ),
            Number(text=shown_share(part.confidence)),
            Number(text=shown_share(part.accuracy), note=f"{part.n_correct:,} of {part.n:,} correct"),
        ]
        for number, part in filled
    ]
    picked = number_table(
        COLUMNS,
        rows,
        key="evaluate.bins_table",
        label="Digits by confidence, as trained",
        name=name,
        selected=(where[0], 1) if where else None,
    )
    if picked is not None:
        reset(EvaluateChoices.page)
        evaluate.bin = filled[picked[0]][0]


def _render_bin_digits(place: DeltaGenerator, found: Evaluated, bins: Calibration) -> None:
    number = evaluate.bin
    if number is None or number >= bins.n_bins or not bins.bins[number].n:
        with answer_panel(place, name="evaluate", is_open=False, on_close=_close_bin):
            st.caption(
                ":material/touch_app: Click the number of digits of a bin in the table below the chart to see them."
            )
        return
    part = bins.bins[number]
    positions = bin_positions(found.predictions, part.low, part.high)
    title, help = _bin_words(len(positions), part), "Lowest confidence first; a cross marks wrong digits."
    with answer_panel(place, name="evaluate", title=title, help=help, is_open=True, on_close=_close_bin):
        render_digits(found, positions)


def _close_bin() -> None:
    reset(*ABOUT_BIN)


def _bin_words(n: int, part: ReliabilityBin) -> str:
    return f"{counted(n, 'digit')} with confidence {shown_range(part.low, part.high)}"


def bin_positions(predictions: Predictions, low: float, high: float) -> np.ndarray:
    """Positions of the digits whose confidence is above `low` and at most `high`, the least confident first."""
    confidence = predictions.confidence.astype(np.float64)
    inside = np.flatnonzero((confidence > low) & (confidence <= high))
    return inside[np.argsort(confidence[inside], kind="stable")]


def _render_selective_prediction(found: Evaluated) -> None:
    st.subheader("Selective prediction", anchor=False)
    curve = rejection_curve(found.predictions)
    share = st.slider(
        "Coverage", 50, 100, 95, format="%d%%", key="evaluate.answered", persist_state="session", width=280,
        help="Share of digits that get a prediction: those with the highest confidence.",
    )  # fmt: skip
    point = curve.at_share(share / 100)
    if point is not None:
        n_wrong = int((~found.predictions.correct).sum())
        st.markdown(
            f"At a coverage of {shown_share(point.share)} (confidence at least {shown_probability(point.threshold)}), "
            f"accuracy is **{shown_share(point.accuracy)}**: {point.n_wrong:,} wrong instead of {n_wrong:,}."
        )
    chart(
        selective_prediction_figure({found.words: curve}, height=300),
        key="evaluate.rejection",
        name=f"{found.run.title} {found.split} selective prediction",
        alt="Accuracy against coverage",
    )
    st.caption(
        "Accuracy of the digits that get a prediction, against their share. With a useful confidence the curve rises "
        "to the left: the digits left out first are the wrong ones."
    )
