"""One temperature is fitted on the validation digits, and shown for the digits that are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from dashboard.views.evaluate.choices import EvaluateChoices
from mnist_core.evaluation.calibration import DEFAULT_BINS
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import figures, is_shown, numbers
from tests.pages.opening import OpenPage


def test_temperature_is_fitted_on_validation_and_shown_on_test(open_page: OpenPage, store: RunStore) -> None:
    validation = stored(store, newest(store), "validation-004")
    logits = np.log(validation.probabilities.astype(np.float64))

    def loss(value: float) -> float:
        return float(-log_softmax(logits / value, axis=1)[np.arange(len(logits)), validation.labels].mean())

    best = minimize_scalar(loss, bounds=(0.1, 5), method="bounded").x
    shown = open_page("evaluate", view="calibration").get_by_key("evaluate.calibration")
    assert float(figures(shown)[-1]) == pytest.approx(best, abs=0.001)
    (said,) = shown.caption
    assert numbers(said.value) == [1000, 4, 4]  # the digits, the epoch they were scored after, that of the fit


def test_the_page_has_as_many_bins_as_a_report() -> None:
    assert EvaluateChoices.bins.default == DEFAULT_BINS


def test_a_run_of_an_earlier_version_says_that_its_temperature_is_approximate(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = newest(store)
    assert not is_shown(open_page("evaluate", view="calibration"), "evaluate.temperature_cut")
    validation = stored(store, run_id, "validation-004")
    rounded = {"probabilities": validation.probabilities.astype(np.float16)}
    path = store.folder(run_id) / "predictions" / "validation-004.npz"
    np.savez(path, index=validation.index, labels=validation.labels, **rounded)
    assert is_shown(open_page("evaluate", view="calibration"), "evaluate.temperature_cut")
