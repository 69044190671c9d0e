"""Has configurations benchmarked, one after another: `python -m mnist_core.pricing.worker FOLDER`.

It processes the requests in the folder, see `mnist_core.pricing.requests`, and ends when none are left. Only one worker
runs on a folder at a time, and each request is tried once. Each has a process of its own, as a training has: what one
configuration leaves behind, in memory or in the settings of TensorFlow, would change the figures of the next.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from mnist_core import processes
from mnist_core.files import sweep_temporaries
from mnist_core.locks import try_lock
from mnist_core.pricing.requests import ENDED_EARLY, LOCK, LOG, has_begun, has_requests, next_request, store_failure

PROGRAM = "mnist_core.pricing.benchmark"


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core.pricing.worker", description="Have configurations benchmarked."
    )
    parser.add_argument("folder", type=Path, help="the folder of requests and measurements")
    folder = parser.parse_args(arguments).folder.absolute()
    while (lock := try_lock(folder / LOCK)) is not None:
        try:
            sweep_temporaries(folder)
            work(folder)
        finally:
            os.close(lock)
        if not has_requests(folder):  # one that came at the end may have left its own worker at the lock
            break
    return 0


def work(folder: Path) -> None:
    """Process all requests, the oldest first."""
    while (request := next_request(folder)) is not None:
        processes.attend(PROGRAM, str(folder), json.dumps(request.config.to_dict()), log=folder / LOG)
        if has_begun(folder, request):  # its process has told nothing
            store_failure(folder, request, ENDED_EARLY)


if __name__ == "__main__":
    sys.exit(main())
