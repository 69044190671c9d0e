"""Digits on their side or mirrored are recognised, and nothing else is taken for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits

from mnist_core.data.dataset import Dataset
from tests.data.imports.comparing import assert_alike, assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import Digits, npz_bytes, picture_members, zip_bytes
from tests.thorough import one_in

TURNS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as they are": lambda x: x,
    "rows and columns swapped": lambda x: x.transpose(0, 2, 1),
    "mirrored": lambda x: x[:, :, ::-1],
    "top to bottom": lambda x: x[:, ::-1],
    "left by 90 degrees": lambda x: np.rot90(x, 1, (1, 2)),
    "180 degrees": lambda x: np.rot90(x, 2, (1, 2)),
    "right by 90 degrees": lambda x: np.rot90(x, -1, (1, 2)),
    "other diagonal": lambda x: np.rot90(x, 2, (1, 2)).transpose(0, 2, 1),
}
each_turn = pytest.mark.parametrize("turn", TURNS)


def was_turned(made: tuple[Dataset, object]) -> bool:
    return any("as the digits show" in note for note in made[1].notes)  # type: ignore[attr-defined]


@each_turn
def test_digits_are_turned_upright_and_it_is_said(turn: str, imported: Import, digits: Digits) -> None:
    made = imported({"a.npz": npz_bytes(x=TURNS[turn](digits.images), y=digits.labels)})
    assert_same_digits(made[0], digits)
    assert was_turned(made) == (turn != "as they are")


@pytest.mark.parametrize("n", [60, 120])
def test_a_small_set_is_recognised_too(n: int, imported: Import, digits: Digits) -> None:
    few = digits[:n]
    made = imported({"a.npz": npz_bytes(x=255 - few.images.transpose(0, 2, 1), y=few.labels)})
    assert_same_digits(made[0], few)


@each_turn
def test_digits_of_another_origin_and_size_are_recognised(turn: str, imported: Import) -> None:
    images, labels = load_digits().images[:400], load_digits().target[:400]
    upright, _ = imported({"a.npz": npz_bytes(x=images, y=labels)}, "upright")
    made = imported({"a.npz": npz_bytes(x=TURNS[turn](images), y=labels)})
    stored = (upright.train, upright.test)
    expected = Digits(
        images=np.concatenate([split.images for split in stored]),
        labels=np.concatenate([split.labels for split in stored]),
    )
    assert_alike(made[0], expected, least=0.999)  # resizing rounds rows and columns differently


@pytest.mark.parametrize("classes", [(0, 1), (7,), (3, 5, 8)])
def test_few_classes_are_left_as_they_are(classes: tuple[int, ...], imported: Import, digits: Digits) -> None:
    chosen = np.isin(digits.labels, classes)
    swapped = Digits(images=digits.images[chosen].transpose(0, 2, 1), labels=digits.labels[chosen])
    made = imported({"a.npz": npz_bytes(x=swapped.images, y=swapped.labels)})
    assert_same_digits(made[0], swapped)


def test_wrong_labels_are_no_reason_to_turn(imported: Import, digits: Digits) -> None:
    shuffled = Digits(images=digits.images, labels=np.random.default_rng(2).permutation(digits.labels))
    made = imported({"a.npz": npz_bytes(x=shuffled.images, y=shuffled.labels)})
    assert_same_digits(made[0], shuffled)


def letters(characters: str, n: int) -> Digits:
    """Printed characters, each a little off its place and its angle."""
    random = np.random.default_rng(4)
    images = []
    for i in range(n):
        font = ImageFont.load_default(size=int(random.integers(18, 25)))
        image = Image.new("L", (28, 28), 0)
        place = (14 + int(random.integers(-2, 3)), 14 + int(random.integers(-2, 3)))
        ImageDraw.Draw(image).text(place, characters[i % 10], fill=255, font=font, anchor="mm")
        images.append(np.asarray(image.rotate(float(random.uniform(-15, 15)), Image.Resampling.BILINEAR)))
    return Digits(images=np.stack(images), labels=(np.arange(n) % 10).astype(np.uint8))


@pytest.mark.parametrize("characters", one_in(3, ("ABCDEFGHIJ", "abcdefghij", "KLMNPQRSTU", "OIZEASGTBP")))
@pytest.mark.parametrize("turn", ["as they are", "rows and columns swapped", "180 degrees"])
def test_other_symbols_are_left_as_they_are(characters: str, turn: str, imported: Import) -> None:
    made_up = letters(characters, 200)
    stored = Digits(images=np.ascontiguousarray(TURNS[turn](made_up.images)), labels=made_up.labels)
    made = imported({"a.npz": npz_bytes(x=stored.images, y=stored.labels)})
    assert not was_turned(made)
    assert_same_digits(made[0], stored)


def test_unlike_things_are_left_as_they_are(imported: Import) -> None:
    random = np.random.default_rng(6)
    shapes = np.kron(random.integers(0, 2, (10, 7, 7)), np.ones((4, 4))) * 255
    labels = (np.arange(300) % 10).astype(np.uint8)
    images = np.clip(shapes[labels] + random.normal(0, 30, (300, 28, 28)), 0, 255).astype(np.uint8)
    made = imported({"a.npz": npz_bytes(x=images, y=labels)})
    assert not was_turned(made)


def test_a_person_may_leave_them_as_they_are(imported: Import, digits: Digits) -> None:
    swapped = Digits(images=digits.images.transpose(0, 2, 1), labels=digits.labels)
    dataset, result = imported({"a.npz": npz_bytes(x=swapped.images, y=swapped.labels)}, turned=False)
    assert_same_digits(dataset, swapped)
    assert any("Left as stored, as chosen" in note for note in result.notes)


@each_turn
@pytest.mark.parametrize("first", ["as they are", "left by 90 degrees"])
def test_a_source_in_another_orientation_is_turned_like_the_others_and_it_is_said(
    first: str, turn: str, imported: Import, all_digits: Digits
) -> None:
    train, test = all_digits[:400], all_digits[400:600]
    files = {
        "train.npz": npz_bytes(x=TURNS[first](train.images), y=train.labels),
        "test.npz": npz_bytes(x=255 - TURNS[turn](test.images), y=test.labels),
    }
    dataset, made = imported(files)
    assert_equal(dataset.train, train)
    assert_equal(dataset.test, test)
    said = [note for note in made.notes if "unlike the others, and were turned" in note]
    assert [note.startswith("x in test.npz: ") for note in said] == [True] * (turn != first)


def test_a_source_that_shows_no_orientation_stays_with_the_others(imported: Import, all_digits: Digits) -> None:
    """A handful of digits, or of two classes, tells nothing; it comes from where the others do."""
    train = all_digits[:400]
    for number, test in enumerate((all_digits[400:410], of_classes(all_digits[400:700], (0, 8)))):
        swapped = {part: its.images.transpose(0, 2, 1) for part, its in (("train", train), ("test", test))}
        arrays = {
            "x_train": swapped["train"],
            "y_train": train.labels,
            "x_test": swapped["test"],
            "y_test": test.labels,
        }
        dataset, _ = imported({"a.npz": npz_bytes(**arrays)}, f"set-{number}")
        assert_equal(dataset.train, train)
        assert_equal(dataset.test, test)


def of_classes(digits: Digits, classes: tuple[int, ...]) -> Digits:
    rows = np.isin(digits.labels, classes)
    return Digits(images=digits.images[rows], labels=digits.labels[rows])


def test_splits_in_one_archive_are_named_apart(imported: Import, all_digits: Digits) -> None:
    train, test = all_digits[:300], all_digits[300:400]
    sideways = Digits(images=np.ascontiguousarray(test.images.transpose(0, 2, 1)), labels=test.labels)
    members = picture_members(train, "train/{label}/{i}.png") | picture_members(sideways, "test/{label}/{i}.png")
    dataset, made = imported({"d.zip": zip_bytes(members)})
    assert_equal(dataset.test, test)
    assert any(note.startswith("d.zip (test): the digits were stored with rows and columns") for note in made.notes)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_digits_in_two_orientations_in_one_array_are_stored_as_they_are_and_said(
    share: float, imported: Import, digits: Digits
) -> None:
    images = digits.images.copy()
    sideways = np.random.default_rng(2).random(len(images)) < share
    images[sideways] = images[sideways].transpose(0, 2, 1)
    dataset, made = imported({"a.npz": npz_bytes(x=images, y=digits.labels)})
    assert_same_digits(dataset, Digits(images=images, labels=digits.labels))
    said = any(", others not" in note for note in made.notes)
    assert said == (share > 0)
