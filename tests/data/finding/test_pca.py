from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.pca import plane, principal_components


def test_components_and_places_are_those_of_scikit_learn(sample: Dataset):
    flat = sample.train.images.reshape(4000, -1).astype(np.float64)
    oracle = PCA(n_components=5, svd_solver="full").fit(flat)
    found = principal_components(sample.train.images, 5)
    np.testing.assert_allclose(found.explained, oracle.explained_variance_ratio_, rtol=1e-5)
    signs = np.sign((found.components * oracle.components_).sum(axis=1))
    np.testing.assert_allclose(found.components, oracle.components_ * signs[:, np.newaxis], atol=1e-4)
    expected = oracle.transform(sample.test.images.reshape(1000, -1).astype(np.float64)) * signs
    np.testing.assert_allclose(found.project(sample.test.images), expected, atol=0.2)  # of some thousand pixel values


def test_signs_are_fixed_so_that_the_embedding_is_never_mirrored(sample: Dataset):
    found = principal_components(sample.train.images, 8)
    for component in found.components:
        assert component[np.abs(component).argmax()] > 0


def test_few_and_equal_images_are_accepted():
    same = np.full((5, 28, 28), 9, np.uint8)
    found = principal_components(same, 2)
    assert np.abs(found.project(same)).max() == pytest.approx(0, abs=1e-3)
    assert found.explained == pytest.approx([0, 0], abs=1e-6)
    assert principal_components(same[:0], 2).project(same[:0]).shape == (0, 2)


@pytest.mark.parametrize("n_numbers", [84, 2])
def test_vectors_of_any_length_lie_in_the_plane_of_scikit_learn(n_numbers: int):
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(300, n_numbers)) * np.arange(1, n_numbers + 1)).astype(np.float32)
    theirs = PCA(n_components=2, svd_solver="full")
    expected = theirs.fit_transform(vectors.astype(np.float64))
    found, share = plane(vectors)
    assert share == pytest.approx(theirs.explained_variance_ratio_.sum(), rel=1e-4)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-2)


def test_single_numbers_lie_on_a_line():
    numbers = np.array([[1.0], [2.0], [6.0]], np.float32)
    points, share = plane(numbers)
    np.testing.assert_allclose(points, [[-2, 0], [-1, 0], [3, 0]], atol=1e-5)
    assert share == pytest.approx(1)
