"""The weights of a network after each epoch, in `<run>/weights/`, for looking back at how it came to be.

Only small networks keep them, with their kernels in half precision, and of a long run only some epochs stay, so that
the disk space of a run is bounded. They are not checkpoints: a training is never resumed from them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mnist_core.files import write_arrays
from mnist_core.runs.checkpoints import read_arrays

MAX_EPOCH_BYTES = 4_000_000
"""Larger networks, of more than about two million parameters, keep no weights of their epochs."""

MAX_RUN_BYTES = 64_000_000
"""All kept epochs of a run together: as soon as they would take more, every second one is removed."""

BEFORE_TRAINING = 0
"""The number under which the initial weights are kept."""

_FOLDER = "weights"
_FILE = re.compile(r"epoch-(\d{3,5})\.npz")


def keep_epoch_weights(folder: Path, epoch: int, weights: Mapping[str, np.ndarray]) -> bool:
    """Store the weights by name after an epoch of the run in `folder`; returns False if they are too large for that.

    Epochs that are too many are removed; of those that stay, one is as far from the next as any other.
    """
    arrays = {name.replace("/", "|"): _halved(array) for name, array in weights.items()}
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_EPOCH_BYTES:
        return False
    (folder / _FOLDER).mkdir(exist_ok=True)
    write_arrays(epoch_weights_path(folder, epoch), arrays)
    stride = kept_stride(epoch, size)
    _remove(folder, {known for known in kept_epochs(folder) if known % stride and known != epoch})
    return True


def kept_stride(epoch: int, size: int) -> int:
    """Every how many epochs one is kept when `epoch` of them take `size` bytes each: a power of two."""
    stride = 1
    while (epoch // stride + 2) * size > MAX_RUN_BYTES:  # with the initial weights and those of this epoch
        stride *= 2
    return stride


def forget_epoch_weights(folder: Path, after: int) -> None:
    """Remove what is kept of later epochs: a run that is resumed from an earlier one trains them anew."""
    _remove(folder, {epoch for epoch in kept_epochs(folder) if epoch > after})


def kept_epochs(folder: Path) -> tuple[int, ...]:
    """The epochs whose weights are kept, ascending; 0 stands for the initial weights."""
    try:
        matches = [_FILE.fullmatch(name) for name in os.listdir(folder / _FOLDER)]
    except OSError:
        return ()
    return tuple(sorted(int(match[1]) for match in matches if match))


def epoch_weights_path(folder: Path, epoch: int) -> Path:
    """The file of the weights after an epoch; it may not exist."""
    return folder / _FOLDER / f"epoch-{epoch:03d}.npz"


def read_epoch_weights(folder: Path, epoch: int) -> dict[str, np.ndarray]:
    """Weights by name after an epoch, read-only: kernels in float16, the rest in float32.

    Raises:
        RunError: they are not kept.
        RunCorruptedError: the file is damaged.
    """
    return read_arrays(epoch_weights_path(folder, epoch))


def conv_kernels(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The kernels of the convolutions by layer name: those with four axes."""
    return {
        name.rsplit("/", 1)[0]: array for name, array in weights.items() if array.ndim == 4 and name.endswith("/kernel")
    }


def _halved(array: np.ndarray) -> np.ndarray:
    """A kernel in half precision, unless a weight would overflow; biases and statistics are small and stay as they are.

    A rounded kernel moves a probability by about a thousandth; rounded variances would move it far more.
    """
    if array.ndim < 2:
        return array.astype(np.float32)
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.isfinite(half).all() else array.astype(np.float32)


def _remove(folder: Path, epochs: set[int]) -> None:
    for epoch in epochs:
        with contextlib.suppress(OSError):
            epoch_weights_path(folder, epoch).unlink()
