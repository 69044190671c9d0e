"""Long looks at a run in a process of their own: `python -m mnist_core.probing.run_job NAME RUN_DIR [DATASET]`.

The result is kept in the run directory. A second process for the same job waits for the first and then finds its
result. Progress goes to standard output, a JSON object a line; a problem to standard error as one sentence.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from mnist_core import processes
from mnist_core.errors import MnistCoreError, RunError
from mnist_core.locks import exclusive
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.probing.robustness import measure_robustness
from mnist_core.probing.scored_data import score_data
from mnist_core.runs.store import RunStore

BAD_INPUT = 2

Tell = Callable[[float, str], None]

JOBS: Mapping[str, Callable[..., object]] = {
    "robustness": measure_robustness,
    "score": score_data,
    "hidden": store_hidden_vectors,
}


def follow(name: str, folder: Path, *arguments: str, tell: Tell, is_cancelled: Callable[[], bool]) -> None:
    """Run a job in a process of its own until it ends, passing its progress on.

    Args:
        folder: the run directory.
        is_cancelled: asked a few times a second; once true, the process is ended.

    Raises:
        RunError: the job failed, or was cancelled.
    """
    ended = processes.follow(
        "mnist_core.probing.run_job",
        name,
        str(folder),
        *arguments,
        hear=lambda line: _pass_on(line, tell),
        is_cancelled=is_cancelled,
        variables={"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if ended.is_cancelled:
        raise RunError("It was cancelled.")
    if ended.code == BAD_INPUT:
        raise RunError(ended.complaints[-1] if ended.complaints else "The job refused its input.")
    if ended.code != 0:
        raise RunError(f"The process that did this ended with code {ended.code}. Perhaps there was not enough memory.")


def main(arguments: list[str]) -> int:
    """Do one job; returns the exit code."""
    name, folder, *rest = arguments
    processes.lower_priority()
    path = Path(folder).absolute()
    try:
        store = RunStore(path.parent)
        with exclusive(store.folder(path.name) / f".{name}.lock"):
            JOBS[name](store, path.name, *rest, tell=_say)
    except MnistCoreError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"The result could not be kept: {error.strerror or error}.", file=sys.stderr)
        return BAD_INPUT
    return 0


def _say(share: float, note: str) -> None:
    # The server that listened may have gone; the work is kept all the same.
    with contextlib.suppress(OSError):
        print(json.dumps({"share": round(share, 4), "note": note}), flush=True)


def _pass_on(line: str, tell: Tell) -> None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = json.loads(line)
        tell(float(said["share"]), str(said["note"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
