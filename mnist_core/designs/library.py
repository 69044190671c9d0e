"""Designs saved by name: small JSON files in a folder beside the runs.

    <runs>/.designs/<digest of the name>.json     {"schema": 1, "name": ..., "saved_at": ..., "config": {...}}

A name never becomes a path. Each file is replaced atomically.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core.environment import runs_folder
from mnist_core.errors import ConfigError
from mnist_core.files import write_json
from mnist_core.training.config import MAX_JSON_BYTES, ExperimentConfig

SCHEMA = 1
MAX_NAME = 60
MAX_SAVED = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedDesign:
    """A design with its name; `saved_at` in seconds since 1970."""

    name: str
    config: ExperimentConfig
    saved_at: float


class Library:
    """The saved designs in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> tuple[SavedDesign, ...]:
        """Every readable design, by name."""
        found = (_read(path) for path in self.folder.glob("*.json"))
        return tuple(sorted((item for item in found if item is not None), key=lambda item: item.name.casefold()))

    def get(self, name: str) -> SavedDesign:
        """The design of that name.

        Raises:
            ConfigError: there is none.
        """
        found = _read(self._path(name))
        if found is None:
            raise ConfigError(f"There is no saved design called `{name!s:.60}`.")
        return found

    def save(self, name: str, config: ExperimentConfig) -> SavedDesign:
        """Save a design under a name; one of the same name is replaced.

        Raises:
            ConfigError: the name is empty or too long, there are too many designs, or the folder cannot be written.
        """
        clean = clean_name(name)
        path = self._path(clean)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not path.exists() and sum(1 for _ in self.folder.glob("*.json")) >= MAX_SAVED:
                raise ConfigError(f"Too many designs are saved. Expected at most {MAX_SAVED}. Delete some first.")
            saved = SavedDesign(name=clean, config=config, saved_at=time.time())
            document = {"schema": SCHEMA, "name": clean, "saved_at": saved.saved_at, "config": config.to_dict()}
            write_json(path, document)
        except OSError as error:
            raise ConfigError(f"The design could not be saved in {self.folder}: {error.strerror}.") from error
        return saved

    def duplicate(self, name: str) -> SavedDesign:
        """Save a copy under the next free name: `name 2`, `name 3`.

        Raises:
            ConfigError: there is none of that name.
        """
        original = self.get(name)
        number = 2
        while self._path(copy := f"{original.name[: MAX_NAME - 5].rstrip()} {number}").exists():
            number += 1
        return self.save(copy, original.config)

    def delete(self, name: str) -> None:
        """Delete the design of that name; nothing happens if there is none.

        Raises:
            ConfigError: the folder cannot be written.
        """
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"The design could not be deleted in {self.folder}: {error.strerror}.") from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{hashlib.blake2b(name.encode(), digest_size=12).hexdigest()}.json"


def library_folder(runs: Path | None = None) -> Path:
    """The folder of saved designs, in that of the runs."""
    return (runs or runs_folder()) / ".designs"


def clean_name(name: str) -> str:
    """A name on one line, without invisible characters.

    Raises:
        ConfigError: nothing is left of it, or it is too long.
    """
    visible = "".join(character if character.isprintable() else " " for character in name)
    clean = " ".join(visible.split())
    if not 0 < len(clean) <= MAX_NAME:
        raise ConfigError.invalid("name", expected=f"a name of 1 to {MAX_NAME} characters", received=name)
    return clean


def _read(path: Path) -> SavedDesign | None:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            return None
        document: dict[str, Any] = json.loads(path.read_bytes())
        if document["schema"] != SCHEMA:
            return None
        config = ExperimentConfig.from_dict(document["config"])
        return SavedDesign(name=clean_name(document["name"]), config=config, saved_at=float(document["saved_at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):  # a ConfigError is a ValueError
        return None
