"""Loads Keras in half the time; for every process that builds or runs a network, and never for the server."""

from __future__ import annotations

import importlib
import sys

from mnist_core.environment import prepare_tensorflow

UNUSED = ("IPython", "matplotlib", "pandas", "sklearn")
"""What Keras loads too where it is installed, for parts of it that nothing here uses: half of its time."""


def load_keras(*, deterministic: bool | None = None) -> None:
    """Import Keras and TensorFlow without the packages that are not needed; these can be imported afterwards.

    Call it before the first module that imports Keras, while no other thread imports anything.

    Args:
        deterministic: whether the training has to be bit-identical; None for a process that does not train.
    """
    if "keras" in sys.modules:
        return
    prepare_tensorflow(deterministic=deterministic)
    withheld = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(withheld))  # type: ignore[arg-type]  # None: an import of it fails
    try:
        importlib.import_module("keras")
    finally:
        for name in withheld:
            del sys.modules[name]
