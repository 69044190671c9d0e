"""Files of an import that hold no images: refused where they should hold some, else left out and named."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_core.data.imports.files.file_kinds import DATA, EXPECTED, PICTURES, Kind, explanation, is_named_data
from mnist_core.data.imports.files.unpacking import Item
from mnist_core.data.imports.limits import MAX_NAMED
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed, word_for


def check_other_files(items: Sequence[Item]) -> tuple[str, ...]:
    """Notes on the files that hold no images.

    Raises:
        DatasetError: nothing else is there, or such a file was given by itself or has the name of one with images.
    """
    for item in items:
        if item.kind in PICTURES and not item.upload.archive and is_named_data(item.upload.name):
            raise DatasetError(explanation(item.upload, item.kind))
    others = [item for item in items if item.kind not in PICTURES | DATA]
    promising = [item for item in others if not item.upload.archive or is_named_data(item.upload.name)]
    refused = [item for item in promising if item.kind is not Kind.TEXT]
    if len(others) == len(items):
        refused += promising + [item for item in others if item.kind is not Kind.TEXT]
    if refused:
        raise DatasetError(explanation(refused[0].upload, refused[0].kind))
    if len(others) == len(items):
        received = _named(others) or "nothing"
        raise DatasetError(f"There are no images in the files. Expected {EXPECTED}. Received: {received}.")
    return (left_out_note(others),) if others else ()


def left_out_note(items: Sequence[Item]) -> str:
    """The sentence on files that are left out because they hold no images."""
    verb = word_for(len(items), "was", "were")
    return f"{counted(len(items), 'file')} without images {verb} left out: {_named(items)}."


def _named(items: Sequence[Item]) -> str:
    return listed([f"{item.upload.path} ({item.kind.words})" for item in items], MAX_NAMED)
