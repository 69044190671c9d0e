"""Drafts: what an import would store, shown to a person before it is kept.

A draft is a folder `<data folder>/imported/.draft-<random>` with copies of the files and what was read from them. The
files come from anyone, so they are read in a child process with limited memory and time (`read_draft_files`): a
hostile file costs only that process. A draft is gone after it was kept or discarded, after its first reading failed or
was cancelled without a question, and, once another draft is opened or `sweep_drafts` is called, after its process was
killed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from mnist_core import processes
from mnist_core.data.imports.decisions import (
    TEST_FRACTION,
    Decisions,
    LabelColumn,
    LabelColumnError,
    check_test_fraction,
)
from mnist_core.data.imports.draft import Draft, Imported, Labelling, draft_result, loaded_draft
from mnist_core.data.imports.draft_folders import discard_draft, new_draft_folder, sweep_drafts
from mnist_core.data.imports.files.uploads import short_name
from mnist_core.data.imports.limits import MAX_FILES, MAX_IMPORT_BYTES, MAX_SECONDS
from mnist_core.data.imports.results import BAD_INPUT, RESULT, SET
from mnist_core.data.imports.store import clean_text, keep_folder
from mnist_core.data.sources.catalogue import remember_dataset
from mnist_core.errors import DatasetError
from mnist_core.files import write_json

__all__ = [
    "Decisions", "Draft", "Imported", "LabelColumn", "LabelColumnError", "Labelling", "discard_draft", "keep_draft",
    "open_draft", "read_draft", "sweep_drafts",
]  # fmt: skip

FILES, NAMES = "files", "names.json"
CHUNK = 1 << 20
PROGRAM = "mnist_core.data.imports.read_draft_files"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def open_draft(data_folder: Path, files: Sequence[tuple[str, BinaryIO | Path]]) -> Path:
    """Copy files into a new draft, a part at a time. Their names are only ever shown, never used as paths.

    Raises:
        DatasetError: there is no file, there are too many or too large ones, or they cannot be stored.
    """
    if not files:
        raise DatasetError("There is no file to import. Expected at least one.")
    if len(files) > MAX_FILES:
        raise DatasetError(f"There are too many files. Expected at most {MAX_FILES:,}. Received: {len(files):,}.")
    draft_folder = new_draft_folder(data_folder)
    try:
        _copy_all(files, draft_folder)
    except OSError as error:
        discard_draft(draft_folder)
        raise DatasetError(f"The files cannot be stored: {error.strerror or error}.") from error
    except BaseException:
        discard_draft(draft_folder)
        raise
    return draft_folder


def read_draft(
    draft_folder: Path,
    decisions: Decisions = Decisions(),  # noqa: B008, a frozen value
    *,
    test_fraction: float = TEST_FRACTION,
    seed: int = 0,
    is_cancelled: Callable[[], bool] | None = None,
) -> Draft:
    """What the files of a draft hold, read in a child process.

    A second call with other decisions is quick. If the first call fails or is cancelled, the draft is discarded: the
    same files would fail again. It stays if a person has chosen the column of the labels, who may choose another one.

    Args:
        test_fraction, seed: of the stratified test split, if the files have none.
        is_cancelled: called a few times a second; once true, the process is ended.

    Raises:
        LabelColumnError: a person has to choose the column of the labels; the draft stays.
        DatasetError: a file cannot be read; or cancelled, or over the limits of time and memory.
        ConfigError: `test_fraction` is not above 0 and below 1.
    """
    check_test_fraction(test_fraction)
    is_first = decisions.label_column is None and not (draft_folder / RESULT).is_file()
    try:
        _read_in_child(draft_folder, decisions, test_fraction, seed, is_cancelled or (lambda: False))
        return loaded_draft(draft_folder)
    except LabelColumnError:
        raise
    except BaseException:
        if is_first:
            discard_draft(draft_folder)
        raise


def keep_draft(draft: Draft, labelling: Labelling) -> Imported:
    """Store a draft as a data set; the draft is gone afterwards.

    Raises:
        DatasetError: the name cannot be used or is taken (the draft stays), or the draft has been read again with
            other decisions, or is gone.
    """
    about = {
        "name": labelling.name,
        "title": clean_text(labelling.title, labelling.name),
        "source": clean_text(labelling.source, draft.source),
        "licence": clean_text(labelling.licence, "not stated"),
    }
    if draft_result(draft.folder)["sha256"] != draft.sha256:
        raise DatasetError("The files were read again with other choices. Look at the result, then import it.")
    data_folder = draft.folder.parents[1]
    keep_folder(data_folder, draft.folder / SET, about)
    discard_draft(draft.folder)
    n_train, n_test = sum(draft.train_counts), sum(draft.test_counts)
    remember_dataset(labelling.name, data_folder, sha256=draft.sha256, sizes=(n_train, n_test))
    return Imported(
        name=labelling.name, sha256=draft.sha256, train_images=n_train, test_images=n_test, notes=draft.notes
    )


def _copy_all(files: Sequence[tuple[str, BinaryIO | Path]], draft_folder: Path) -> None:
    (draft_folder / FILES).mkdir()
    left = MAX_IMPORT_BYTES
    for number, (name, file) in enumerate(files):
        target = draft_folder / FILES / str(number)
        if isinstance(file, Path):
            with file.open("rb") as stream:
                left = _copy(stream, target, left, name)
        else:
            file.seek(0)
            left = _copy(file, target, left, name)
    write_json(draft_folder / NAMES, [name for name, _ in files])


def _copy(stream: BinaryIO, target: Path, left: int, name: str) -> int:
    """Copy a stream; returns how many of the bytes that are left for all files are left then."""
    with target.open("wb") as output:
        while chunk := stream.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise DatasetError(
                    f"{short_name(name) or 'The file'} is too large. Expected at most {MAX_IMPORT_BYTES:,} bytes "
                    "in all files together."
                )
            output.write(chunk)
    return left


def _read_in_child(
    draft_folder: Path, decisions: Decisions, test_fraction: float, seed: int, is_cancelled: Callable[[], bool]
) -> None:
    if not (draft_folder / NAMES).is_file():
        raise DatasetError("The files of this import are gone. Choose them again.")
    os.utime(draft_folder)
    deadline = time.monotonic() + MAX_SECONDS
    said: list[str] = []
    request = {"decisions": asdict(decisions), "test_fraction": test_fraction, "seed": seed}
    ended = processes.follow(
        PROGRAM,
        str(draft_folder),
        json.dumps(request),
        hear=said.append,
        is_cancelled=lambda: is_cancelled() or time.monotonic() > deadline,
        variables=ONE_THREAD,
    )
    if ended.code == 0:
        return
    if is_cancelled():
        raise DatasetError("The import was cancelled.")
    if ended.is_cancelled:
        raise DatasetError(f"Reading the files took more than {MAX_SECONDS:.0f} seconds. Expected fewer images.")
    if ended.code == BAD_INPUT and said:
        raise _told(said[-1])
    raise DatasetError(
        f"The files could not be read: the process that read them ended with code {ended.code}. "
        "They may be damaged, or need too much memory."
    )


def _told(line: str) -> DatasetError:
    """The error that the child process reported."""
    report = json.loads(line)
    columns = tuple(LabelColumn(**column) for column in report["label_columns"])
    return LabelColumnError(report["problem"], columns) if columns else DatasetError(report["problem"])
