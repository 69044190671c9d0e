"""Compares what was stored with the digits that went in, whatever their order."""

from __future__ import annotations

import numpy as np

from mnist_core.data.dataset import Dataset, Split
from tests.data.imports.making import Digits


def assert_equal(split: Split, digits: Digits) -> None:
    """The same images with the same labels, in the same order."""
    assert np.array_equal(split.labels, digits.labels)
    assert np.array_equal(split.images, digits.images)


def assert_same_digits(dataset: Dataset, digits: Digits) -> None:
    """The same images with the same labels, in both splits together, in any order."""
    stored = [
        (image.tobytes(), int(label))
        for split in (dataset.train, dataset.test)
        for image, label in zip(split.images, split.labels, strict=True)
    ]
    expected = [(image.tobytes(), int(label)) for image, label in zip(digits.images, digits.labels, strict=True)]
    assert sorted(stored) == sorted(expected)


def assert_alike(dataset: Dataset, digits: Digits, *, least: float = 0.9) -> None:
    """Each stored image correlates most with its own digit (or with one that looks like it), which has its label."""
    images = np.concatenate([dataset.train.images, dataset.test.images])
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    likeness = unit(images) @ unit(digits.images).T
    best = likeness.argmax(axis=1)
    assert len(images) == len(digits)
    assert len(np.unique(best)) >= 0.95 * len(digits)
    assert np.array_equal(labels, digits.labels[best])
    assert np.median(likeness.max(axis=1)) >= least


def unit(images: np.ndarray) -> np.ndarray:
    rows = images.reshape(len(images), -1).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
