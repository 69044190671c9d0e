from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.suspect_labels import suspect_labels
from mnist_core.errors import DatasetError


def test_suspect_labels_by_hand():
    probabilities = np.full((6, 10), 0.01)
    labels = np.array([3, 3, 3, 5, 5, 5], np.uint8)
    pairs = [(0.9, 0.02), (0.8, 0.1), (0.1, 0.88), (0.05, 0.85), (0.02, 0.75), (0.65, 0.3)]
    for row, (three, five) in enumerate(pairs):
        probabilities[row, 3], probabilities[row, 5] = three, five
    # The means are 0.6 for a 3 and 0.633 for a 5, of three rows each: rows 2 and 5 reach that of the other class.
    found = suspect_labels(labels, probabilities)
    assert found.positions.tolist() == [2, 5]
    assert found.self_confidence.tolist() == [0.1, 0.3]
    assert found.suggested.tolist() == [5, 3]


def test_labels_that_were_changed_are_found_among_real_digits(sample: Dataset):
    """The classifier was not trained on these images."""
    random = np.random.default_rng(0)
    true = sample.test.labels
    changed = random.choice(1000, 40, replace=False)
    labels = true.copy()
    labels[changed] = (labels[changed] + random.integers(1, 10, 40)) % 10
    classifier = KNeighborsClassifier(10, weights="distance").fit(
        sample.train.images.reshape(4000, -1), sample.train.labels
    )
    probabilities = classifier.predict_proba(sample.test.images.reshape(1000, -1))
    found = suspect_labels(labels, probabilities.astype(np.float16))
    n_found = len(set(found.positions.tolist()) & set(changed.tolist()))
    assert n_found >= 28
    assert n_found / len(found) > 0.4  # the others are digits that this classifier misclassifies
    assert (np.diff(found.self_confidence) >= 0).all()
    is_changed = np.isin(found.positions, changed)
    assert (found.suggested == true[found.positions])[is_changed].mean() > 0.9


def test_confident_correct_predictions_give_no_suspect_labels():
    labels = np.arange(10, dtype=np.uint8)
    assert len(suspect_labels(labels, np.eye(10))) == 0
    assert len(suspect_labels(labels[:0], np.zeros((0, 10)))) == 0


def test_probabilities_of_the_wrong_shape_are_refused():
    with pytest.raises(DatasetError, match=r"Expected \(3, 10\). Received: \(3, 9\)"):
        suspect_labels(np.zeros(3, np.uint8), np.zeros((3, 9)))
