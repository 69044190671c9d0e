"""The storage of imported data sets: `<data folder>/imported/<name>/` with `images.npz` and `about.json`."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

from mnist_core.data.dataset import Split
from mnist_core.data.sources.known import SOURCES, Source
from mnist_core.data.sources.layouts import read_npz_file, write_npz_file
from mnist_core.errors import DatasetError, DatasetNotFoundError, shown
from mnist_core.files import sync, write_json

SCHEMA = 1
FOLDER = "imported"
IMAGES, ABOUT = "images.npz", "about.json"
MAX_ABOUT_BYTES = 10_000
MAX_TEXT = 80
MAX_NAME = 40
NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{MAX_NAME - 1}}}")
DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # folders that Windows cannot have
RESERVED = ("cache", FOLDER, "handwriting", "my-handwriting", "label-review")
"""Folders that have another use, and the data set of collected digits."""


def imported_sources(folder: Path) -> tuple[Source, ...]:
    """A source for each imported data set in the folder of data sets, sorted by name; links are not followed."""
    root = folder / FOLDER
    try:
        places = sorted(path for path in root.iterdir() if NAME.fullmatch(path.name))
        return tuple(_source(path) for path in places if path.is_dir() and not path.is_symlink())
    except OSError:
        return ()


def write_images(place: Path, train: Split, test: Split) -> None:
    """Write the images of a data set into a folder, for `keep_folder`."""
    with (place / IMAGES).open("wb") as stream:
        write_npz_file(stream, train, test)


def keep_folder(folder: Path, place: Path, about: dict[str, str]) -> None:
    """Make a folder that holds images, in the file system of `folder`, a data set: describe and rename it.

    Raises:
        DatasetError: the name cannot be used or is taken, or the folder cannot be renamed.
    """
    name = check_name(about["name"])
    target = folder / FOLDER / name
    if _is_taken(name, folder):
        raise DatasetError(f"There is already a data set called {name}. Expected a new name.")
    try:
        write_json(place / ABOUT, {"schema": SCHEMA, **about})
        place.chmod(0o755)  # folders for temporary files can only be opened by their owner
        place.rename(target)
        sync(target.parent)
    except OSError as error:
        raise DatasetError(f"The data set {name} cannot be stored: {error.strerror or error}.") from error


def remove_imported(folder: Path, name: str) -> None:
    """Delete an imported data set.

    Raises:
        DatasetNotFoundError: none was imported under that name.
    """
    if name not in [source.name for source in imported_sources(folder)]:
        raise DatasetNotFoundError(f"There is no imported data set called {shown(name)}.")
    shutil.rmtree(folder / FOLDER / name)


def check_name(name: str) -> str:
    """`name` if it is valid for a data set.

    Raises:
        DatasetError: it is not 1 to `MAX_NAME` lower-case letters, digits, `-` and `_`, or it is reserved.
    """
    if not NAME.fullmatch(name):
        raise DatasetError(
            f"The name cannot be used. Expected 1 to {MAX_NAME} lower-case letters, digits, - and _. "
            f"Received: {shown(name)}."
        )
    if _is_reserved(name):
        raise DatasetError(f"The name cannot be used: {name} is reserved. Expected another name.")
    return name


def suggested_name(file_name: str, folder: Path) -> str:
    """A free name for a data set, from the name of its first file: digits, digits-2 and so on; my-mnist for mnist."""
    stem = re.sub(r"[^a-z0-9_-]+", "-", file_name.lower().split(".")[0])[:30].strip("-_") or "my-digits"
    name = f"my-{stem}" if _is_reserved(stem) else stem
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next((name for name in names if not _is_taken(name, folder)), name)


def _is_reserved(name: str) -> bool:
    return name in SOURCES or name in RESERVED or DEVICES.fullmatch(name) is not None


def _is_taken(name: str, folder: Path) -> bool:
    return (folder / FOLDER / name).exists() or (folder / name).exists()


def clean_text(text: str, default: str) -> str:
    """A person's text on one line of at most 80 characters, without control and direction marks; or `default`."""
    visible = "".join(" " if character.isspace() else character for character in text[: 20 * MAX_TEXT])
    visible = "".join(
        c for c in visible if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") or c == "\u200d"
    )
    return " ".join(visible.split())[:MAX_TEXT].strip() or default


def _source(place: Path) -> Source:
    about = _read_about(place / ABOUT)
    return Source(
        name=place.name,
        title=clean_text(str(about.get("title", "")), place.name),
        licence=clean_text(str(about.get("licence", "")), "not stated"),
        source=clean_text(str(about.get("source", "")), "imported"),
        locate=lambda _: (place / IMAGES,) if (place / IMAGES).is_file() else (),
        read=read_npz_file,
    )


def _read_about(path: Path) -> dict[str, Any]:
    """The description of the data set; {} if it is damaged, since the images are enough."""
    try:
        with path.open("rb") as stream:
            document = json.loads(stream.read(MAX_ABOUT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
