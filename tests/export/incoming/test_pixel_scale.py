"""Which scale of the pixels a model is taken to expect: by correct digits, then by losses that forgive being unsure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import IncomingError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.export.incoming.pixel_scale import is_guessing, known_scalers, likeliest, near, scaler_for
from mnist_core.runs.store import RunStore
from tests.export.random_runs import random_weights
from tests.finished_runs import SMALL, finished_run, softmax

N = 2_000
LABELS = np.arange(N) % 10
LOGITS = np.random.default_rng(0).normal(0, 1, (N, 10)) + 3 * np.eye(10)[LABELS]


def answers(logits: np.ndarray, n_wrong: int = 0) -> Predictions:
    """With these logits; of some digits, those of other ones."""
    mixed = logits.copy()
    mixed[:n_wrong] = np.roll(mixed[:n_wrong], 1, axis=1)
    return Predictions.of_split(LABELS, softmax(mixed).astype(np.float32))


def test_most_correct_digits_decide_and_not_how_sure_they_are() -> None:
    tried = {"unit": answers(LOGITS / 10), "signed": answers(LOGITS, n_wrong=400)}
    assert tried["signed"].loss < tried["unit"].loss
    assert likeliest(tried) == "unit"
    assert likeliest({"signed": tried["unit"], "unit": tried["signed"]}) == "signed"


def test_among_nearly_equal_scales_the_one_with_the_better_probabilities_is_taken() -> None:
    clear, blurred = answers(LOGITS / 10), answers(_same_order(LOGITS))
    assert clear.accuracy == blurred.accuracy
    assert clear.loss > blurred.loss
    assert likeliest({"unit": blurred, "standardised": clear}) == "standardised"


def test_scales_are_near_within_two_standard_errors_of_three_hundred_digits() -> None:
    """At half the digits correct, that is 2 * 0.5 / sqrt(300), 5.77%: of 2,000 digits 115."""

    def with_right(n: int) -> Predictions:
        scores = np.eye(10)[(LABELS + 1) % 10]
        scores[:n] = np.eye(10)[LABELS[:n]]
        return answers(scores)

    assert with_right(1000).accuracy == 0.5
    tried = {"unit": with_right(1000), "signed": with_right(885), "pixels": with_right(884)}
    assert near(tried) == ("unit", "signed")


def _same_order(logits: np.ndarray) -> np.ndarray:
    """Logits with the same predicted labels whose other values say nothing."""
    return 2.0 * np.eye(10)[logits.argmax(axis=1)]


def test_equal_scales_are_taken_for_the_usual_one() -> None:
    for name in ("pixels", "l2_rows"):
        assert likeliest({name: answers(2 * LOGITS), "unit": answers(LOGITS)}) == "unit"


def test_guessing_is_no_more_than_the_commonest_label_reaches() -> None:
    one_label = np.zeros((N, 10)) + np.eye(10)[3]
    assert is_guessing(answers(one_label))
    assert is_guessing(answers(np.zeros((N, 10))))
    assert not is_guessing(answers(LOGITS))


def inverted(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights that give to 1 - x what these give to x."""
    kernel = weights["conv_1/kernel"]
    return {**weights, "conv_1/kernel": -kernel, "conv_1/bias": weights["conv_1/bias"] + kernel.sum(axis=(0, 1, 2))}


def test_a_model_for_dark_digits_is_refused_as_such(runs_folder: Path, sample_only: Path) -> None:
    store, dataset = RunStore(runs_folder), load_dataset("mnist-sample")
    weights = inverted(dict(store.weights(finished_run(store))))
    with pytest.raises(IncomingError, match="dark digits on a light ground.*--pixels") as caught:
        scaler_for(SMALL, weights, dataset, "auto", "m.keras")
    assert str(caught.value).isprintable()
    scaler, note = scaler_for(SMALL, weights, dataset, "unit", "m.keras")
    assert scaler == known_scalers(dataset)["unit"]
    assert "as chosen" in note


def test_a_model_that_no_scale_fits_is_refused_with_the_ways_out(sample_only: Path) -> None:
    with pytest.raises(IncomingError, match="No known scale .* fits m.keras.*--dataset.*--pixels"):
        scaler_for(SMALL, random_weights(SMALL), load_dataset("mnist-sample"), "auto", "m.keras")


def test_a_network_that_overflows_with_a_scale_can_still_be_tried(sample_only: Path, runs_folder: Path) -> None:
    store, dataset = RunStore(runs_folder), load_dataset("mnist-sample")
    weights = {name: value.copy() for name, value in store.weights(finished_run(store, seed=1)).items()}
    weights["conv_1/kernel"] *= np.float32(1e36)
    weights["conv_1/bias"] *= np.float32(1e36)
    weights["output/kernel"] /= np.float32(1e36)
    assert scaler_for(SMALL, weights, dataset, "auto", "m.keras")[0] == known_scalers(dataset)["unit"]
