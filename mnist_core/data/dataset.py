"""A data set: labelled images in a training and a test split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import DatasetError, shown

UInt8Array = NDArray[np.uint8]
Float32Array = NDArray[np.float32]
Indices = NDArray[np.int64]

SIDE = 28
N_CLASSES = 10
DIGITS = tuple(str(digit) for digit in range(N_CLASSES))


class SplitName(StrEnum):
    """The two splits of a data set."""

    TRAIN = "train"
    TEST = "test"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """Images with their labels, both read-only.

    Attributes:
        images: uint8 (N, 28, 28), 0 is background, 255 is full ink.
        labels: uint8 (N,), each from 0 to 9.

    Raises:
        DatasetError: another dtype or shape, counts that differ, or a label outside 0 to 9.
    """

    images: UInt8Array
    labels: UInt8Array

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        _check_images(images)
        _check_labels(labels, len(images))
        object.__setattr__(self, "images", _read_only(images))
        object.__setattr__(self, "labels", _read_only(labels))

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: Any) -> Split:
        """The images at `indices` (row numbers, or a boolean mask of length N), in that order."""
        return Split(images=self.images[indices], labels=self.labels[indices])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dataset:
    """Named, labelled images of ten classes.

    Attributes:
        name: its name in commands and configurations.
        title: its name on screen.
        source: origin of the images.
        licence: licence of the images.
        sha256: of the content, see `content_sha256`.
        class_names: one for each class, in order.
    """

    name: str
    title: str
    source: str
    licence: str
    sha256: str
    train: Split
    test: Split
    class_names: tuple[str, ...] = DIGITS

    def __post_init__(self) -> None:
        if len(self.class_names) != N_CLASSES:
            raise DatasetError(
                f"`{self.name}` has too few or too many class names. Expected {N_CLASSES}. "
                f"Received: {len(self.class_names)}."
            )
        for name in SplitName:
            if len(self.split(name)) == 0:
                raise DatasetError(f"The {name} split of `{self.name}` is empty. Expected at least one image.")

    @property
    def n_classes(self) -> int:
        return N_CLASSES

    def split(self, name: str) -> Split:
        """The split called "train" or "test".

        Raises:
            DatasetError: there is no split of this name.
        """
        if name == SplitName.TRAIN:
            return self.train
        if name == SplitName.TEST:
            return self.test
        raise DatasetError(f"Unknown split. Expected train or test. Received: {shown(name)}.")


def flat(images: UInt8Array) -> UInt8Array:
    """The images as rows of pixels, (N, 784); a view."""
    return images.reshape(len(images), SIDE * SIDE)


def content_sha256(train: Split, test: Split) -> str:
    """SHA-256 over the bytes of training images, training labels, test images and test labels, as hex digits."""
    digest = hashlib.sha256()
    for split in (train, test):
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()


def _check_images(images: NDArray[Any]) -> None:
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        received = f"{images.dtype} of shape {images.shape}"
        raise DatasetError(f"Invalid images. Expected uint8 of shape (N, {SIDE}, {SIDE}). Received: {received}.")


def _check_labels(labels: NDArray[Any], n_images: int) -> None:
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DatasetError(
            f"Invalid labels. Expected uint8 of shape (N,). Received: {labels.dtype} of shape {labels.shape}."
        )
    if len(labels) != n_images:
        raise DatasetError(f"Every image needs one label. Expected {n_images:,} labels. Received: {len(labels):,}.")
    if labels.size and labels.max() >= N_CLASSES:
        raise DatasetError(f"A label is out of range. Expected 0 to {N_CLASSES - 1}. Received: {labels.max()}.")


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()  # the caller's array keeps its flags
    view.setflags(write=False)
    return view
