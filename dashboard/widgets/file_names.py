"""Names of the files that charts and tables are downloaded to."""

from __future__ import annotations

import re

MAX_FILE_NAME = 80


def file_name(name: str) -> str:
    """`name` as a file name without extension, that every system takes: letters, digits and single hyphens."""
    words = re.sub(r"[\W_]+", "-", name).strip("-")[:MAX_FILE_NAME].strip("-")
    return words or "chart"
