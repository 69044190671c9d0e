"""Compares what was stored with the digits that went in, whatever their order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mnist_core.data.dataset import Dataset, Split
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import Reading, read_files
from tests.data.imports.making import Digits


def read(files: Mapping[str, bytes]) -> Reading:
    """What is read of some files, before it is stored."""
    return read_files([Upload(name=name, data=data) for name, data in files.items()])


def assert_read(files: Mapping[str, bytes], digits: Digits) -> Reading:
    """Each image is read once, with its own label, in any order."""
    reading = read(files)
    pairs = [
        sorted((image.tobytes(), int(label)) for image, label in zip(its.images, its.labels, strict=True))
        for its in (reading, digits)
    ]
    assert pairs[0] == pairs[1]
    return reading


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
