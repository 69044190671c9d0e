"""`verdict` and `calibration`: what the stored predictions of a run show, as on the page Evaluate."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.cli.arguments import add_command
from mnist_core.cli.output import percent, print_json, print_table
from mnist_core.cli.predicted import Predicted, add_predicted, predicted
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.confusion import ConfusedPair
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.verdict import (
    AccuracyFinding,
    ClassFinding,
    ConfidenceFinding,
    ConfusionFinding,
    Finding,
    SliceFinding,
)
from mnist_core.fields import checked_integer
from mnist_core.shares import shown_range
from mnist_core.words import counted

if TYPE_CHECKING:  # these load scipy, which other commands do without
    from mnist_core.evaluation.calibration import Calibration, ReliabilityBin, Temperature
    from mnist_core.evaluation.temperature_scaling import TemperatureScaling

NAMES = {
    AccuracyFinding: "accuracy",
    ConfusionFinding: "confusion",
    ClassFinding: "classes",
    ConfidenceFinding: "confidence",
    SliceFinding: "weak_slice",
}


def add_commands(commands: Any) -> None:
    """Both commands with their options."""
    add_predicted(add_command(commands, "verdict", verdict, "say in sentences what the predictions of a run show"))
    text = "compare confidence and accuracy of a run, before and after temperature scaling"
    parser = add_command(commands, "calibration", calibration, text)
    add_predicted(parser)
    parser.add_argument("--bins", type=int, metavar="N", help="bins of equal width; default: as on the page Evaluate")


def verdict(options: argparse.Namespace) -> int:
    """The sentences of the page Evaluate, with the one on handwriting where the images are here."""
    from mnist_core.runs.verdict import run_verdict

    shown = predicted(options)
    found = run_verdict(shown.run, shown.predictions, shown.split)
    if options.json:
        findings = [
            {"finding": NAMES[type(item)], "sentence": item.sentence(shown.class_names), **_numbers(item)}
            for item in found
        ]
        print_json({**shown.document, "findings": findings})
        return 0
    print(f"{shown.run.title} on {shown.words}:")
    for item in found:
        print(f"- {item.sentence(shown.class_names)}")
    return 0


def _numbers(found: Finding | SliceFinding) -> dict[str, Any]:
    """What a sentence was read from."""
    match found:
        case AccuracyFinding():
            return {"accuracy": found.accuracy, "interval": list(found.interval), "wrong": found.n_wrong}
        case ConfusionFinding():
            return {**_cell(found.pair), "tied": [_cell(pair) for pair in found.tied], "stands_out": found.stands_out}
        case ClassFinding(lowest=lowest):
            weak = [score.label for score in found.weak]
            return {"weak": weak, "lowest": lowest.label, "recall": lowest.recall, "others": found.recall_elsewhere}
        case ConfidenceFinding():
            return {"mean_confidence": found.mean_confidence, "tendency": found.tendency.value}
        case SliceFinding(weak=weak_slice):
            rates = weak_slice.confirmation
            share = {"error_rate": rates.rate, "others": rates.rate_elsewhere, "p_value": weak_slice.p_value}
            return {"name": weak_slice.name, **share, "rows": len(weak_slice.positions)}


def _cell(pair: ConfusedPair) -> dict[str, int]:
    return {"label": pair.true_label, "predicted": pair.predicted_label, "count": pair.count}


def calibration(options: argparse.Namespace) -> int:
    """Expected calibration error, Brier score and loss, before and after temperature scaling, and the bins."""
    from mnist_core.evaluation.calibration import DEFAULT_BINS, MAX_BINS
    from mnist_core.evaluation.temperature_scaling import temperature_scaling

    n_bins = DEFAULT_BINS if options.bins is None else checked_integer(options.bins, "--bins", low=1, high=MAX_BINS)
    shown = predicted(options)
    fitted, why_not = _fitted(shown)
    found = temperature_scaling(shown.predictions, fitted, n_bins=n_bins)
    if found.temperature is None and not why_not:
        why_not = "all validation predictions are correct, or no temperature is best."
    if options.json:
        print_json({**shown.document, **_document(shown, found, why_not)})
    else:
        _print_calibration(shown, found, why_not)
    return 0


def _fitted(shown: Predicted) -> tuple[Temperature | None, str]:
    """The temperature that fits the validation images of the same epoch; or None, and why there is none."""
    from mnist_core.runs.temperature import validation_temperature

    try:
        found = validation_temperature(shown.store, shown.run.run_id, shown.epoch)
    except PredictionsError as error:
        return None, f"the validation predictions cannot be used. {error}"
    return found, "" if found is not None else "there are no validation predictions."


def _document(shown: Predicted, found: TemperatureScaling, why_not: str) -> dict[str, Any]:
    scaled = None
    if found.after is not None and found.scaled is not None:
        scaled = _scores(found.scaled, found.after)
    return {
        **_scores(shown.predictions, found.before),
        "temperature": None if found.temperature is None else found.temperature.value,
        "scaled": scaled,
        "not_scaled": f"Not scaled: {why_not}" if why_not else None,
        "n_bins": found.before.n_bins,
        "bins": [_bin(part) for part in found.before.bins if part.n],
    }


def _scores(predictions: Predictions, found: Calibration) -> dict[str, float]:
    return {
        "mean_confidence": float(predictions.confidence.mean(dtype=np.float64)),
        "accuracy": predictions.accuracy,
        "expected_calibration_error": found.expected_error,
        "brier": found.brier,
        "loss": predictions.loss,
    }


def _bin(part: ReliabilityBin) -> dict[str, Any]:
    means = {"confidence": part.confidence, "accuracy": part.accuracy}
    return {"low": part.low, "high": part.high, "images": part.n, "correct": part.n_correct, **means}


def _print_calibration(shown: Predicted, found: TemperatureScaling, why_not: str) -> None:
    print(f"{shown.run.title} on {shown.words}, {counted(found.before.n_bins, 'bin')}")
    columns = [_score_words(shown.predictions, found.before)]
    titles = ["", "as trained"]
    if found.after is not None and found.scaled is not None:
        columns.append(_score_words(found.scaled, found.after))
        titles.append("scaled")
    names = ("mean confidence", "accuracy", "expected calibration error", "Brier score", "loss")
    print_table(titles, list(zip(names, *columns, strict=True)))
    print(f"Not scaled: {why_not}" if found.temperature is None else _temperature_words(shown, found.temperature))
    print_table(
        ("confidence", "images", "mean", "accuracy"),
        [
            (shown_range(part.low, part.high), f"{part.n:,}", percent(part.confidence), percent(part.accuracy))
            for part in found.before.bins
            if part.n
        ],
    )


def _score_words(predictions: Predictions, found: Calibration) -> tuple[str, ...]:
    found_scores = _scores(predictions, found)
    shares = [percent(found_scores[name]) for name in ("mean_confidence", "accuracy", "expected_calibration_error")]
    return (*shares, f"{found.brier:.4f}", f"{predictions.loss:.4f}")


def _temperature_words(shown: Predicted, found: Temperature) -> str:
    about = "approximately " if found.cut_at is not None else ""
    own = " These are the same images, so the scaled values are optimistic." if shown.split == "validation" else ""
    return f"Temperature {about}{found.value:.3f}, fitted to the validation images after epoch {shown.epoch}.{own}"
