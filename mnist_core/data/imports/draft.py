"""A draft: what an import would store, and how a person describes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.data.dataset import Split
from mnist_core.data.imports.decisions import Decisions, LabelColumn
from mnist_core.data.imports.results import EXAMPLES, RESULT
from mnist_core.data.sources.npz import read_npz
from mnist_core.errors import DatasetError


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelling:
    """A person's description of an imported data set.

    Attributes:
        name: its name in commands: 1 to 40 lower-case letters, digits, `-` and `_`.
        title, source, licence: free text; empty means the name, the names of the files, "not stated".
    """

    name: str
    title: str = ""
    source: str = ""
    licence: str = ""


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Draft:
    """What would be stored.

    Attributes:
        folder: of the draft.
        decisions: as applied; `label_column` is None unless the files are a table.
        guessed: what the files show.
        label_columns: columns of the table that may hold the labels, the chosen one among them; empty without a table.
        train_counts, test_counts: images of each class, ten numbers each.
        has_test_split: whether the files tell which images are for the test.
        notes: sentences on what was changed, left out, clipped, paired and split.
        examples: up to ten images of each class as they would be stored, in the order of the classes.
        sha256: of the content, see `content_sha256`.
        source: the names of the files.
    """

    folder: Path
    decisions: Decisions
    guessed: Decisions
    label_columns: tuple[LabelColumn, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    has_test_split: bool
    notes: tuple[str, ...]
    examples: Split
    sha256: str
    source: str


def loaded_draft(draft_folder: Path) -> Draft:
    """What the last reading of a draft left in its folder."""
    result = draft_result(draft_folder)
    arrays = read_npz(draft_folder / EXAMPLES)
    return Draft(
        folder=draft_folder,
        decisions=Decisions(**result["decisions"]),
        guessed=Decisions(**result["guessed"]),
        label_columns=tuple(LabelColumn(**column) for column in result["label_columns"]),
        train_counts=tuple(result["train_counts"]),
        test_counts=tuple(result["test_counts"]),
        has_test_split=result["has_test_split"],
        notes=tuple(result["notes"]),
        examples=Split(images=arrays["images"], labels=arrays["labels"]),
        sha256=result["sha256"],
        source=result["source"],
    )


def draft_result(draft_folder: Path) -> dict[str, Any]:
    """The document that the last reading of a draft wrote.

    Raises:
        DatasetError: the draft is gone.
    """
    try:
        result: dict[str, Any] = json.loads((draft_folder / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError("The files of this import are gone. Choose them again.") from error
    return result
