"""Long looks at a run in a process of their own: `python -m mnist_core.probing.run_job NAME RUN_DIR [DATASET]`.

The result is kept in the run directory. A second process for the same job waits for the first and then finds its
result. Progress goes to standard output, a JSON object a line; a problem to standard error as one sentence.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from mnist_core.environment import ROOT, child_environment
from mnist_core.errors import MnistCoreError, RunError
from mnist_core.locks import exclusive
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.probing.robustness import measure_robustness
from mnist_core.probing.scored_data import score_data
from mnist_core.runs.store import RunStore

NICENESS = 10
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
    command = [sys.executable, "-m", "mnist_core.probing.run_job", name, str(folder), *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=child_environment(TF_CPP_MIN_LOG_LEVEL="3"),
        start_new_session=True,
    ) as process:
        ended, complaint = threading.Event(), _drained(process)
        threading.Thread(target=_end_when_cancelled, args=(process, ended, is_cancelled), daemon=True).start()
        try:
            for line in process.stdout or ():
                _pass_on(line, tell)
        finally:
            ended.set()
            if is_cancelled():
                process.kill()
            code = process.wait()
    if is_cancelled():
        raise RunError("It was cancelled.")
    if code == BAD_INPUT:
        raise RunError(complaint()[-1] if complaint() else "The job refused its input.")
    if code != 0:
        raise RunError(f"The process that did this ended with code {code}. Perhaps there was not enough memory.")


def main(arguments: list[str]) -> int:
    """Do one job; returns the exit code."""
    name, folder, *rest = arguments
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
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


def _drained(process: subprocess.Popen[str]) -> Callable[[], list[str]]:
    """Read the other pipe on the side, so that it never fills up; the lines that are not warnings of libraries."""
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(line.strip() for line in process.stderr or ()), daemon=True)
    reader.start()

    def said() -> list[str]:
        reader.join(5)
        return [line for line in lines if line]

    return said


def _end_when_cancelled(
    process: subprocess.Popen[str], ended: threading.Event, is_cancelled: Callable[[], bool]
) -> None:
    while not ended.wait(0.2):
        if is_cancelled():
            process.kill()
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
