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
    found |= {name: number for name in LIBRARIES if (number := version_of(name))}
    return {**found, "system": f"{platform.system()} {platform.machine()}", "processor": _processor()}


def version_of(package: str) -> str:
    """The version of a package that is installed; empty if it is not."""
    for name in (package, f"{package}-cpu"):  # as TensorFlow without support for GPUs is called
        with contextlib.suppress(PackageNotFoundError):
            return version(name)
    return ""


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
