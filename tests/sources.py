"""The Python files of the project, for tests of what is written in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sources(*folders: str) -> list[Path]:
    """The files of some folders, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """A file as people write it: "dashboard/app.py"."""
    return str(path.relative_to(ROOT))


def is_excepted(text: str, path: Path, exceptions: Iterable[tuple[str, str]]) -> bool:
    """Whether a text of a file holds a fragment that is an exception there; they are pairs of file and fragment."""
    return any(fragment in text for file, fragment in exceptions if file == name_of(path))
