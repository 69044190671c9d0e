"""Reads `run.json`, and corrects a status that is no longer true."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from mnist_core.errors import RunCorruptedError
from mnist_core.locks import is_locked
from mnist_core.runs.record import DamagedRun, RunRecord, RunStatus, record_from_document

MAX_RUN_JSON_BYTES = 8 << 20


def _finite(text: str) -> float:
    """A number of JSON; 1e999 would be read as infinity, and could not be written back."""
    number = float(text)
    if not math.isfinite(number):
        raise OverflowError(text)
    return number


DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)


def read_document(folder: Path) -> dict[str, Any]:
    """The JSON object in `run.json`; one that could not be written back counts as damaged.

    Raises:
        RunCorruptedError: too large, not JSON, not an object, or with a number that is not finite.
        OSError: the file cannot be read.
    """
    with open(f"{folder}/run.json", "rb", buffering=0) as file:  # plain: thousands are read when the index is built
        if os.fstat(file.fileno()).st_size > MAX_RUN_JSON_BYTES:
            raise RunCorruptedError(f"`run.json` is larger than {MAX_RUN_JSON_BYTES >> 20} MB.")
        content = file.read()
    try:
        document = DECODER.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
    except OverflowError:
        raise RunCorruptedError("`run.json` has a number that is not finite.") from None
    except (ValueError, RecursionError):
        raise RunCorruptedError("`run.json` is not JSON.") from None
    if not isinstance(document, dict):
        raise RunCorruptedError("`run.json` is not an object.")
    return document


def read_run(folder: Path) -> RunRecord | DamagedRun:
    """The run in a directory, with the status that `run.json` says.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        return record_from_document(read_document(folder), folder.name)
    except RunCorruptedError as error:
        return DamagedRun(run_id=folder.name, reason=str(error))


def unreadable(error: OSError) -> str:
    """Why a run whose file cannot be read is damaged."""
    return f"`run.json` cannot be read ({error.strerror})."


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
    status = record_from_document(fresh, record.run_id).unattended_status
    return record_from_document({**fresh, "status": status.value}, record.run_id)
