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
    labels = with_copies.test.labels.copy()
    labels[[7, 20]] = with_copies.train.labels[[3, 50]]
    found = near_duplicates(
        made(with_copies.train, Split(images=with_copies.test.images, labels=labels)), max_distance=0.5
    )
    same = [pair for pairs in found.of_label for pair in pairs]
    pairs = [*found.differing, *sorted(same, key=lambda pair: pair.distance)]
    assert [(pair.first.row, pair.second.row) for pair in pairs] == [(3, 400), (400, 7), (3, 7), (50, 20)]
    assert [pair.distance for pair in pairs] == pytest.approx([0, 0, 0, 0.2])
    assert [pair.crosses_splits for pair in pairs] == [False, True, True, True]
    assert [pair.has_same_label for pair in pairs] == [False, False, True, True]
    assert (found.n_found, found.n_across_splits, found.n_different_labels) == (4, 3, 2)


@pytest.mark.parametrize("tile", [100, 2048])
@pytest.mark.parametrize("label", one_in(2, (None, 7, 1)))
def test_no_pair_is_missed(tile: int, label: int | None, sample: Dataset, monkeypatch: pytest.MonkeyPatch):
    """With and without a limit on those that are listed: all are counted."""
    monkeypatch.setattr(duplicates, "TILE", tile)
    dataset = made(sample.train.take(slice(0, 900)), sample.test)
    images = np.concatenate([dataset.train.images, dataset.test.images]).reshape(-1, 784) / 255
    distances = squareform(pdist(images))
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    first, second = np.nonzero(np.triu(distances <= 5, 1))
    if label is not None:
        has_label = (labels[first] == label) | (labels[second] == label)
        first, second = first[has_label], second[has_label]
    differs, crosses = labels[first] != labels[second], (first < 900) != (second < 900)
    told: list[float] = []
    every = near_duplicates(dataset, label=label, max_distance=5, limit=10**6, progress=told.append)
    few = near_duplicates(dataset, label=label, max_distance=5, limit=7)
    for found in (every, few):
        counts = (found.n_found, found.n_across_splits, found.n_different_labels, found.is_complete)
        assert counts == (len(first), crosses.sum(), differs.sum(), True)
    assert differs.sum() > 2
    np.testing.assert_allclose([p.distance for p in every.differing], np.sort(distances[first, second][differs]))
    for each in range(10):
        is_same = ~differs & (labels[first] == each)
        expected = np.sort(distances[first, second][is_same])
        np.testing.assert_allclose([pair.distance for pair in every.of_label[each]], expected)
        assert few.of_label[each] == every.of_label[each][:7]
    assert few.differing == every.differing[:7]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


@pytest.mark.parametrize("labels", [(3,), (3, 5)])
def test_many_copies_of_one_image_end(labels: tuple[int, ...], sample: Dataset, monkeypatch: pytest.MonkeyPatch):
    """They are not all counted, but the closest pairs are still found."""
    monkeypatch.setattr(duplicates, "MAX_COUNTED", 1000)
    monkeypatch.setattr(duplicates, "BATCH", 500)
    images = sample.test.images[np.zeros(3000, np.int64)]
    same = Split(images=images, labels=np.resize(np.array(labels, np.uint8), 3000))
    found = near_duplicates(made(same, same), limit=20)
    assert [pair.distance for pair in found.of_label[3]] == [0] * 20
    assert len(found.differing) == (20 if len(labels) > 1 else 0)
    assert 1000 < found.n_found <= 1500
    assert not found.is_complete


def test_a_label_that_does_not_occur_has_no_pairs(sample: Dataset):
    without = made(sample.train.take(sample.train.labels != 3), sample.test.take(sample.test.labels != 3))
    assert near_duplicates(without, label=3).n_found == 0


def test_the_published_mnist_has_no_exact_copies(full_mnist: Dataset):
    assert exact_duplicates(full_mnist) == ()
