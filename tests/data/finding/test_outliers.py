from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mnist_core.data.dataset import Dataset, Split
from mnist_core.data.finding.outliers import outlier_scores, outliers


def test_scores_are_the_likelihoods_of_scikit_learns_probabilistic_pca(sample: Dataset):
    """The log-likelihood is a constant minus half the squared distance."""
    images = sample.train.images[:1600]  # more images than pixels, or scikit-learn counts the dimensions differently
    scores = outlier_scores(Split(images=images, labels=np.zeros(1600, np.uint8)))
    flat = images.reshape(1600, -1).astype(float)
    likelihoods = PCA(n_components=10, svd_solver="full").fit(flat).score_samples(flat)
    squares = scores.astype(float) ** 2 * 784
    expected = -2 * (likelihoods - likelihoods.mean()) + squares.mean()
    np.testing.assert_allclose(squares, expected, rtol=5e-3)


def test_a_typical_score_is_about_1(sample: Dataset):
    assert np.median(outlier_scores(sample.train)) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(("true", "given"), [(0, 1), (3, 7), (2, 0)])
def test_an_image_in_the_wrong_class_is_an_outlier(true: int, given: int, sample: Dataset):
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
    split = Split(images=images, labels=labels)
    scores = outlier_scores(split)
    assert scores[:10].tolist() == [0] * 10
    assert np.isnan(scores[10:]).all()
    assert outliers(split, scores).tolist() == list(range(10))
    assert outliers(split, scores, label=1).tolist() == []
