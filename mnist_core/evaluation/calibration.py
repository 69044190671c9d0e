"""Calibration: whether confidence agrees with accuracy, and temperature scaling."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from mnist_core.errors import ConfigError, PredictionsError
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import Predictions
from mnist_core.fields import checked_integer

MAX_BINS = 100
DEFAULT_BINS = 15
"""As many everywhere, so that a run has one calibration error."""

TEMPERATURES = (0.05, 20.0)
"""Range of the search for the temperature. Networks for digits are between 0.5 and 3."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """The images whose confidence is above `low` and at most `high`; means are NaN if there are none."""

    low: float
    high: float
    n: int
    n_correct: int
    confidence: float
    accuracy: float
    accuracy_interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """The agreement of confidence and accuracy.

    Attributes:
        bins: of equal width, from 0 to 1.
        expected_error: expected calibration error (ECE): the difference of mean confidence and accuracy in a bin,
            averaged over the images. It depends on the number of bins, so always state it with that number. Source:
            Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015;
            Guo et al., On calibration of modern neural networks, ICML 2017.
        brier: mean over the images of the squared distance of all ten probabilities from the truth, 0 (best) to 2.
            Source: Brier, Verification of forecasts expressed in terms of probability, 1950.
    """

    n: int
    bins: tuple[ReliabilityBin, ...]
    expected_error: float
    brier: float

    @property
    def n_bins(self) -> int:
        """Number of bins, empty ones included."""
        return len(self.bins)


@dataclass(frozen=True, kw_only=True, slots=True)
class Temperature:
    """The number that logits are divided by so that confidence agrees with accuracy; above 1 if confidence is too high.

    Attributes:
        loss_before, loss_after: mean cross-entropy in nats of the predictions it was fitted on.
        is_at_limit: there is no optimum within the range of the search, for example because no image is wrong: do not
            use the temperature.
        cut_at: None if the probabilities told all about the logits. Otherwise smaller ones than this were stored as 0,
            and the temperature is an approximation: they are of an earlier version, which rounded them, or the network
            gave a true label less than float32 can hold.
    """

    value: float
    loss_before: float
    loss_after: float
    is_at_limit: bool
    cut_at: float | None = None


def calibration(predictions: Predictions, *, n_bins: int = DEFAULT_BINS) -> Calibration:
    """Confidence against accuracy in `n_bins` bins of equal width.

    Raises:
        ConfigError: `n_bins` is not from 1 to 100.
    """
    n_bins = checked_integer(n_bins, "n_bins", low=1, high=MAX_BINS)
    confidence = predictions.confidence.astype(np.float64)
    edges = np.linspace(0, 1, n_bins + 1)
    which = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, n_bins - 1)
    counts = np.bincount(which, minlength=n_bins)
    n_correct = np.bincount(which[predictions.correct], minlength=n_bins)
    confidences = np.bincount(which, weights=confidence, minlength=n_bins)
    n = len(predictions)
    return Calibration(
        n=n,
        bins=tuple(
            _bin(float(edges[i]), float(edges[i + 1]), int(counts[i]), int(n_correct[i]), float(confidences[i]))
            for i in range(n_bins)
        ),
        expected_error=float(np.abs(confidences - n_correct).sum() / n) if n else math.nan,
        brier=brier_score(predictions),
    )


def brier_score(predictions: Predictions) -> float:
    """Mean squared distance of the ten probabilities from the truth, 0 to 2; NaN if there are no images."""
    if len(predictions) == 0:
        return math.nan
    probabilities = predictions.probabilities.astype(np.float64)
    true = predictions.true_probability.astype(np.float64)
    # |p - e|² = |p|² - 2 p_true + 1, without building the array of truths.
    return float((np.einsum("ij,ij->i", probabilities, probabilities) - 2 * true + 1).mean())


def fit_temperature(validation: Predictions) -> Temperature:
    """The temperature with the lowest cross-entropy on `validation`; never fit it on the images it is evaluated on.

    The logarithms of the probabilities serve as logits: they differ by one constant per image, which does not change
    the softmax. Source: Guo et al., On calibration of modern neural networks, ICML 2017.

    Raises:
        PredictionsError: there are no images.
    """
    if len(validation) == 0:
        raise PredictionsError("There are no predictions to fit a temperature on. Expected at least 1. Received: 0.")
    logits = _log_probabilities(validation)
    true = logits[np.arange(len(validation)), validation.labels]

    def loss(log_temperature: float) -> float:
        scale = math.exp(-log_temperature)
        return float((np.log(np.exp(logits * scale).sum(axis=1)) - true * scale).mean())

    low, high = map(math.log, TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    best = float(found.x)
    return Temperature(
        value=math.exp(best),
        loss_before=loss(0.0),
        loss_after=loss(best),
        # If no image is wrong, the loss falls without bound as the temperature falls.
        is_at_limit=bool(validation.correct.all()) or min(best - low, high - best) < 1e-2,
        cut_at=validation.smallest if _is_cut(validation) else None,
    )


def with_temperature(predictions: Predictions, temperature: float) -> Predictions:
    """The predictions with their logits divided by `temperature`: the confidence changes, the predicted label does not.

    Raises:
        ConfigError: `temperature` is not above 0.
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ConfigError.invalid("temperature", expected="a number above 0", received=temperature)
    scaled = np.exp(_log_probabilities(predictions) / temperature)
    return Predictions(
        index=predictions.index,
        labels=predictions.labels,
        probabilities=scaled / scaled.sum(axis=1, keepdims=True),
    )


def _is_cut(predictions: Predictions) -> bool:
    return predictions.is_rounded or bool((predictions.true_probability < predictions.smallest).any())


def _log_probabilities(predictions: Predictions) -> Doubles:
    """Logits float64 (N, 10), the largest of each row 0, so that no exponential overflows."""
    logits: Doubles = np.log(np.maximum(predictions.probabilities, np.float32(predictions.smallest)).astype(np.float64))
    if len(logits):
        logits -= logits.max(axis=1, keepdims=True)
    return logits


def _bin(low: float, high: float, n: int, n_correct: int, total_confidence: float) -> ReliabilityBin:
    return ReliabilityBin(
        low=low,
        high=high,
        n=n,
        n_correct=n_correct,
        confidence=total_confidence / n if n else math.nan,
        accuracy=n_correct / n if n else math.nan,
        accuracy_interval=wilson_interval(n_correct, n),
    )
