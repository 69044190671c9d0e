from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from mnist_core.errors import ConfigError, PredictionsError
from mnist_core.evaluation.calibration import calibration, fit_temperature, with_temperature
from mnist_core.evaluation.predictions import Predictions, load_predictions, save_predictions


def drawn(n: int, *, temperature: float, seed: int) -> Predictions:
    """Labels drawn from softmax(logits), predictions made from logits times `temperature`: too sure when above 1."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(n, 10))
    chances = softmax(logits, axis=1)
    labels = (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return Predictions.of_split(labels, softmax(logits * temperature, axis=1))


def test_four_images_by_hand(four):
    result = calibration(four, n_bins=2)
    low, high = result.bins
    assert (low.n, low.n_correct, high.n, high.n_correct) == (0, 0, 4, 2)
    assert np.isnan(low.accuracy)
    assert high.confidence == pytest.approx((0.9 + 0.6 + 0.75 + 0.55) / 4)
    assert result.expected_error == pytest.approx(0.7 - 0.5)


@pytest.mark.parametrize("n_bins", [5, 10, 15])
def test_bins_equal_scikit_learn(predictions, n_bins):
    share_right, mean_confidence = calibration_curve(predictions.correct, predictions.confidence, n_bins=n_bins)
    filled = [item for item in calibration(predictions, n_bins=n_bins).bins if item.n]
    assert [item.accuracy for item in filled] == pytest.approx(share_right)
    assert [item.confidence for item in filled] == pytest.approx(mean_confidence)


def test_expected_error_is_the_mean_distance_weighted_by_images(predictions):
    result = calibration(predictions)
    assert result.n_bins == 15
    by_hand = sum(item.n * abs(item.accuracy - item.confidence) for item in result.bins if item.n) / result.n
    assert result.expected_error == pytest.approx(by_hand)
    assert sum(item.n for item in result.bins) == len(predictions)


def test_brier_score_equals_scikit_learn(predictions):
    expected = brier_score_loss(predictions.labels, predictions.probabilities, labels=range(10), scale_by_half=False)
    assert calibration(predictions).brier == pytest.approx(expected, rel=1e-4)


def test_confident_and_correct_is_perfect_and_in_the_last_bin():
    result = calibration(Predictions.of_split(np.arange(10), np.eye(10)))
    assert result.bins[-1].n == 10
    assert result.expected_error == result.brier == 0


def test_confident_and_wrong_has_the_worst_brier_score_there_is():
    assert calibration(Predictions.of_split((np.arange(10) + 1) % 10, np.eye(10))).brier == 2


def test_the_temperature_that_was_hidden_is_found_and_helps_on_other_images():
    validation = drawn(20_000, temperature=2.0, seed=1)
    test = drawn(20_000, temperature=2.0, seed=2)
    found = fit_temperature(validation)
    assert found.value == pytest.approx(2.0, rel=0.03)
    assert not found.is_at_limit
    after = with_temperature(test, found.value)
    np.testing.assert_array_equal(after.predicted, test.predicted)
    assert calibration(after).expected_error < 0.25 * calibration(test).expected_error
    assert after.loss < test.loss


def test_losses_before_and_after_are_those_of_scikit_learn():
    validation = drawn(2000, temperature=1.5, seed=3)
    found = fit_temperature(validation)
    after = with_temperature(validation, found.value)
    for predictions, loss in [(validation, found.loss_before), (after, found.loss_after)]:
        exact = predictions.probabilities.astype(np.float64)
        exact /= exact.sum(axis=1, keepdims=True)
        assert loss == pytest.approx(log_loss(predictions.labels, exact, labels=range(10)), rel=1e-4)


def test_no_other_temperature_is_better():
    validation = drawn(3000, temperature=0.7, seed=4)
    found = fit_temperature(validation)
    others = [with_temperature(validation, found.value * factor).loss for factor in (0.9, 0.97, 1.03, 1.1)]
    assert min(others) > found.loss_after


def overconfident(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, 10), float32, and labels of a network that is so sure that many probabilities are below 1e-7."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    logits = rng.normal(0, 4, (n, 10)) + 22 * np.eye(10)[labels]
    wrong = rng.random(n) < 0.03
    logits[wrong] += 42 * np.eye(10)[(labels[wrong] + 1) % 10]
    return logits.astype(np.float32), labels


def of_logits(logits: np.ndarray, labels: np.ndarray) -> float:
    """The best temperature by scipy, from the logits themselves."""

    def loss(temperature: float) -> float:
        return float(
            -log_softmax(logits.astype(np.float64) / temperature, axis=1)[np.arange(len(labels)), labels].mean()
        )

    return float(minimize_scalar(loss, bounds=(0.2, 20), method="bounded", options={"xatol": 1e-9}).x)


def test_the_temperature_is_that_of_the_logits(tmp_path):
    logits, labels = overconfident(6000, seed=5)
    probabilities = softmax(logits, axis=1)
    assert (probabilities[np.arange(len(labels)), labels] < 1e-7).any()
    save_predictions(tmp_path / "v.npz", Predictions.of_split(labels, probabilities))
    found = fit_temperature(load_predictions(tmp_path / "v.npz"))
    assert found.value == pytest.approx(of_logits(logits, labels), rel=1e-4)
    assert found.cut_at is None


def test_calibration_after_scaling_is_that_of_the_scaled_logits():
    logits, labels = overconfident(4000, seed=6)
    scaled = softmax(logits.astype(np.float64) / 3.0, axis=1)
    found = with_temperature(Predictions.of_split(labels, softmax(logits, axis=1)), 3.0)
    np.testing.assert_allclose(found.probabilities, scaled, atol=1e-5)
    assert calibration(found).expected_error == pytest.approx(
        calibration(Predictions.of_split(labels, scaled)).expected_error, abs=1e-5
    )


def test_a_temperature_of_rounded_probabilities_says_so(tmp_path):
    logits, labels = overconfident(6000, seed=7)
    stored = softmax(logits, axis=1).astype(np.float16)  # as earlier versions did
    np.savez(tmp_path / "v.npz", index=np.arange(len(labels)), labels=labels, probabilities=stored)
    found = fit_temperature(load_predictions(tmp_path / "v.npz"))
    assert found.cut_at == np.float16(1e-7 / 2)
    assert found.value != pytest.approx(of_logits(logits, labels), rel=0.01)


def test_a_temperature_of_probabilities_that_even_float32_cannot_hold_says_so():
    probabilities = np.eye(10)[np.arange(40) % 10]
    labels = np.where(np.arange(40) == 7, 3, np.arange(40) % 10)
    assert fit_temperature(Predictions.of_split(labels, probabilities)).cut_at == np.finfo(np.float32).tiny


def test_without_wrong_images_the_temperature_is_at_its_limit():
    probabilities = np.full((50, 10), 0.01) + np.eye(10)[np.arange(50) % 10] * 0.9
    assert fit_temperature(Predictions.of_split(np.arange(50) % 10, probabilities)).is_at_limit


def test_temperature_one_changes_nothing(predictions):
    np.testing.assert_allclose(with_temperature(predictions, 1.0).probabilities, predictions.probabilities, atol=1e-5)


def test_invalid_input_is_refused(predictions, none):
    with pytest.raises(ConfigError, match="1 to 100"):
        calibration(predictions, n_bins=0)
    with pytest.raises(ConfigError, match="above 0"):
        with_temperature(predictions, 0.0)
    with pytest.raises(PredictionsError, match="at least 1"):
        fit_temperature(none)
    assert np.isnan([calibration(none).expected_error, calibration(none).brier]).all()
