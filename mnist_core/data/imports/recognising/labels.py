"""Labels in whatever form as bytes: numbers, words, one-hot vectors, the first of several columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, UInt8Array
from mnist_core.errors import DatasetError, shown
from mnist_core.words import counted, listed, word_for

TEN = 10
TEN_IS_ZERO = "The label 10 stands for the digit 0, as usual in MATLAB."
MAX_DIFFERENT = 1000  # texts: labels have a few, names of files have many
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NAMED_DIGIT = re.compile(r"(?:digits?|numbers?|num|class|label)?[ _-]*([0-9])(?:\.0+)?s?")
MAX_LABEL_COLUMNS = 16
TEN_CLASSES = (
    "This product compares ten classes, 0 to 9: leave out images of other classes, or number the classes anew."
)


def label_of(word: str) -> int | None:
    """The label that a word is: 7, 7.0, seven, digit_7, class 7, 7s, in any case; None for another word."""
    word = word.strip().strip("\"'").strip().lower()
    if match := NAMED_DIGIT.fullmatch(word):
        return int(match[1])
    return NUMBER_WORDS.index(word) if word in NUMBER_WORDS else None


def flat_labels(values: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]] | None:
    """One value for each image, from (N,), (N, 1), (1, N), one-hot or probabilities (N, 10) or (10, N), or few columns.

    Further axes of length 1 do not matter.

    Returns:
        The values (N,), as numbers where they can be read as such, with notes; None for another shape.
    """
    values = _without_single_axes(np.asarray(values))
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim == 1:
        return as_numbers(values)
    if values.ndim != 2 or not values.size:
        return None
    for table in (values, values.T):
        if table.shape[1] == N_CLASSES and is_one_hot(table):
            return table.argmax(axis=1), ("The labels were one-hot vectors.",)
        if table.shape[1] == N_CLASSES and _are_probabilities(table):
            return table.argmax(axis=1), ("The labels were probabilities of the ten classes; the highest counts.",)
    if values.shape[1] < MAX_LABEL_COLUMNS and values.dtype.kind in "iuf":
        return values[:, 0], (f"The labels have {values.shape[1]} columns; the first was used.",)
    return None


def _without_single_axes(values: NDArray[Any]) -> NDArray[Any]:
    """Without axes of length 1 but the first, if there are more than two axes."""
    if values.ndim <= 2:
        return values
    return np.squeeze(values, axis=tuple(axis for axis in range(1, values.ndim) if values.shape[axis] == 1))


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
    values, notes = as_numbers(np.asarray(values))
    if values.dtype.kind not in "biuf":
        raise DatasetError(words_problem(f"The labels in {title}", map(_text, values.reshape(-1)[:MAX_DIFFERENT])))
    with np.errstate(invalid="ignore"):
        is_wrong = ~((values >= 0) & (values < N_CLASSES) & (values == np.floor(values)))
    if is_wrong.any():
        if np.array_equal(np.unique(values), np.arange(1, TEN + 1)):
            return (values % TEN).astype(np.uint8), (*notes, TEN_IS_ZERO)
        row = int(is_wrong.argmax())
        if np.isnan(values[row]):
            n = int(np.isnan(values).sum())
            raise DatasetError(
                f"{counted(n, 'label')} in {title} {word_for(n, 'is', 'are')} missing (NaN), as in row {row + 1:,}. "
                f"Expected 0 to {N_CLASSES - 1} for each image. Leave out the images without a label."
            )
        raise DatasetError(
            f"A label in {title} is not a digit. Expected 0 to {N_CLASSES - 1}. "
            f"Received: {shown(values[row].item())} (row {row + 1:,}). {TEN_CLASSES}"
        )
    return values.astype(np.uint8), notes


def counted_from_1(labels: UInt8Array) -> UInt8Array:
    """Labels that were 1 to 10 and of which 10 became 0, as if 1 stood for the digit 0 and 10 for 9."""
    return (labels + np.uint8(TEN - 1)) % np.uint8(TEN)


def number_of(text: str) -> float | int | None:
    """A text as a number, float, or as the label that it is a word for, int; None if it is neither."""
    try:
        return float(text.strip().strip("\"'"))
    except ValueError:
        return label_of(text)


def as_numbers(values: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Text such as '5', b'5' or '5.0' as numbers, and words such as 'five' as labels, with a note; else unchanged."""
    if values.dtype.kind not in "SU" or values.ndim != 1:
        return values, ()
    different, places = np.unique(values, return_inverse=True)
    found = {word: number_of(word) for word in map(_text, different)}
    if None in found.values():
        return values, ()
    notes = (words_note(found),) if any(isinstance(number, int) for number in found.values()) else ()
    return np.array(list(found.values()), np.float64)[places], notes


def words_note(words: Iterable[str]) -> str:
    """The sentence on labels that were read from words."""
    example = next((word for word in words if not isinstance(number_of(word), float)), "")
    return f"The labels were read from words, such as {shown(example, 40)}."


def words_problem(what: str, words: Iterable[str], column: str = "label") -> str:
    """The error for labels that are words of another kind; `what` is such as "The labels in y"."""
    seen = listed([shown(word, 40) for word in dict.fromkeys(words)], 4)
    return (
        f"{what} are words: {seen}. Expected 0 to {N_CLASSES - 1}, or words such as seven or digit_7. "
        "Replace each name of a class by its number, for example with pandas, in the order of the alphabet: "
        f"table[{column!r}] = table[{column!r}].astype('category').cat.codes."
    )


def is_one_hot(values: NDArray[Any]) -> bool:
    """Whether each row has a single 1 among zeros."""
    if values.dtype.kind not in "biuf":
        return False
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())


def _are_probabilities(values: NDArray[Any]) -> bool:
    """Whether each row sums to 1 and has a single highest value, such as one-hot vectors that were smoothed."""
    if values.dtype.kind != "f" or not np.isfinite(values).all() or values.min() < 0:
        return False
    highest = np.sort(values, axis=1)[:, -2:]
    return bool(
        np.allclose(values.sum(axis=1, dtype=np.float64), 1, atol=1e-3) and (highest[:, 0] < highest[:, 1]).all()
    )


def one_hot_labels(columns: NDArray[Any], names: Sequence[str]) -> NDArray[Any] | None:
    """Labels (N,) from ten columns (N, 10) of a table, each row with a single 1 among zeros; None for other columns.

    Args:
        names: of the columns, "" without a header: if they end with the digits 0 to 9, these count, else the order.
    """
    if columns.shape[1] != N_CLASSES or not is_one_hot(columns):
        return None
    digits = [int(name[-1]) if re.search(r"(?<!\d)\d$", name) else None for name in names]
    classes = np.array(digits if set(digits) == set(range(N_CLASSES)) else range(N_CLASSES))
    return np.asarray(classes[columns.argmax(axis=1)])


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
