"""Finds the picture that a list speaks of, by its path, or by its name alone if only one picture has it.

A name as it is written counts first, then one that differs in case, then one that differs in its suffix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import cache
from pathlib import PurePosixPath

from mnist_core.data.imports.files.unpacking import BY_SUFFIX
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.recognising.blocks import Part, part_of
from mnist_core.data.imports.recognising.labels import label_of

MAX_FOLDERS = 8
SUFFIX = re.compile(r"\.(?=\w*[a-z])\w+$", re.IGNORECASE)
MAX_DIGITS = 10  # of a number of a picture
SEVERAL = -1
"""Instead of the row number of a picture: several pictures have the name."""


def is_picture_name(text: str) -> bool:
    """Whether a text ends like the name of a picture."""
    return "." in text and f".{text.rpartition('.')[2].strip().lower()}" in BY_SUFFIX


def parts_of(text: str) -> tuple[str, ...]:
    """Folders and name of a path in a list; Windows' backslashes separate them too."""
    return Upload(name=text.strip(), data=b"").parts


def counted_names(names: Sequence[str]) -> range | None:
    """The numbers in names such as 0, 1, 2 or 1.png, 2.png, 3.png, if they are a count without gaps; else None."""
    stems = [PurePosixPath(name.strip()).stem if is_picture_name(name) else name.strip() for name in names]
    if not stems or not all(stem.isdecimal() and len(stem) < MAX_DIGITS for stem in stems):
        return None
    numbers = {int(stem) for stem in stems}
    low, high = min(numbers), max(numbers)
    return range(low, high + 1) if len(numbers) == high - low + 1 == len(stems) else None


class Spelling(Enum):
    """How a name in a list is like that of the picture, and what differs, in words."""

    EXACT = ""
    CASE = "case"
    SUFFIX = "suffix"
    CASE_AND_SUFFIX = "case and suffix"

    @property
    def has_any_case(self) -> bool:
        return "case" in self.value

    @property
    def has_any_suffix(self) -> bool:
        return "suffix" in self.value


class PictureNames:
    """The names of the pictures of an import."""

    def __init__(self, pictures: Sequence[Upload]) -> None:
        self._paths = [picture.parts for picture in pictures]
        self.parts = tuple(part_of(*reversed(picture.parts[:-1]), picture.archive) for picture in pictures)
        self._at_depth = cache(self._indexed)

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, row: int) -> str:
        """The name of a picture, without its folders."""
        return self._paths[row][-1]

    def counted(self, part: Part) -> range | None:
        """The numbers that the pictures of a part, or all, are called by, if these are a count; else None."""
        paths = [path for path, its in zip(self._paths, self.parts, strict=True) if part in (Part.UNKNOWN, its)]
        return counted_names([path[-1] for path in paths if path])

    def find_any(self, name: str) -> int | None:
        """The row number of the picture with a name in any spelling; `SEVERAL` and None as in `find`."""
        return self.find_spelled(name)[0]

    def find_spelled(
        self,
        name: str,
        spellings: Sequence[Spelling] = tuple(Spelling),
        *,
        folder: tuple[str, ...] = (),
        part: Part = Part.UNKNOWN,
    ) -> tuple[int | None, Spelling]:
        """The row number of the picture that the first spelling with a single one gives, and the spelling."""
        several = None
        for spelling in spellings:
            row = self.find(name, spelling, folder=folder, part=part)
            if row is not None and row != SEVERAL:
                return row, spelling
            several = row if several is None else several
        return several, Spelling.EXACT

    def find(
        self, name: str, spelling: Spelling, *, folder: tuple[str, ...] = (), part: Part = Part.UNKNOWN
    ) -> int | None:
        """The row number of the picture with a name; `SEVERAL` if that cannot be told, None if there is none.

        Args:
            spelling: what of the name may differ.
            folder: of the list, from which a name may count.
            part: of the data set that the list is about: of several pictures of a name, that of the same part is meant.
        """
        path = parts_of(name)
        if not path:
            return None
        part = part_of(*reversed(path[:-1])) or part
        tries = (folder + path, path) if folder else (path,)
        rows = (self._find_path(tried, spelling, part) for tried in tries)
        found = next((row for row in rows if row is not None), None)
        return self._find_name(path, spelling, part) if found is None and len(path) > 1 else found

    def _find_name(self, path: tuple[str, ...], spelling: Spelling, part: Part) -> int | None:
        """The picture that has the name alone, unless its folder and that in the list are called by other digits."""
        row = self._find_path(path[-1:], spelling, part)
        if row is None or row == SEVERAL:
            return row
        folders = {label_of(each[-2]) for each in (path, self._paths[row]) if len(each) > 1} - {None}
        return None if len(folders) > 1 else row

    def _find_path(self, path: tuple[str, ...], spelling: Spelling, part: Part) -> int | None:
        """The picture whose path ends so, in a part of the data set that does not contradict the list."""
        if len(path) > MAX_FOLDERS:
            return None
        name = path[-1].rpartition(".")[0] if spelling.has_any_suffix and is_picture_name(path[-1]) else path[-1]
        key = _key((*path[:-1], name), spelling)
        row = self._at_depth(len(path), spelling, Part.UNKNOWN).get(key)
        if row == SEVERAL and part is not Part.UNKNOWN:
            row = self._at_depth(len(path), spelling, part).get(key, SEVERAL)
        if row is None or row == SEVERAL:
            return row
        is_contradicted = Part.UNKNOWN not in (part, self.parts[row]) and part is not self.parts[row]
        return None if is_contradicted else row

    def _indexed(self, depth: int, spelling: Spelling, part: Part) -> dict[str, int]:
        """The pictures, or those of a part, by the ends of their paths."""
        found: dict[str, int] = {}
        for row, path in enumerate(self._paths):
            if len(path) >= depth and part in (Part.UNKNOWN, self.parts[row]):
                name = SUFFIX.sub("", path[-1]) if spelling.has_any_suffix else path[-1]
                key = _key((*path[-depth:-1], name), spelling)
                found[key] = SEVERAL if key in found else row
        return found


def _key(path: tuple[str, ...], spelling: Spelling) -> str:
    return "/".join(path).casefold() if spelling.has_any_case else "/".join(path)
