"""Reads the files of an import, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_core.data.imports.decisions import Decisions
from mnist_core.data.imports.old import read_uploads
from mnist_core.data.imports.results import read_base, write_base, write_result
from mnist_core.data.imports.uploads import Reading, Upload


def write_reading(
    place: Path, uploads: Sequence[Upload], decisions: Decisions, *, test_fraction: float, seed: int
) -> None:
    """Read files, or what was read of them before, and write into a draft what would be stored of them."""
    reading = read_base(place, decisions.label_column)
    if reading is None:
        reading = read_files(uploads, decisions.label_column)
        write_base(place, reading)
    names = [upload.title for upload in uploads]
    write_result(place, reading, decisions, test_fraction=test_fraction, seed=seed, names=names)


def read_files(uploads: Sequence[Upload], label_column: int | None = None) -> Reading:
    old = read_uploads(uploads)
    if old.test is None:
        return Reading(images=old.images.images, labels=old.images.labels, notes=old.notes)
    return Reading(
        images=np.concatenate([old.images.images, old.test.images]),
        labels=np.concatenate([old.images.labels, old.test.labels]),
        is_test=np.arange(len(old.images) + len(old.test)) >= len(old.images),
        notes=old.notes,
    )
