from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.neighbours import PixelIndex, nearest_vectors


def test_neighbours_are_those_of_scikit_learn(sample: Dataset):
    flat = sample.train.images.reshape(4000, -1) / 255
    oracle = NearestNeighbors(n_neighbors=8, algorithm="brute").fit(flat)
    index = PixelIndex(sample.train.images)
    distances, rows = oracle.kneighbors(sample.test.images[:100].reshape(100, -1) / 255)
    for i in range(100):
        found = index.nearest(sample.test.images[i])
        assert found.rows.tolist() == rows[i].tolist()
        np.testing.assert_allclose(found.distances, distances[i])


def test_an_image_is_its_own_neighbour_unless_it_is_left_out(sample: Dataset):
    index = PixelIndex(sample.train.images)
    with_itself = index.nearest(sample.train.images[77], 4)
    assert (with_itself.rows[0], with_itself.distances[0]) == (77, 0)
    without = index.nearest(sample.train.images[77], 3, exclude=77)
    assert without.rows.tolist() == with_itself.rows[1:].tolist()


def test_exact_copies_are_found_at_no_distance_in_the_order_of_their_rows(sample: Dataset):
    images = np.concatenate([sample.test.images, sample.test.images[5:6], sample.test.images[5:6]])
    found = PixelIndex(images).nearest(images[5], 4)
    assert found.rows[:3].tolist() == [5, 1000, 1001]
    assert found.distances[:3].tolist() == [0, 0, 0]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_small_set_gives_what_it_has(n: int, sample: Dataset):
    index = PixelIndex(sample.train.images[:n])
    assert len(index.nearest(sample.test.images[0])) == n
    if n:
        assert len(index.nearest(sample.train.images[0], exclude=0)) == n - 1


def test_vectors_are_searched_likewise(sample: Dataset):
    vectors = np.random.default_rng(0).normal(size=(3000, 64)).astype(np.float32)
    oracle = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(vectors.astype(float))
    distances, rows = oracle.kneighbors(vectors[:20].astype(float))
    for i in range(20):
        found = nearest_vectors(vectors, vectors[i], 4, exclude=i)
        assert found.rows.tolist() == rows[i, 1:].tolist()
        np.testing.assert_allclose(found.distances, distances[i, 1:], rtol=1e-5)


def test_sixty_thousand_images_are_searched_in_a_tenth_of_a_second(full_mnist: Dataset):
    index = PixelIndex(full_mnist.train.images)
    times = []
    for image in full_mnist.test.images[:10]:
        started = time.thread_time()
        index.nearest(image)
        times.append(time.thread_time() - started)
    assert np.median(times) < 0.1
