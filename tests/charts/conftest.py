from __future__ import annotations

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions


@pytest.fixture(scope="session")
def predictions() -> Predictions:
    """1,000 images, most predicted right; the label 5 does not occur and is never predicted."""
    rng = np.random.default_rng(3)
    labels = rng.choice([0, 1, 2, 3, 4, 6, 7, 8, 9], 1000)
    logits = rng.normal(size=(1000, 10))
    logits[np.arange(1000), labels] += 3
    logits[:, 5] = -30
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions.of_split(labels, probabilities)
