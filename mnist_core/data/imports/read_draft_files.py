"""Reads the files of a draft: `python -m mnist_core.data.imports.read_draft_files DRAFT_FOLDER REQUEST`.

The request is a JSON object with the decisions and how to split. An error is one JSON object on standard output.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from mnist_core.data.imports.decisions import Decisions, LabelColumnError
from mnist_core.data.imports.drafts import FILES, NAMES
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_MEMORY_BYTES
from mnist_core.data.imports.reading import write_reading
from mnist_core.data.imports.results import BAD_INPUT
from mnist_core.errors import DatasetError
from mnist_core.processes import end_without_parent, limit_memory, lower_priority


def main(arguments: list[str]) -> int:
    """Read the files of a draft; returns the exit code."""
    place, request = Path(arguments[0]), json.loads(arguments[1])
    lower_priority()
    end_without_parent(place)
    limit_memory(MAX_MEMORY_BYTES)
    decisions = Decisions(**request.pop("decisions"))
    names = json.loads((place / NAMES).read_text(encoding="utf-8"))
    uploads = [Upload(name=name, data=place / FILES / str(number)) for number, name in enumerate(names)]
    try:
        write_reading(place, uploads, decisions, **request)
    except DatasetError as error:
        columns = error.label_columns if isinstance(error, LabelColumnError) else ()
        return _report(str(error), [asdict(column) for column in columns])
    except MemoryError:
        return _report(
            f"Reading the files needs more than {MAX_MEMORY_BYTES:,} bytes of memory. Expected fewer images."
        )
    return 0


def _report(problem: str, label_columns: list[dict[str, object]] | None = None) -> int:
    print(json.dumps({"problem": problem, "label_columns": label_columns or []}), flush=True)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
