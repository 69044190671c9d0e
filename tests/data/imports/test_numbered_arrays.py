"""Arrays that are numbered: parts of one set with labels, folds without any, or the ten classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_read, read
from tests.data.imports.making import WORDS, Digits, idx_bytes, npy_bytes, npz_bytes


def npz(**arrays: np.ndarray) -> dict[str, bytes]:
    return {"a.npz": npz_bytes(**arrays)}


def npy(**arrays: np.ndarray) -> dict[str, bytes]:
    return {f"{name}.npy": npy_bytes(values) for name, values in arrays.items()}


def halves(d: Digits) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return d.images[:150], d.images[150:], d.labels[:150], d.labels[150:]


def named(*names: str) -> Callable[[Digits], dict[str, np.ndarray]]:
    return lambda d: dict(zip(names, halves(d), strict=True))


PAIRS = {
    "train and labels": lambda d: npz(**named("train_0", "train_1", "labels_0", "labels_1")(d)),
    "digits and answers": lambda d: npz(**named("digits_1", "digits_2", "answers_1", "answers_2")(d)),
    "labels in another order": lambda d: npz(
        train_0=d.images[:150], train_1=d.images[150:], labels_1=d.labels[150:], labels_0=d.labels[:150]
    ),
    "a label array without a number first": lambda d: npz(
        x_1=d.images[:150], x_2=d.images[150:], y_2=d.labels[150:], y=d.labels[:150]
    ),
    "files": lambda d: npy(**named("train_1", "train_2", "train_1_labels", "train_2_labels")(d)),
    "bare numbers": lambda d: npy(**named("0", "1", "2", "3")(d)),
    "bare IDX": lambda d: {name: idx_bytes(values) for name, values in named("1", "2", "3", "4")(d).items()},
    "ten folds": lambda d: npz(
        **{f"fold{k}": d.images[30 * k : 30 * k + 30] for k in range(10)},
        **{f"y{k}": d.labels[30 * k : 30 * k + 30] for k in range(10)},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_numbered_arrays_have_the_labels_of_their_number(name: str, digits: Digits) -> None:
    assert_read(PAIRS[name](digits), digits)


def in_parts(d: Digits, n: int) -> dict[str, np.ndarray]:
    """Parts of different lengths, in the order in which a folder lists their names."""
    ends = np.linspace(0, np.sqrt(len(d)), n + 1) ** 2
    parts = {f"img_{k}": d.images[int(ends[k]) : int(ends[k + 1])] for k in range(n)}
    return dict(sorted(parts.items()))


PARTS = {
    "npz": lambda d: npz(img_0=d.images[:120], img_1=d.images[120:200], img_2=d.images[200:], labels=d.labels),
    "files": lambda d: npy(train1=d.images[:150], train2=d.images[150:], labels=d.labels),
    "files in reverse": lambda d: npy(train2=d.images[150:], train1=d.images[:150], labels=d.labels),
    "twelve files": lambda d: npy(**in_parts(d, 12), labels=d.labels),
    "ten folds": lambda d: npz(**{f"fold{k}": d.images[30 * k : 30 * k + 30] for k in range(10)}, y=d.labels),
    "labels in parts": lambda d: npz(x=d.images, y_2=d.labels[120:], y_1=d.labels[:120]),
    "images last": lambda d: npz(
        a1=np.moveaxis(d.images[:100], 0, -1), a2=np.moveaxis(d.images[100:], 0, -1), labels=d.labels
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_put_together_in_the_order_of_their_numbers(name: str, digits: Digits) -> None:
    reading = assert_read(PARTS[name](digits), digits)
    assert any("in this order" in note for note in reading.notes)


def test_parts_keep_their_splits(digits: Digits) -> None:
    is_test = np.arange(300) % 5 == 0
    reading = assert_read(
        npz(img_0=digits.images[:120], img_1=digits.images[120:], labels=digits.labels, is_test=is_test), digits
    )
    assert reading.is_test is not None
    assert sorted(reading.labels[reading.is_test]) == sorted(digits.labels[is_test])


REFUSED = {
    "two parts": (lambda d: npy(digits1=d.images[:150], digits2=d.images[150:]), r"labels are missing.*8 or more"),
    "three tests": (
        lambda d: npz(test1=d.images[:100], test2=d.images[100:200], test3=d.images[200:]),
        "labels are missing",
    ),
    "two classes": (
        lambda d: npz(**{f"digit{k}": d.images[d.labels == k] for k in (3, 8)}),
        "labels are missing.*8 or more of the ten classes",
    ),
    "ten folds": (
        lambda d: npz(**{f"fold{k}": d.images[30 * k : 30 * k + 30] for k in range(10)}),
        "labels are missing.*images look like these digits",
    ),
    "a label too few": (
        lambda d: npy(digits1=d.images[:150], digits2=d.images[150:], labels1=d.labels[1:150], labels2=d.labels[150:]),
        "digits1.npy has 150 images but labels1.npy has 149 labels",
    ),
    "numbers that do not add up": (
        lambda d: npz(img_0=d.images[:120], img_1=d.images[120:], labels=d.labels[:-5]),
        r"img_0 in a.npz \(120\) and img_1 in a.npz \(180\), together 300; labels in labels in a.npz \(295\)",
    ),
    "no order": (
        lambda d: npz(first=d.images[:120], second=d.images[120:], labels=d.labels),
        "numbers add up, but not their names.*images1, images2",
    ),
    "swapped": (
        lambda d: {
            "train-images-idx3-ubyte": idx_bytes(d.images[:200]), "train-labels-idx1-ubyte": idx_bytes(d.labels[200:]),
            "t10k-images-idx3-ubyte": idx_bytes(d.images[200:]), "t10k-labels-idx1-ubyte": idx_bytes(d.labels[:200]),
        },
        "names contradict the numbers: train-images-idx3-ubyte has 200 images, and t10k-labels-idx1-ubyte as many",
    ),
    "empty": (
        lambda d: npz(x=d.images[:0], y=d.labels[:0]),
        r"x in a.npz \(0 x 28 x 28\) and y in a.npz \(0\) are empty",
    ),
    "no label in it": (lambda d: npz(x=d.images, y=d.labels[:0]), r"y in a.npz \(0\) is empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_that_are_no_classes_are_refused_with_a_true_sentence(name: str, digits: Digits) -> None:
    make, sentence = REFUSED[name]
    with pytest.raises(DatasetError, match=sentence) as error:
        read(make(digits))
    assert ("labels are missing" in str(error.value)) == ("missing" in sentence)


def of_classes(d: Digits, name: str, shift: int = 0) -> dict[str, np.ndarray]:
    return {name.format((k - 1) % 10 + 1 if shift else k): d.images[d.labels == k] for k in range(10)}


CLASSES = {
    "npz of numbers": (lambda d: npz(**of_classes(d, "{}")), ""),
    "files of numbers": (lambda d: npy(**of_classes(d, "{}")), ""),
    "files of words": (lambda d: npy(**{word: d.images[d.labels == k] for k, word in enumerate(WORDS)}), ""),
    "with a list of the classes": (lambda d: npz(**of_classes(d, "digit_{}"), names=np.arange(10)), "Not used"),
    "with folds": (lambda d: npz(**of_classes(d, "x{}"), fold=np.arange(300) % 5), "Not used"),
    "10 for 0": (lambda d: npz(**of_classes(d, "digit{}", 1)), "10 stands for the digit 0"),
    "1 for 0": (lambda d: npz(**{f"c{k + 1}": d.images[d.labels == k] for k in range(10)}), "1 to 10 stand for"),
    "images last": (lambda d: npz(**{f"{k}": np.moveaxis(d.images[d.labels == k], 0, -1) for k in range(10)}), "last"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_ten_arrays_called_by_their_digit_have_their_labels(name: str, digits: Digits) -> None:
    make, said = CLASSES[name]
    reading = assert_read(make(digits), digits)
    assert said in " ".join(reading.notes)
    assert any("digits in the names" in note for note in reading.notes)


@pytest.mark.parametrize("shape", [(-1, 1, 1), (1, -1, 1), (-1, 1, 1, 1)])
def test_labels_may_have_axes_of_length_1(shape: tuple[int, ...], digits: Digits) -> None:
    assert_read(npz(x=digits.images, y=digits.labels.reshape(shape)), digits)


def test_a_source_whose_labels_are_not_its_own_is_named(digits: Digits, more_digits: Digits) -> None:
    """The others hide it in what all images have in common."""
    wrong = np.roll(more_digits.labels, 1)
    reading = read(npz(x=digits.images, y=digits.labels, x_other=more_digits.images, y_other=wrong))
    assert any(note.startswith("x_other in a.npz: The labels hardly agree") for note in reading.notes)
    assert not any(note.startswith("x in a.npz: The labels") for note in reading.notes)
