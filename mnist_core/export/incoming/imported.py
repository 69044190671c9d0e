"""What may be asked of an import of a model, and what comes of it; without the libraries that read one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

AUTO = "auto"
PIXELS: Mapping[str, str] = {
    "unit": "values from 0 to 1",
    "pixels": "pixels from 0 to 255",
    "signed": "values from -1 to 1",
    "standardised": "standardised pixels",
    "l2_rows": "columns of length 1",
}
"""What a model may expect, by its name on the command line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """The new run, and sentences on what was left out or taken for granted."""

    run_id: str
    notes: tuple[str, ...]
