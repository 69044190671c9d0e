"""The SHA-256 of a network's weights, by which results that depend on them are stored."""

from __future__ import annotations

import hashlib

import numpy as np

from mnist_core.network.forward import Weights


def weights_sha256(weights: Weights) -> str:
    """64 hexadecimal digits that change with any weight, its name or its shape, and with nothing else."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name], np.float32)
        digest.update(f"{name} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
