from __future__ import annotations

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions


def random_predictions(n: int, *, seed: int = 0, sharpness: float = 3.0) -> Predictions:
    """Predictions that are right more often than not, over labels that all occur when `n` is large."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n).astype(np.uint8)
    logits = rng.normal(size=(n, 10))
    logits[np.arange(n), labels] += sharpness
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(index=rng.permutation(3 * n)[:n], labels=labels, probabilities=probabilities)


@pytest.fixture(scope="session")
def predictions() -> Predictions:
    """2,000 images, about four in five predicted right."""
    return random_predictions(2000)


@pytest.fixture(scope="session")
def four() -> Predictions:
    """Four images one can check by hand: true 1, 1, 2, 7; predicted 1, 2, 2, 1."""
    probabilities = np.zeros((4, 10), dtype=np.float32)
    probabilities[0, [1, 2]] = 0.9, 0.1
    probabilities[1, [1, 2]] = 0.4, 0.6
    probabilities[2, [2, 3]] = 0.75, 0.25
    probabilities[3, [1, 3]] = 0.55, 0.45
    return Predictions(
        index=np.array([10, 11, 12, 13]), labels=np.array([1, 1, 2, 7], dtype=np.uint8), probabilities=probabilities
    )


@pytest.fixture(scope="session")
def none() -> Predictions:
    """No images at all."""
    return Predictions.of_split(np.zeros(0, dtype=np.uint8), np.zeros((0, 10), dtype=np.float32))
