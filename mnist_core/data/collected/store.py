"""The collection on disk: `<data folder>/handwriting/digits.npz`, one file that is replaced as a whole under a lock.

Every change reads the file, changes what it read and replaces it, so two tabs that save at once both keep their digit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from mnist_core.data.changing import changing
from mnist_core.data.collected.collection import MAX_WRITER, Collection, empty_collection, joined
from mnist_core.data.dataset import N_CLASSES, SIDE, UInt8Array
from mnist_core.data.imports.store import clean_text
from mnist_core.data.sources.npz import read_npz
from mnist_core.errors import DatasetError, shown
from mnist_core.files import write_arrays

SCHEMA = 1
FOLDER, FILE, LOCK = "handwriting", "digits.npz", "lock"
MAX_DIGITS = 5_000
MAX_WRITERS = 50
MAX_BYTES = 20_000_000


def collection_file(folder: Path) -> Path:
    """Where the collection is in a folder of data sets, whether there is one or not."""
    return folder / FOLDER / FILE


def read_collection(folder: Path) -> Collection:
    """The digits in the folder of data sets; none if nobody has written any.

    Raises:
        DatasetError: the file is damaged.
    """
    return _read(collection_file(folder))[0]


def add_digit(folder: Path, image: UInt8Array, label: int, writer: str) -> int:
    """Save one digit, uint8 (28, 28); returns its id.

    Raises:
        DatasetError: it has no ink, the label or the name is not valid, the collection is full, or nothing can be
            written.
    """
    name = check_writer(writer)
    if image.shape != (SIDE, SIDE) or image.dtype != np.uint8 or not image.any():
        raise DatasetError("The drawing cannot be saved: it is empty. Expected a digit.")
    if not 0 <= label < N_CLASSES:
        raise DatasetError(f"A label is out of range. Expected 0 to {N_CLASSES - 1}. Received: {shown(label)}.")
    with _changing(folder) as path:
        found, next_id = _read(path)
        _check_room(found, name)
        new = Collection(
            images=image[np.newaxis],
            labels=np.array([label], np.uint8),
            writers=(name,),
            ids=np.array([next_id], np.int64),
            is_test=np.array([_is_for_test(found, label)]),
        )
        _write(path, joined(found, new), next_id + 1)
    return next_id


def remove_digits(folder: Path, ids: Sequence[int]) -> Collection:
    """Delete digits; returns those that were deleted, for `restore_digits`.

    Raises:
        DatasetError: the file is damaged, or nothing can be written.
    """
    with _changing(folder) as path:
        found, next_id = _read(path)
        is_gone = np.isin(found.ids, np.asarray(ids, np.int64))
        _write(path, found.take(np.flatnonzero(~is_gone)), next_id)
    return found.take(np.flatnonzero(is_gone))


def restore_digits(folder: Path, removed: Collection) -> None:
    """Put back what `remove_digits` returned; those that are there again already stay as they are.

    Raises:
        DatasetError: the file is damaged, or nothing can be written.
    """
    with _changing(folder) as path:
        found, next_id = _read(path)
        missing = removed.take(np.flatnonzero(~np.isin(removed.ids, found.ids)))
        next_id = max([next_id, *(int(number) + 1 for number in missing.ids)])
        _write(path, joined(found, missing), next_id)


def relabel_digit(folder: Path, digit_id: int, label: int) -> None:
    """Give a digit another label; nothing happens if it is not there any more.

    Raises:
        DatasetError: the label is not valid, the file is damaged, or nothing can be written.
    """
    if not 0 <= label < N_CLASSES:
        raise DatasetError(f"A label is out of range. Expected 0 to {N_CLASSES - 1}. Received: {shown(label)}.")
    with _changing(folder) as path:
        found, next_id = _read(path)
        labels = np.where(found.ids == digit_id, np.uint8(label), found.labels).astype(np.uint8)
        changed = Collection(
            images=found.images, labels=labels, writers=found.writers, ids=found.ids, is_test=found.is_test
        )
        _write(path, changed, next_id)


def check_writer(name: str) -> str:
    """The name of a writer on one line, without invisible characters.

    Raises:
        DatasetError: nothing is left of it, or it is too long.
    """
    clean = clean_text(name, "")
    if not clean or len(clean) > MAX_WRITER:
        raise DatasetError(
            f"The name of the writer cannot be used. Expected 1 to {MAX_WRITER} characters. Received: {shown(name)}."
        )
    return clean


def _check_room(found: Collection, writer: str) -> None:
    if len(found) >= MAX_DIGITS:
        raise DatasetError(f"The collection is full. Expected at most {MAX_DIGITS:,} digits. Delete some first.")
    writers = found.known_writers()
    if writer not in writers and len(writers) >= MAX_WRITERS:
        raise DatasetError(f"There are too many writers. Expected at most {MAX_WRITERS}.")


def _is_for_test(found: Collection, label: int) -> bool:
    """The split of a new digit: that which has fewer of its label; of equal ones the even labels start with test."""
    of_label = found.is_test[found.labels == label]
    n_test = int(of_label.sum())
    n_train = len(of_label) - n_test
    return n_test < n_train or (n_test == n_train and label % 2 == 0)


def _changing(folder: Path) -> AbstractContextManager[Path]:
    return changing(folder, collection_file(folder), lock=LOCK, what="The digits")


def _read(path: Path) -> tuple[Collection, int]:
    """The digits and the next id."""
    if not path.is_file():
        return empty_collection(), 1
    arrays = read_npz(path, max_bytes=MAX_BYTES)
    try:
        about = json.loads(arrays["about"].tobytes())
        names = [clean_text(str(name), "unknown")[:MAX_WRITER] for name in about["writers"]]
        found = Collection(
            images=arrays["images"],
            labels=arrays["labels"],
            writers=tuple(names[code] for code in arrays["writer"]),
            ids=arrays["ids"].astype(np.int64),
            is_test=arrays["is_test"].astype(np.bool_),
        )
        for is_test in (True, False):
            found.split(is_test=is_test)  # checks shapes, types and labels
        if len({len(found), len(found.images), len(found.writers), len(found.ids), len(found.is_test)}) != 1:
            raise ValueError("its arrays differ in length")
        return found, max([int(about["next_id"]), *(found.ids + 1).tolist()])
    except (KeyError, IndexError, TypeError, ValueError, DatasetError) as error:
        raise DatasetError(f"The collection of handwriting is damaged: {shown(str(error))}.") from error


def _write(path: Path, found: Collection, next_id: int) -> None:
    names = found.known_writers()
    codes = {name: code for code, name in enumerate(names)}
    about = json.dumps({"schema": SCHEMA, "next_id": next_id, "writers": names}).encode()
    arrays: dict[str, np.ndarray] = {
        "images": found.images,
        "labels": found.labels,
        "writer": np.array([codes[name] for name in found.writers], np.int64),
        "ids": found.ids,
        "is_test": found.is_test.astype(np.uint8),
        "about": np.frombuffer(about, np.uint8),
    }
    write_arrays(path, arrays)
