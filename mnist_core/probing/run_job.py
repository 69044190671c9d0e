"""Long analyses of a run, stored in the run directory.

The dashboard has the helper process do them (`follow` in `helper/client.py`). `python -m mnist_core.probing.run_job
NAME RUN_DIR [DATASET]` does one in a process of its own: progress goes to standard output, one JSON object per line; an
error to standard error as one sentence. A second process for the same job waits for the first and then finds its
result.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mnist_core.errors import ConfigError, MnistCoreError
from mnist_core.locks import try_lock
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.probing.knock_out import knock_out
from mnist_core.probing.probes import measure_probes
from mnist_core.probing.robustness import measure_robustness
from mnist_core.probing.scored_data import score_data
from mnist_core.processes import Tell, lower_priority
from mnist_core.runs.store import RunStore

BAD_INPUT = 2


JOBS: Mapping[str, Callable[..., object]] = {
    "robustness": measure_robustness,
    "score": score_data,
    "hidden": store_hidden_vectors,
    "knock_out": knock_out,
    "probes": measure_probes,
}


def do_job(
    name: str, folder: Path, arguments: Sequence[str], *, tell: Tell, pause: Callable[[], None] = lambda: None
) -> None:
    """Do a job in this process.

    Args:
        pause: called a few times a second while another process does the same job.

    Raises:
        MnistCoreError: there is no such job or run, or it cannot be done.
        OSError: its result could not be stored.
    """
    if name not in JOBS:
        raise ConfigError.invalid("job", expected="one of " + ", ".join(JOBS), received=name)
    store = RunStore(folder.absolute().parent)
    path = store.folder(folder.name) / f".{name}.lock"
    while (lock := try_lock(path)) is None:
        pause()
    try:
        JOBS[name](store, folder.name, *arguments, tell=tell)
    finally:
        os.close(lock)


def main(arguments: list[str]) -> int:
    """Do one job; returns the exit code."""
    name, folder, *rest = arguments
    lower_priority()
    try:
        do_job(name, Path(folder), rest, tell=_say)
    except MnistCoreError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"The result could not be stored: {error.strerror or error}.", file=sys.stderr)
        return BAD_INPUT
    return 0


def _say(share: float, note: str) -> None:
    # The server may have ended; the result is stored all the same.
    with contextlib.suppress(OSError):
        print(json.dumps({"share": round(share, 4), "note": note}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
