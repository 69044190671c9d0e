"""Imported data sets for tests that need one: stored as an import stores them."""

from __future__ import annotations

from pathlib import Path

from mnist_core.data.dataset import Split
from mnist_core.data.imports.draft_folders import discard_draft, new_draft_folder
from mnist_core.data.imports.store import keep_folder, write_images


def save_imported(folder: Path, about: dict[str, str], train: Split, test: Split) -> None:
    """Store a data set under `about["name"]`."""
    draft = new_draft_folder(folder)
    try:
        place = draft / "set"
        place.mkdir()
        write_images(place, train, test)
        keep_folder(folder, place, about)
    finally:
        discard_draft(draft)
