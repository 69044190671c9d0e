"""A look at the run directories: which there are, and whether their `run.json` has changed."""

from __future__ import annotations

import os
from pathlib import Path

from mnist_core.runs.index_rows import Stamp
from mnist_core.runs.record import LARGEST_WHOLE, is_run_id

NO_FILE: Stamp = (0, 0, 0)


def scan(root: Path) -> dict[str, Stamp]:
    """The stamp of every run directory; links are not runs. Empty if the folder does not exist."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return {}
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)]
        for name in names:
            try:
                stat = os.stat(f"{name}/run.json", dir_fd=descriptor)
            except OSError:
                found[name] = NO_FILE
            else:
                found[name] = _stamp(stat)
    except OSError:
        return found
    finally:
        os.close(descriptor)
    return found


def stamp_of(root: Path, run_id: str) -> Stamp | None:
    """The stamp of one run directory; None if there is none."""
    folder = root / run_id
    if folder.is_symlink() or not folder.is_dir():
        return None
    try:
        stat = (folder / "run.json").stat()
    except OSError:
        return NO_FILE
    return _stamp(stat)


def _stamp(stat: os.stat_result) -> Stamp:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino & LARGEST_WHOLE  # some network file systems use all 64 bits
