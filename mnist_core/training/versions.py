"""What a training was done with: versions of the libraries, and the processor."""

from __future__ import annotations

import contextlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mnist_core

LIBRARIES = ("tensorflow", "keras", "numpy")


def environment() -> dict[str, str]:
    """Name and version of all that the numbers of a training depend on."""
    found = {"MNIST Studio": mnist_core.__version__, "Python": platform.python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return {**found, "system": f"{platform.system()} {platform.machine()}", "processor": _processor()}


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
