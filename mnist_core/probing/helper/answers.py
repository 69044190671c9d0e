"""Questions about a run whose answers are arrays: asked of the helper, and kept in the run directory.

An answer belongs to the weights (their SHA-256) and to the question. It can be deleted at any time; a damaged one, or
one that cannot be written, is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mnist_core.errors import RunError
from mnist_core.files import write_bytes
from mnist_core.network.digest import best_weights_sha256
from mnist_core.probing.helper.client import helper
from mnist_core.probing.helper.messages import Answer, What, npz, unpacked
from mnist_core.processes import Tell
from mnist_core.runs.checkpoints import read_arrays
from mnist_core.runs.store import RunStore

T = TypeVar("T")

VERSION = 1
"""Changes when the same question gets another answer."""

MAX_KEPT = 400
"""Answers of a run that are kept, the newest; each is some 10 to 300 kB."""


def ask(
    store: RunStore,
    run_id: str,
    name: str,
    asked: Mapping[str, Any],
    read: Callable[[Answer], T],
    *,
    what: What = What.QUESTION,
    tell: Tell = lambda share, note: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> T:
    """The answer to a question about the best checkpoint of a run, stored or computed now.

    Args:
        name: the kind of question, one of `questions.QUESTIONS`.
        asked: the question, in JSON's types.
        read: makes a value of the arrays; raises KeyError or ValueError if they are not what they should be.

    Raises:
        RunError: there is no such run, or it has no weights (yet), or the question cannot be answered.
    """
    folder = store.folder(run_id)
    path = answer_path(folder, name, asked, best_weights_sha256(folder))
    if path.exists():
        with contextlib.suppress(RunError, KeyError, ValueError):
            return read(read_arrays(path))
    text = helper().ask(what, name, folder, dict(asked), tell=tell, is_cancelled=is_cancelled)
    return read(unpacked(text or ""))


def answer_path(folder: Path, name: str, asked: Mapping[str, Any], weights: str) -> Path:
    """The file of an answer; it may not exist. `weights` is their SHA-256."""
    question = json.dumps([VERSION, name, weights, asked], sort_keys=True, allow_nan=False)
    return folder / "answers" / f"{name}-{hashlib.sha256(question.encode()).hexdigest()[:32]}.npz"


def store_answer(folder: Path, name: str, asked: Mapping[str, Any], weights: str, answer: Answer) -> None:
    """Keep an answer; nothing happens if the folder cannot be written, or is gone."""
    path = answer_path(folder, name, asked, weights)
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, npz(answer))
        _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    with os.scandir(folder) as entries:
        found = [(entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(".npz")]
    for _, path in sorted(found)[: max(0, len(found) - MAX_KEPT)]:
        Path(path).unlink(missing_ok=True)
