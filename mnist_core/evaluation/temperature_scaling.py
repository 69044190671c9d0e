"""The calibration of a run as it was trained and with temperature scaling."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.evaluation.calibration import (
    DEFAULT_BINS,
    Calibration,
    Temperature,
    calibration,
    with_temperature,
)
from mnist_core.evaluation.predictions import Predictions


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TemperatureScaling:
    """Confidence against accuracy, before and after.

    Attributes:
        before: the calibration as trained.
        temperature: fitted on validation images; None if there are none, or no value of it is best.
        scaled: the same predictions with that temperature; None without one.
        after: their calibration; None without a temperature.
    """

    before: Calibration
    temperature: Temperature | None = None
    scaled: Predictions | None = None
    after: Calibration | None = None


def temperature_scaling(
    predictions: Predictions, fitted: Temperature | None, *, n_bins: int = DEFAULT_BINS
) -> TemperatureScaling:
    """The calibration of predictions, before and after temperature scaling.

    Args:
        fitted: on validation images of the same network; None where they are missing.
        n_bins: bins of equal width, 1 to 100.

    Raises:
        ConfigError: `n_bins` is out of range.
    """
    before = calibration(predictions, n_bins=n_bins)
    if fitted is None or fitted.is_at_limit:
        return TemperatureScaling(before=before)
    scaled = with_temperature(predictions, fitted.value)
    after = calibration(scaled, n_bins=n_bins)
    return TemperatureScaling(before=before, temperature=fitted, scaled=scaled, after=after)
