"""Labels in whatever form as bytes: numbers, text, one-hot vectors, the first of several columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, UInt8Array
from mnist_core.errors import DatasetError, shown

TEN = 10
MAX_LABEL_COLUMNS = 16
TEN_CLASSES = (
    "This product compares ten classes, 0 to 9: leave out images of other classes, or number the classes anew."
)


def flat_labels(values: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]] | None:
    """One value for each image, from (N,), (N, 1), (1, N), one-hot (N, 10) or (10, N), or a few columns.

    Returns:
        The values (N,), as numbers where they can be read as such, with notes; None for another shape.
    """
    values = np.asarray(values)
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim == 1:
        return numbers(values), ()
    if values.ndim != 2 or not values.size:
        return None
    for table in (values, values.T):
        if table.shape[1] == N_CLASSES and is_one_hot(table):
            return table.argmax(axis=1), ("The labels were one-hot vectors.",)
    if values.shape[1] < MAX_LABEL_COLUMNS and values.dtype.kind in "iuf":
        return values[:, 0], (f"The labels have {values.shape[1]} columns; the first was used.",)
    return None


def are_labels(values: NDArray[Any]) -> bool:
    """Whether one-dimensional values are whole numbers from 0 to 9, or 1 to 10, and more than one of them."""
    if values.ndim != 1 or values.dtype.kind not in "biuf" or not len(values):
        return False
    with np.errstate(invalid="ignore"):
        is_label = (values >= 0) & (values <= TEN) & (values == np.floor(values))
    if not is_label.all():
        return False
    low, high = values.min(), values.max()
    return bool(low != high and (high < N_CLASSES or low > 0))


def byte_labels(values: NDArray[Any], title: str) -> tuple[UInt8Array, tuple[str, ...]]:
    """Labels uint8 (N,) from one-dimensional whole numbers 0 to 9, with notes.

    Labels 1 to 10, each of which occurs, are those of MATLAB's files of digits, where 10 stands for 0.

    Raises:
        DatasetError: anything else; names the first wrong value.
    """
    values = numbers(np.asarray(values))
    if values.dtype.kind not in "biuf":
        raise DatasetError(
            f"The labels in {title} are not numbers. Expected 0 to {N_CLASSES - 1}, one for each image. "
            f"Received: {shown(values.reshape(-1)[0].item())}. {TEN_CLASSES}"
        )
    with np.errstate(invalid="ignore"):
        is_wrong = ~((values >= 0) & (values < N_CLASSES) & (values == np.floor(values)))
    if is_wrong.any():
        if np.array_equal(np.unique(values), np.arange(1, TEN + 1)):
            return (values % TEN).astype(np.uint8), ("The label 10 stands for the digit 0, as usual in MATLAB.",)
        row = int(is_wrong.argmax())
        raise DatasetError(
            f"A label in {title} is not a digit. Expected 0 to {N_CLASSES - 1}. "
            f"Received: {shown(values[row].item())} (row {row + 1:,}). {TEN_CLASSES}"
        )
    return values.astype(np.uint8), ()


def numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Text such as '5', b'5' or '5.0' as numbers; anything else unchanged."""
    if values.dtype.kind not in "SU":
        return values
    different, places = np.unique(values, return_inverse=True)
    if len(different) > 1000:
        return values
    try:
        parsed = [float(_text(value).strip().strip("\"'")) for value in different]
    except ValueError:
        return values
    return np.array(parsed)[places]


def is_one_hot(values: NDArray[Any]) -> bool:
    """Whether each row has a single 1 among zeros."""
    if values.dtype.kind not in "biuf":
        return False
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
