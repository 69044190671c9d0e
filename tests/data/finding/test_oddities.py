from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from mnist_core.data.dataset import Dataset, Split
from mnist_core.data.finding.oddities import outlier_scores, outliers, suspect_labels
from mnist_core.errors import DatasetError


def test_scores_are_the_likelihoods_of_scikit_learns_probabilistic_pca(sample: Dataset):
    """The log-likelihood is a constant minus half the squared distance."""
    images = sample.train.images[:1600]  # more images than pixels: else scikit-learn counts directions in another way
    scores = outlier_scores(Split(images=images, labels=np.zeros(1600, np.uint8)))
    flat = images.reshape(1600, -1).astype(float)
    likelihoods = PCA(n_components=10, svd_solver="full").fit(flat).score_samples(flat)
    squares = scores.astype(float) ** 2 * 784
    expected = -2 * (likelihoods - likelihoods.mean()) + squares.mean()
    np.testing.assert_allclose(squares, expected, rtol=5e-3)


@pytest.mark.parametrize(("true", "given"), [(0, 1), (3, 7), (2, 0)])
def test_an_image_in_the_wrong_class_stands_out(true: int, given: int, sample: Dataset):
    labels = sample.train.labels.copy()
    row = int(np.flatnonzero(labels == true)[0])
    labels[row] = given
    split = Split(images=sample.train.images, labels=labels)
    assert row in outliers(split, outlier_scores(split), label=given, limit=4)  # of 401


def test_outliers_are_sorted_within_a_class_and_over_all(sample: Dataset):
    scores = outlier_scores(sample.test)
    everything = outliers(sample.test, scores, limit=10**6)
    assert sorted(everything.tolist()) == list(range(1000))
    assert (np.diff(scores[everything]) <= 0).all()
    sevens = outliers(sample.test, scores, label=7, limit=5)
    assert (sample.test.labels[sevens] == 7).all()
    assert len(sevens) == 5


def test_small_and_uniform_classes_have_no_outliers():
    images = np.full((14, 28, 28), 3, np.uint8)
    labels = np.array([0] * 10 + [1] * 4, np.uint8)
    images[10:] = np.random.default_rng(0).integers(0, 256, (4, 28, 28))
    assert outlier_scores(Split(images=images, labels=labels)).tolist() == [0] * 14


def test_suspect_labels_by_hand():
    probabilities = np.full((6, 10), 0.01)
    labels = np.array([3, 3, 3, 5, 5, 5], np.uint8)
    pairs = [(0.9, 0.02), (0.8, 0.1), (0.1, 0.88), (0.05, 0.85), (0.02, 0.75), (0.65, 0.3)]
    for row, (three, five) in enumerate(pairs):
        probabilities[row, 3], probabilities[row, 5] = three, five
    # Usual is 0.6 for a 3 and 0.633 for a 5, the means of three rows each: rows 2 and 5 reach that of the other class.
    found = suspect_labels(labels, probabilities)
    assert found.positions.tolist() == [2, 5]
    assert found.self_confidence.tolist() == [0.1, 0.3]
    assert found.suggested.tolist() == [5, 3]


def test_labels_that_were_changed_are_found_among_real_digits(sample: Dataset):
    """The judge never saw the images it judges."""
    random = np.random.default_rng(0)
    true = sample.test.labels
    changed = random.choice(1000, 40, replace=False)
    labels = true.copy()
    labels[changed] = (labels[changed] + random.integers(1, 10, 40)) % 10
    judge = KNeighborsClassifier(10, weights="distance").fit(sample.train.images.reshape(4000, -1), sample.train.labels)
    probabilities = judge.predict_proba(sample.test.images.reshape(1000, -1))
    found = suspect_labels(labels, probabilities.astype(np.float16))
    n_found = len(set(found.positions.tolist()) & set(changed.tolist()))
    assert n_found >= 28
    assert n_found / len(found) > 0.4  # the others are digits that this judge takes for another
    assert (np.diff(found.self_confidence) >= 0).all()
    is_changed = np.isin(found.positions, changed)
    assert (found.suggested == true[found.positions])[is_changed].mean() > 0.9


def test_sure_predictions_leave_nothing_to_suspect():
    labels = np.arange(10, dtype=np.uint8)
    assert len(suspect_labels(labels, np.eye(10))) == 0
    assert len(suspect_labels(labels[:0], np.zeros((0, 10)))) == 0


def test_probabilities_that_do_not_fit_are_refused():
    with pytest.raises(DatasetError, match=r"Expected \(3, 10\). Received: \(3, 9\)"):
        suspect_labels(np.zeros(3, np.uint8), np.zeros((3, 9)))
