"""What was read from the files of a draft, and what is stored of it after the decisions.

`base.npz` and `base.json` in the folder of a draft hold what was read, `set/` and `result.json` what would be stored. A
change of a decision starts from the base, without reading the files again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, Indices, Split, UInt8Array, content_sha256
from mnist_core.data.imports.decisions import Decisions, LabelColumn
from mnist_core.data.imports.recognising.orientation import Orientation, turned
from mnist_core.data.imports.store import write_images
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import DatasetError
from mnist_core.files import write_arrays, write_json

BAD_INPUT = 2
RESULT, EXAMPLES, SET = "result.json", "examples.npz", "set"
BASE, BASE_FACTS = "base.npz", "base.json"
EXAMPLES_PER_CLASS = 10


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """The images in the files of an import, scaled to bytes of 28 x 28 pixels, but neither turned nor inverted.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: uint8 (N,).
        is_test: bool (N,), which images are of the test split; None if the files do not tell.
        orientation: how the digits are stored.
        is_background_light: whether the ink is darker than the background.
        label_column, label_columns: the column of a table that was taken for the labels, and all that could be.
        guessed_label_column: the column that a look at the table gives; None if several could be it.
        notes: sentences on what was changed, left out, paired and joined.
    """

    images: UInt8Array
    labels: UInt8Array
    is_test: NDArray[np.bool_] | None = None
    orientation: Orientation = Orientation.UPRIGHT
    is_background_light: bool = False
    label_column: int | None = None
    label_columns: tuple[LabelColumn, ...] = ()
    guessed_label_column: int | None = None
    notes: tuple[str, ...] = ()


def write_base(place: Path, reading: Reading) -> None:
    """Keep what was read."""
    arrays: dict[str, np.ndarray] = {"images": reading.images, "labels": reading.labels}
    if reading.is_test is not None:
        arrays["is_test"] = reading.is_test
    write_arrays(place / BASE, arrays)
    facts = {
        "orientation": reading.orientation.value,
        "is_background_light": reading.is_background_light,
        "label_column": reading.label_column,
        "label_columns": [asdict(column) for column in reading.label_columns],
        "guessed_label_column": reading.guessed_label_column,
        "notes": reading.notes,
    }
    write_json(place / BASE_FACTS, facts)


def read_base(place: Path, label_column: int | None) -> Reading | None:
    """What was read before with the same column of labels; None if there is nothing."""
    try:
        facts = json.loads((place / BASE_FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if facts["label_column"] != (facts["guessed_label_column"] if label_column is None else label_column):
        return None
    with np.load(place / BASE, allow_pickle=False) as arrays:
        is_test = arrays["is_test"] if "is_test" in arrays.files else None
        return Reading(
            images=arrays["images"],
            labels=arrays["labels"],
            is_test=is_test,
            orientation=Orientation(facts["orientation"]),
            is_background_light=facts["is_background_light"],
            label_column=facts["label_column"],
            label_columns=tuple(LabelColumn(**column) for column in facts["label_columns"]),
            guessed_label_column=facts["guessed_label_column"],
            notes=tuple(facts["notes"]),
        )


def write_result(
    place: Path, reading: Reading, decisions: Decisions, *, test_fraction: float, seed: int, source: str
) -> None:
    """Write what would be stored: `set/`, the examples, and `result.json`.

    Raises:
        DatasetError: there are too few images.
    """
    guessed = Decisions(
        turned=reading.orientation is not Orientation.UPRIGHT,
        inverted=reading.is_background_light,
        label_column=reading.guessed_label_column,
    )
    applied = _filled(decisions, guessed, reading.label_column)
    images, notes = _decided(reading, applied, guessed)
    train_rows, test_rows, split_notes = _split_rows(reading, test_fraction, seed)
    train, test = (Split(images=images[rows], labels=reading.labels[rows]) for rows in (train_rows, test_rows))
    (place / SET).mkdir(exist_ok=True)
    write_images(place / SET, train, test)
    examples = example_rows(reading.labels)
    write_arrays(place / EXAMPLES, {"images": images[examples], "labels": reading.labels[examples]})
    result = {
        "decisions": asdict(applied),
        "guessed": asdict(guessed),
        "label_columns": [asdict(column) for column in reading.label_columns],
        "train_counts": np.bincount(train.labels, minlength=N_CLASSES).tolist(),
        "test_counts": np.bincount(test.labels, minlength=N_CLASSES).tolist(),
        "has_test_split": reading.is_test is not None,
        "notes": [*reading.notes, *notes, *split_notes, *class_notes(reading)],
        "sha256": content_sha256(train, test),
        "source": source,
    }
    write_json(place / RESULT, result)


def _filled(decisions: Decisions, guessed: Decisions, label_column: int | None) -> Decisions:
    """The decisions, with what the files show where a person left it open, and the column that was read."""
    return Decisions(
        turned=guessed.turned if decisions.turned is None else decisions.turned,
        inverted=guessed.inverted if decisions.inverted is None else decisions.inverted,
        label_column=label_column,
    )


def _decided(reading: Reading, applied: Decisions, guessed: Decisions) -> tuple[UInt8Array, tuple[str, ...]]:
    images, notes = reading.images, []
    if applied.turned:
        images = turned(images, reading.orientation if guessed.turned else Orientation.SWAPPED)
        change = f"{reading.orientation.change}, as the digits show." if guessed.turned else ""
        notes.append(change or "Rows and columns were swapped, as chosen.")
    elif guessed.turned:
        notes.append(f"Left as stored, as chosen, although the digits are {reading.orientation.words}.")
    if applied.inverted:
        images = 255 - images
        reason = "because the digits were dark on a light background" if guessed.inverted else "as chosen"
        notes.append(f"Inverted, {reason}.")
    elif guessed.inverted:
        notes.append("Not inverted, as chosen, although the digits are dark on a light background.")
    return images, tuple(notes)


def _split_rows(reading: Reading, test_fraction: float, seed: int) -> tuple[Indices, Indices, tuple[str, ...]]:
    if reading.is_test is not None:
        return np.flatnonzero(~reading.is_test), np.flatnonzero(reading.is_test), ()
    n = len(reading.labels)
    if n < 2:
        raise DatasetError(
            f"There are too few images. Expected at least 2, one of them for the test split. Received: {n}."
        )
    n_test = min(max(1, round(test_fraction * n)), n - 1)
    test, train = stratified_parts(reading.labels, n_test, seed=seed)
    return train, test, (f"{n_test:,} of {n:,} images became the test split.",)


def example_rows(labels: UInt8Array) -> Indices:
    """Row numbers of the first images of each class, class by class."""
    return np.concatenate([np.flatnonzero(labels == label)[:EXAMPLES_PER_CLASS] for label in range(N_CLASSES)])


def class_notes(reading: Reading) -> tuple[str, ...]:
    """A sentence if a class has no image."""
    present = np.unique(reading.labels)
    if len(present) == N_CLASSES:
        return ()
    if len(present) == 1:
        return (f"Every image has the label {present[0]}.",)
    missing = sorted(set(range(N_CLASSES)) - set(present.tolist()))
    return (f"No image has the label {', '.join(map(str, missing))}.",)
