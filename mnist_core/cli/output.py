"""Tables and JSON on standard output, and files that options name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.shares import shown_share


def print_json(value: Any) -> None:
    """Print one JSON document; NaN is an error."""
    print(json.dumps(value, allow_nan=False, indent=1))


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, each column padded to its widest cell."""
    cells = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def read_file(path: Path) -> bytes:
    """The content of a file that an option names.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"The file {path} cannot be read: {error.strerror}.") from None


def percent(value: float | None) -> str:
    """A share as a percentage, `-` if unknown."""
    return "-" if value is None else shown_share(value)
