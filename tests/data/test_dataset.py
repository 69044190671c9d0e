from __future__ import annotations

import hashlib

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset, Split, content_sha256
from mnist_core.errors import DatasetError


def split_of(n: int) -> Split:
    return Split(images=np.zeros((n, 28, 28), np.uint8), labels=(np.arange(n) % 10).astype(np.uint8))


def dataset_of(train: Split, test: Split, **changes: object) -> Dataset:
    fields: dict[str, object] = {"name": "x", "title": "X", "source": "s", "licence": "l", "sha256": "0"}
    return Dataset(**{**fields, "train": train, "test": test, **changes})  # type: ignore[arg-type]


def test_arrays_of_a_split_cannot_be_written_and_the_callers_own_still_can():
    images = np.zeros((2, 28, 28), np.uint8)
    split = Split(images=images, labels=np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        split.images[0, 0, 0] = 1
    images[0, 0, 0] = 1
    assert images[0, 0, 0] == 1


def test_take_keeps_images_and_labels_together_in_the_given_order():
    images = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 28, 28), np.uint8)
    taken = Split(images=images, labels=np.arange(5, dtype=np.uint8)).take([3, 1])
    assert taken.labels.tolist() == [3, 1]
    assert taken.images[:, 0, 0].tolist() == [3, 1]


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (np.zeros((2, 28, 28)), np.zeros(2, np.uint8), "Received: float64"),
        (np.zeros((2, 27, 28), np.uint8), np.zeros(2, np.uint8), r"\(2, 27, 28\)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), "Expected 2 labels. Received: 3"),
        (np.zeros((1, 28, 28), np.uint8), np.array([10], np.uint8), "Expected 0 to 9. Received: 10"),
        (np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64), "Received: int64"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_what_was_received(images, labels, sentence):
    with pytest.raises(DatasetError, match=sentence):
        Split(images=images, labels=labels)


def test_a_data_set_has_two_splits_and_an_unknown_one_is_refused():
    dataset = dataset_of(split_of(3), split_of(2))
    assert (len(dataset.split("train")), len(dataset.split("test"))) == (3, 2)
    with pytest.raises(DatasetError, match="Expected train or test. Received: 'validation'"):
        dataset.split("validation")


def test_a_dataset_needs_images_in_both_splits_and_ten_class_names():
    with pytest.raises(DatasetError, match="test split of `x` is empty"):
        dataset_of(split_of(3), split_of(0))
    with pytest.raises(DatasetError, match="Expected 10. Received: 2"):
        dataset_of(split_of(3), split_of(2), class_names=("a", "b"))


def test_content_hash_is_that_of_the_bytes_in_order(tiny: Dataset):
    parts = (tiny.train.images, tiny.train.labels, tiny.test.images, tiny.test.labels)
    assert content_sha256(tiny.train, tiny.test) == hashlib.sha256(b"".join(p.tobytes() for p in parts)).hexdigest()
    assert content_sha256(tiny.train, tiny.test) != content_sha256(tiny.test, tiny.train)
