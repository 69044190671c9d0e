"""Reads `run.json`, and corrects a status that is no longer true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mnist_core.errors import RunCorruptedError
from mnist_core.locks import is_locked
from mnist_core.runs.record import RunRecord, RunStatus, record_from_document

MAX_RUN_JSON_BYTES = 8 << 20


def read_document(folder: Path) -> dict[str, Any]:
    """The JSON object in `run.json`; one that could not be written back counts as damaged.

    Raises:
        RunCorruptedError: too large, not JSON, not an object, or with a number that is not finite.
        OSError: the file cannot be read.
    """
    path = folder / "run.json"
    if path.stat().st_size > MAX_RUN_JSON_BYTES:
        raise RunCorruptedError(f"`run.json` is larger than {MAX_RUN_JSON_BYTES >> 20} MB.")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise RunCorruptedError("`run.json` is not JSON.") from None
    if not isinstance(document, dict):
        raise RunCorruptedError("`run.json` is not an object.")
    try:
        json.dumps(document, allow_nan=False)  # finds NaN as well as 1e999, which is read as infinity
    except (ValueError, RecursionError):
        raise RunCorruptedError("`run.json` has a number that is not finite.") from None
    return document


def as_it_stands(record: RunRecord, folder: Path) -> RunRecord:
    """`record`, with an active status only if a worker holds the lock."""
    if record.status is not RunStatus.RUNNING or is_locked(folder / "lock"):
        return record
    try:
        fresh = read_document(folder)  # the worker may have ended between the two reads
    except (OSError, RunCorruptedError):  # damaged since: use what was read before
        fresh = dict(record.document)
    if fresh.get("status") != RunStatus.RUNNING.value:
        return record_from_document(fresh, record.run_id)
    return record_from_document({**fresh, "status": RunStatus.INTERRUPTED.value}, record.run_id)
