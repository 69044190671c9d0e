"""The SHA-256 of a network's weights, by which results that depend on them are stored."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

from mnist_core.errors import RunCorruptedError, RunError
from mnist_core.network.forward import Weights
from mnist_core.runs.checkpoints import read_weights


def weights_sha256(weights: Weights) -> str:
    """64 hexadecimal digits that change with any weight, its name or its shape, and with nothing else."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name], np.float32)
        digest.update(f"{name} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def best_weights_sha256(folder: Path) -> str:
    """That of the best checkpoint of the run in `folder`; the file is read again only when it has changed.

    Raises:
        RunError: the run has no weights yet.
        RunCorruptedError: they cannot be read.
    """
    path = folder / "checkpoints" / "best.npz"
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise RunError(f"Run {folder.name} has no weights yet: its first epoch is not finished.") from None
    except OSError as error:
        raise RunCorruptedError(f"The weights of run {folder.name} cannot be read: {error.strerror}.") from error
    return _of_file(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _of_file(path: Path, changed: int, size: int) -> str:
    return weights_sha256(read_weights(path))
