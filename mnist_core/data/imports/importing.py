"""The import of files as a data set that `load_dataset` finds, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnist_core import environment
from mnist_core.data.imports.decisions import TEST_FRACTION, Decisions, check_test_fraction
from mnist_core.data.imports.draft import Imported, Labelling, loaded_draft
from mnist_core.data.imports.draft_folders import discard_draft, new_draft_folder
from mnist_core.data.imports.drafts import keep_draft
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import write_reading
from mnist_core.data.imports.store import check_name


def import_dataset(
    uploads: Sequence[Upload],
    labelling: Labelling,
    *,
    decisions: Decisions = Decisions(),  # noqa: B008, a frozen value
    folder: Path | None = None,
    test_fraction: float = TEST_FRACTION,
    seed: int = 0,
) -> Imported:
    """Read files and store them as a data set; nothing is stored unless all of it can be read.

    For files that may be hostile there is `drafts`, which reads them in another process.

    Args:
        folder: of the data sets; None for the default.
        test_fraction, seed: of the stratified test split, if the files have none.

    Raises:
        DatasetError: a file cannot be read or the name cannot be used; names the file and the reason.
        ConfigError: `test_fraction` is not above 0 and below 1.
    """
    check_name(labelling.name)
    check_test_fraction(test_fraction)
    place = new_draft_folder(folder or environment.data_folder())
    try:
        write_reading(place, uploads, decisions, test_fraction=test_fraction, seed=seed)
        return keep_draft(loaded_draft(place), labelling)
    finally:
        discard_draft(place)
