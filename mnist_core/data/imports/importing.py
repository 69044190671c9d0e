"""The import of files as a data set that `load_dataset` finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_core import environment
from mnist_core.data.dataset import N_CLASSES, Split, content_sha256
from mnist_core.data.imports.csv_table import read_csv_upload
from mnist_core.data.imports.idx_files import read_idx_uploads
from mnist_core.data.imports.npz_arrays import read_npz_upload
from mnist_core.data.imports.picture_zip import read_zip_upload
from mnist_core.data.imports.store import check_name, clean_text, save_imported
from mnist_core.data.imports.uploads import MAX_UPLOAD_BYTES, Reading, Upload
from mnist_core.data.sources.idx import GZIP_MAGIC
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ConfigError, DatasetError

TEST_FRACTION = 0.2
ZIP_MAGIC = b"PK"
IDX_MAGIC = b"\x00\x00"


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """The result of an import.

    Attributes:
        notes: sentences on the changes to the images.
    """

    name: str
    sha256: str
    train_images: int
    test_images: int
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelling:
    """A person's description of an imported data set.

    Attributes:
        name: its name in commands: 1 to 40 lower-case letters, digits, `-` and `_`.
        title, source, licence: free text; empty means the name, the name of the file, "not stated".
    """

    name: str
    title: str = ""
    source: str = ""
    licence: str = ""


def import_dataset(
    uploads: Sequence[Upload],
    labelling: Labelling,
    *,
    folder: Path | None = None,
    test_fraction: float = TEST_FRACTION,
    seed: int = 0,
) -> Imported:
    """Read the uploads and store them as a data set; nothing is stored unless all of it can be read.

    Args:
        uploads: one npz, CSV or zip file, or two or four IDX files.
        folder: of the data sets; None for the default.
        test_fraction, seed: of the stratified test split, if the files have none.

    Raises:
        DatasetError: a file cannot be read or the name cannot be used; names the file and the reason.
        ConfigError: `test_fraction` is not above 0 and below 1.
    """
    name = check_name(labelling.name)
    if not 0 < test_fraction < 1:
        raise ConfigError.invalid("test_fraction", expected="a number above 0 and below 1", received=test_fraction)
    reading = read_uploads(uploads)
    train, test, notes = _splits(reading, test_fraction, seed)
    about = {
        "name": name,
        "title": clean_text(labelling.title, name),
        "source": clean_text(labelling.source, ", ".join(upload.title for upload in uploads)),
        "licence": clean_text(labelling.licence, "not stated"),
    }
    save_imported(folder or environment.data_folder(), about, train, test)
    return Imported(
        name=name,
        sha256=content_sha256(train, test),
        train_images=len(train),
        test_images=len(test),
        notes=notes + _class_notes(train, test),
    )


def read_uploads(uploads: Sequence[Upload]) -> Reading:
    """The images in the uploads; the kind of each file is recognised by its content.

    Raises:
        DatasetError: a file is empty, too large, of no known kind, or cannot be read.
    """
    if not uploads:
        raise DatasetError("There is no file to import. Expected at least one.")
    for upload in uploads:
        if not upload.data:
            raise DatasetError(f"{upload.title} is empty.")
        if len(upload.data) > MAX_UPLOAD_BYTES:
            raise DatasetError(f"{upload.title} is too large. Expected at most {MAX_UPLOAD_BYTES:,} bytes.")
    if len(uploads) > 1 or _is_idx(uploads[0]):
        return read_idx_uploads(uploads)
    return _read_one(uploads[0])


def _read_one(upload: Upload) -> Reading:
    name = upload.name.lower()
    if name.endswith(".npz"):
        return read_npz_upload(upload)
    if upload.data.startswith(ZIP_MAGIC) or name.endswith(".zip"):
        return read_zip_upload(upload)
    if name.endswith((".csv", ".csv.gz", ".txt", ".tsv")):
        return read_csv_upload(upload)
    raise DatasetError(f"{upload.title} is of no known kind. Expected IDX files, .npz, .csv, or a .zip of pictures.")


def _is_idx(upload: Upload) -> bool:
    is_named = "ubyte" in upload.name.lower() or upload.name.lower().endswith((".idx", ".idx.gz"))
    return is_named or upload.data.startswith(IDX_MAGIC) and not upload.data.startswith(GZIP_MAGIC)


def _splits(reading: Reading, test_fraction: float, seed: int) -> tuple[Split, Split, tuple[str, ...]]:
    if reading.test is not None:
        return reading.images, reading.test, reading.notes
    n = len(reading.images)
    if n < 2:
        raise DatasetError(
            f"There are too few images. Expected at least 2, one of them for the test split. Received: {n}."
        )
    n_test = min(max(1, round(test_fraction * n)), n - 1)
    test, train = stratified_parts(reading.images.labels, n_test, seed=seed)
    note = f"{n_test:,} of {n:,} images became the test split."
    return reading.images.take(train), reading.images.take(test), (*reading.notes, note)


def _class_notes(train: Split, test: Split) -> tuple[str, ...]:
    present = np.unique(np.concatenate([train.labels, test.labels]))
    if len(present) == N_CLASSES:
        return ()
    if len(present) == 1:
        return (f"Every image has the label {present[0]}.",)
    missing = sorted(set(range(N_CLASSES)) - set(present.tolist()))
    return (f"No image has the label {', '.join(map(str, missing))}.",)
