"""The tuner as a process of its own: `python -m mnist_core.tuning.process STUDY_DIR`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from mnist_core.environment import studies_url
from mnist_core.errors import MnistCoreError
from mnist_core.runs.store import RunStore
from mnist_core.tuning.search import search
from mnist_core.tuning.study import read_study

BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Search a study; returns the exit code. SIGTERM stops it, with a checkpoint of every trial."""
    parser = argparse.ArgumentParser(prog="python -m mnist_core.tuning.process", description="Search one study.")
    parser.add_argument("study_dir", type=Path, help="the folder of the study")
    folder = parser.parse_args(arguments).study_dir.absolute()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = RunStore(folder.parents[1])
    try:
        study = read_study(store.root, folder.name)
        search(store, study, url=studies_url() if study.storage else None, is_asked_to_stop=stop.is_set)
    except MnistCoreError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
