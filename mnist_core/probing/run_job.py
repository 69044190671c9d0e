"""Long analyses of a run in a separate process: `python -m mnist_core.probing.run_job NAME RUN_DIR [DATASET]`.

The result is stored in the run directory. A second process for the same job waits for the first and then finds its
result. Progress goes to standard output, one JSON object per line; an error to standard error as one sentence.
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
    """Run a job in a separate process until it ends, and pass on its progress.

    Args:
        folder: the run directory.
        is_cancelled: called a few times a second; once true, the process is ended.

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
        raise RunError("The job was cancelled.")
    if ended.code == BAD_INPUT:
        raise RunError(ended.complaints[-1] if ended.complaints else "The input of the job is not valid.")
    if ended.code != 0:
        raise RunError(f"The process of the job ended with code {ended.code}, perhaps because memory ran out.")


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
        print(f"The result could not be stored: {error.strerror or error}.", file=sys.stderr)
        return BAD_INPUT
    return 0


def _say(share: float, note: str) -> None:
    # The server may have ended; the result is stored all the same.
    with contextlib.suppress(OSError):
        print(json.dumps({"share": round(share, 4), "note": note}), flush=True)


def _pass_on(line: str, tell: Tell) -> None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = json.loads(line)
        tell(float(said["share"]), str(said["note"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
