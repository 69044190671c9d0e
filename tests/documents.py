"""Reading the project's Markdown: its code, its commands, its links and its tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)=\"([^\"]+)\"")
ASSIGNMENT = re.compile(r"[A-Z]+=.*")
COMMANDS = ("make", "python", "streamlit", ".venv/bin/", ".ci/", "benchmarks/", "docs/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table: the texts of its header and of its rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def spans(self) -> list[str]:
        """What stands between backquotes."""
        return spans_of(self.text)

    def commands(self) -> Iterator[list[str]]:
        """The words of every command, in a block or between backquotes; without leading assignments and comments."""
        blocks = [line.strip() for line in self.text.splitlines() if line.startswith("    ")]
        for code in [*blocks, *self.spans()]:
            words = _words(code)
            if words and words[0].startswith(COMMANDS):
                yield words

    def links(self) -> list[str]:
        """Targets within the project, as written."""
        targets = [first or second for first, second in LINK.findall(self.text)]
        return [target for target in targets if "://" not in target]

    def tables(self) -> Iterator[Table]:
        for block in re.findall(r"(?:^\|.*\n)+", self.text, flags=re.MULTILINE):
            header, _, *rows = [_cells(line) for line in block.splitlines()]
            yield Table(header=header, rows=tuple(rows))


def spans_of(text: str) -> list[str]:
    return SPAN.findall(text)


def documents() -> tuple[Document, ...]:
    """The documents that say how things are; the changelog says how they were."""
    paths = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(Document(path=path) for path in paths)


def document(name: str) -> Document:
    return Document(path=ROOT / name)


def _words(code: str) -> list[str]:
    try:
        words = shlex.split(code, comments=True)
    except ValueError:  # a single quotation mark: a sentence, not a command
        return []
    while words and ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    return words


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
