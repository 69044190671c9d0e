from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from mnist_core.data.dataset import Dataset, Split, SplitName, content_sha256
from mnist_core.data.finding import duplicates
from mnist_core.data.finding.duplicates import exact_duplicates, near_duplicates
from mnist_core.data.image_ref import ImageRef
from tests.thorough import one_in


def made(train: Split, test: Split) -> Dataset:
    return Dataset(
        name="x", title="X", source="s", licence="l", sha256=content_sha256(train, test), train=train, test=test
    )


@pytest.fixture
def with_copies(sample: Dataset) -> Dataset:
    """Train rows 3 and 400 and test row 7 are one image; test row 20 is train row 50 with one pixel changed."""
    images, labels = sample.train.images[:401].copy(), sample.train.labels[:401].copy()
    images[400] = images[3]
    labels[400] = (labels[3] + 1) % 10
    test_images = sample.test.images[:50].copy()
    test_images[7] = images[3]
    test_images[20] = images[50]
    test_images[20, 0, 0] = 51
    return made(Split(images=images, labels=labels), Split(images=test_images, labels=sample.test.labels[:50]))


TRAIN, TEST = SplitName.TRAIN, SplitName.TEST


def test_exact_copies_are_grouped_across_splits(with_copies: Dataset):
    group = (ImageRef(split=TRAIN, row=3), ImageRef(split=TRAIN, row=400), ImageRef(split=TEST, row=7))
    assert exact_duplicates(with_copies) == (group,)


def test_near_copies_come_nearest_first_with_labels_and_splits_compared(with_copies: Dataset):
    pairs = near_duplicates(with_copies, max_distance=0.5)
    assert [(pair.first.row, pair.second.row) for pair in pairs] == [(3, 400), (3, 7), (400, 7), (50, 20)]
    assert [pair.distance for pair in pairs] == pytest.approx([0, 0, 0, 0.2])
    assert [pair.crosses_splits for pair in pairs] == [False, True, True, True]
    assert not pairs[0].has_same_label


@pytest.mark.parametrize("tile", [100, 2048])
@pytest.mark.parametrize("labels", one_in(2, ((), (7,), (4, 9))))
def test_no_pair_is_missed(tile: int, labels: tuple[int, ...], sample: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(duplicates, "TILE", tile)
    split = sample.train.take(np.isin(sample.train.labels, labels) if labels else slice(0, 900))
    dataset = made(split, sample.test)
    images = np.concatenate([dataset.train.images, dataset.test.images]).reshape(-1, 784) / 255
    distances = np.triu(squareform(pdist(images)), 1)
    all_labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    wanted = np.isin(all_labels, labels) if labels else np.ones(len(images), bool)
    close = (distances > 0) & (distances <= 3.5) & wanted & wanted[:, np.newaxis]
    expected = np.sort(distances[close])
    told: list[float] = []
    pairs = near_duplicates(dataset, labels=labels, max_distance=3.5, limit=10**6, progress=told.append)
    np.testing.assert_allclose([pair.distance for pair in pairs], expected)
    assert len(pairs) > 10
    assert told[-1] == 1
    few = near_duplicates(dataset, labels=labels, max_distance=3.5, limit=7)
    assert few == pairs[:7]


def test_many_copies_of_one_image_end(sample: Dataset):
    same = sample.test.take(np.zeros(3000, np.int64))
    pairs = near_duplicates(made(same, same), limit=20)
    assert [pair.distance for pair in pairs] == [0] * 20


def test_a_label_that_does_not_occur_has_no_pairs(sample: Dataset):
    without = made(sample.train.take(sample.train.labels != 3), sample.test.take(sample.test.labels != 3))
    assert near_duplicates(without, labels=(3,)) == ()


def test_the_published_mnist_has_no_exact_copies(full_mnist: Dataset):
    assert exact_duplicates(full_mnist) == ()
