"""The collection as a data set, which every page and command finds by its name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from mnist_core.data.collected.store import collection_file, read_collection
from mnist_core.data.dataset import SplitName
from mnist_core.data.sources.known import Source
from mnist_core.data.sources.layouts import Splits
from mnist_core.errors import DatasetError

NAME, TITLE = "my-handwriting", "My handwriting"


def collected_sources(folder: Path) -> tuple[Source, ...]:
    """The source of the collection, once both of its splits have a digit; else none."""
    path = collection_file(folder)
    if not path.is_file():
        return ()
    with suppress(DatasetError):  # a damaged one is listed, with what is wrong
        if len(set(read_collection(folder).is_test.tolist())) < len(SplitName):
            return ()
    source = Source(
        name=NAME,
        title=TITLE,
        licence="that of the writers",
        source="written on the page Draw",
        locate=lambda _: (path,) if path.is_file() else (),
        read=_read,
    )
    return (source,)


def _read(files: tuple[Path, ...]) -> Splits:
    found = read_collection(files[0].parents[1])
    return found.split(is_test=False), found.split(is_test=True)
