from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mnist_core.data.dataset import Dataset
from mnist_core.data.measures.class_statistics import class_counts, class_statistics, compare_splits, pixel_histogram


def test_means_and_deviations_are_those_of_numpy(sample: Dataset):
    found = class_statistics(sample.train)
    for label in range(10):
        images = sample.train.images[sample.train.labels == label].astype(np.float64)
        assert found.counts[label] == len(images)
        np.testing.assert_allclose(found.means[label], images.mean(axis=0), atol=1e-4)
        np.testing.assert_allclose(found.deviations[label], images.std(axis=0), atol=1e-4)
    np.testing.assert_allclose(found.shares, 0.1)
    np.testing.assert_allclose(found.difference(3, 5), found.means[3] - found.means[5])


def test_a_class_without_images_has_zeros(sample: Dataset):
    found = class_statistics(sample.train.take(sample.train.labels != 4))
    assert found.counts[4] == 0
    assert not found.means[4].any()
    assert not found.deviations[4].any()
    assert found.shares.sum() == pytest.approx(1)


def test_more_images_of_a_class_than_are_summed_at_once(sample: Dataset):
    repeated = sample.test.take(np.tile(np.flatnonzero(sample.test.labels == 8), 50))
    found = class_statistics(repeated)
    assert found.counts[8] == 5000
    np.testing.assert_allclose(found.deviations[8], repeated.images.std(axis=0), atol=1e-3)


def test_the_histogram_counts_every_pixel(sample: Dataset):
    expected = np.histogram(sample.train.images, bins=np.arange(257))[0]
    assert pixel_histogram(sample.train.images).tolist() == expected.tolist()


def test_splits_are_compared(sample: Dataset):
    found = compare_splits(sample)
    assert found.shares["train"].tolist() == pytest.approx([10] * 10)
    assert found.p_value == pytest.approx(1)
    for name in ("train", "test"):
        assert found.mean_pixel[name] == pytest.approx(sample.split(name).images.mean())
        assert found.pixel_deviation[name] == pytest.approx(sample.split(name).images.std())
    expected = sample.test.images.mean(axis=0) - sample.train.images.mean(axis=0)
    np.testing.assert_allclose(found.mean_difference, expected, atol=1e-4)


def test_different_class_balances_are_found_by_pearsons_test(sample: Dataset):
    lacking = Dataset(
        **{name: getattr(sample, name) for name in ("name", "title", "source", "licence", "sha256", "train")},
        test=sample.test.take((sample.test.labels != 4) | (np.arange(1000) % 2 == 0)),
    )
    counts = np.stack([class_counts(lacking.train), class_counts(lacking.test)])
    p_value = stats.chi2_contingency(counts).pvalue
    assert p_value < 0.01
    assert compare_splits(lacking).p_value == pytest.approx(p_value)


def test_a_single_class_cannot_be_compared(sample: Dataset):
    fours = Dataset(
        **{name: getattr(sample, name) for name in ("name", "title", "source", "licence", "sha256")},
        train=sample.train.take(sample.train.labels == 4),
        test=sample.test.take(sample.test.labels == 4),
    )
    assert compare_splits(fours).p_value is None
