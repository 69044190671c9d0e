"""Checkpoints: all arrays of a training in one npz file, with the position in the training.

`last` is the newest, `previous` the one before it, `best` the weights of the best epoch, and `previous-best` those of
the best one before it. `last` is replaced first: if a kill comes before `best` is written, the resumed worker writes
`best` from `last`. If it is resumed from `previous`, the epoch of `best` may be lost: then `previous-best` counts.
"""

from __future__ import annotations

import dataclasses
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.errors import RunCorruptedError, RunError
from mnist_core.files import keep_as, write_arrays
from mnist_core.training.progress import EpochMetrics, TrainerState

PREVIOUS_BEST = "previous-best.npz"
META = "meta"
WEIGHT = "weight:"
MAX_ARRAY_BYTES = 1 << 30

UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, MemoryError, AttributeError, ArithmeticError, RuntimeError,
    zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip
"""What NumPy and zipfile raise for a damaged npz; RuntimeError covers "encrypted", "not implemented" and recursion."""


def save_state(folder: Path, state: TrainerState, *, last_look: Callable[[], object] | None = None) -> None:
    """Make `state` the `last` checkpoint, and the former `last` the `previous` one; `last_look` as in `write_bytes`."""
    folder.mkdir(exist_ok=True)
    last = folder / "last.npz"
    if last.exists():
        keep_as(last, folder / "previous.npz")
    meta = {
        "epoch": state.epoch,
        "batch": state.batch,
        "seconds": state.seconds,
        "epoch_seconds": state.epoch_seconds,
        "history": [dataclasses.asdict(metrics) for metrics in state.history],
    }
    _save(last, state.arrays, meta, last_look)


def save_best(folder: Path, state: TrainerState, *, last_look: Callable[[], object] | None = None) -> None:
    """Save the weights of `state` as those of the best epoch, and keep those of the best one before."""
    weights = {name: array for name, array in state.arrays.items() if name.startswith(WEIGHT)}
    best = folder / "best.npz"
    if best.exists():
        keep_as(best, folder / PREVIOUS_BEST)
    _save(best, weights, {"epoch": state.epoch}, last_look)


def restore_best(folder: Path, epoch: int) -> None:
    """Make the `previous-best` weights the best ones again, if they are those of this epoch."""
    if _stored_epoch(folder / PREVIOUS_BEST) == epoch:
        os.replace(folder / PREVIOUS_BEST, folder / "best.npz")


def load_state(folder: Path) -> tuple[TrainerState | None, str | None]:
    """The newest readable checkpoint, and a sentence if a newer one is damaged; for the run's only writer.

    A damaged `last` is replaced by the `previous` one.

    Raises:
        RunCorruptedError: there are checkpoints, but none can be read.
    """
    problems: list[str] = []
    for name in ("last.npz", "previous.npz"):
        if (folder / name).exists():
            try:
                state = _read_state(folder / name)
                if problems:  # or the next checkpoint would overwrite this good one with the damaged one
                    os.replace(folder / name, folder / "last.npz")
                return state, problems[0] if problems else None
            except RunCorruptedError as error:
                problems.append(f"{error} The previous one is used.")
    if problems:
        raise RunCorruptedError("No checkpoint of this run can be read. Start a new run with its settings.")
    return None, None


def best_epoch_stored(folder: Path) -> int | None:
    """The epoch whose weights `best` holds; None if it is missing or damaged."""
    return _stored_epoch(folder / "best.npz")


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Weights by name, such as `conv_1/kernel`, read-only.

    Raises:
        RunError: no such checkpoint, or it is damaged.
    """
    _, arrays = _load(path)
    return {name.removeprefix(WEIGHT): array for name, array in arrays.items() if name.startswith(WEIGHT)}


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an npz file of a run, read-only.

    Raises:
        RunError: no such file.
        RunCorruptedError: it is damaged.
    """
    if not path.exists():
        raise RunError(f"This run has no file `{path.name}` yet.")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # NumPy leaves a broken file open
            for member in stored.zip.infolist():
                if member.file_size > MAX_ARRAY_BYTES:
                    raise RunCorruptedError(f"The file `{path.name}` has an array of {member.file_size:,} bytes.")
            arrays = {name.replace("|", "/"): stored[name] for name in stored.files}
    except UNREADABLE:
        raise RunCorruptedError(f"The file `{path.name}` is damaged.") from None
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def _read_state(path: Path) -> TrainerState:
    meta, arrays = _load(path)
    try:
        history = tuple(EpochMetrics.from_dict(metrics) for metrics in meta["history"])
        return TrainerState(
            arrays=arrays,
            epoch=int(meta["epoch"]),
            batch=int(meta["batch"]),
            history=history,
            seconds=float(meta["seconds"]),
            epoch_seconds=float(meta.get("epoch_seconds", 0.0)),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise RunCorruptedError(f"The checkpoint `{path.name}` is damaged.") from None


def _save(path: Path, arrays: Mapping[str, np.ndarray], meta: Any, last_look: Callable[[], object] | None) -> None:
    text = np.frombuffer(json.dumps(meta, allow_nan=False).encode(), dtype=np.uint8)
    # A slash would be a folder inside the zip, and NumPy appends .npy itself.
    named = {name.replace("/", "|"): array for name, array in arrays.items()}
    write_arrays(path, {META: text, **named}, last_look=last_look)


def _load(path: Path) -> tuple[Any, dict[str, np.ndarray]]:
    if not path.exists():
        raise RunError(
            f"This run has no checkpoint `{path.stem}`: its first epoch is not finished, or the file is gone."
        )
    arrays = read_arrays(path)
    try:
        return json.loads(arrays.pop(META).tobytes()), arrays
    except (KeyError, ValueError, RecursionError):
        raise RunCorruptedError(f"The file `{path.name}` is damaged.") from None


def _stored_epoch(path: Path) -> int | None:
    try:
        meta, _ = _load(path)
        return int(meta["epoch"])
    except (RunError, KeyError, TypeError, ValueError):
        return None
