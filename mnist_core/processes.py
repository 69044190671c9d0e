"""The one place that starts, follows and ends child processes.

Each of them is a module of this project, started as `python -m MODULE ...`. (`multiprocessing` with spawn does not work
from a Streamlit script: the child runs the page again.)
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from mnist_core.environment import PARENT, ROOT, child_environment, parent_stated

Process = subprocess.Popen[bytes]

Tell = Callable[[float, str], None]
"""What long work calls to report its progress: the share that is done, from 0 to 1, and what is being done."""

NICENESS = 10
"""The dashboard stays responsive while child processes use every free core."""

LAST_NICENESS = 19
"""For what has to give way to a training too."""

YIELDING = 15
"""Niceness of a session that gives way: about a thirtieth of the weight of another one."""

LOOK_SECONDS = 0.2
END_SECONDS = 2.0
"""A process that has not ended this long after a request is killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a process that was followed ended.

    Attributes:
        code: its exit code; below 0 if a signal ended it.
        complaints: the lines it wrote to standard error, without empty ones.
    """

    code: int
    is_cancelled: bool
    complaints: tuple[str, ...]


def start(module: str, *arguments: str, log: Path, is_log_kept: bool = False, pass_fds: Sequence[int] = ()) -> Process:
    """Start a process that outlives this one; what it prints goes into the file `log`.

    Args:
        is_log_kept: whether an existing log is appended to, not replaced.
        pass_fds: descriptors that it inherits.

    Raises:
        OSError: the log cannot be written, or no process can be started.
    """
    with open(log, "ab" if is_log_kept else "wb") as output:
        process = _open(module, arguments, stdout=output, stderr=subprocess.STDOUT, pass_fds=pass_fds)
    # A thread has to wait for it, or it would stay as a zombie when it ends.
    threading.Thread(target=process.wait, name=f"waits for {module}", daemon=True).start()
    return process


def follow(
    module: str,
    *arguments: str,
    hear: Callable[[str], None],
    is_cancelled: Callable[[], bool],
    variables: dict[str, str] | None = None,
) -> Ended:
    """Run a process until it ends, and pass on each line that it prints.

    Args:
        is_cancelled: called a few times a second; once true, the process is ended.
        variables: environment variables in addition to ours.
    """
    with _open(module, arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, variables=variables) as process:
        has_ended, complaints = threading.Event(), list[str]()
        # Both pipes are read at the same time, so that neither fills up and blocks the process.
        reader = threading.Thread(target=lambda: complaints.extend(_lines(process.stderr)), daemon=True)
        watcher = threading.Thread(target=_end_when_cancelled, args=(process, has_ended, is_cancelled), daemon=True)
        reader.start()
        watcher.start()
        try:
            for line in _lines(process.stdout):
                hear(line)
            process.wait()
        finally:
            has_ended.set()
            end(process)
        watcher.join()
        reader.join(END_SECONDS)
    return Ended(code=process.returncode, is_cancelled=is_cancelled(), complaints=tuple(complaints))


def ask(
    module: str,
    request: Mapping[str, Any],
    *,
    tell: Tell,
    is_cancelled: Callable[[], bool],
    variables: dict[str, str] | None = None,
) -> tuple[dict[str, Any], Ended]:
    """Run a process that is given a JSON object, and that prints some: what they say, and how it ended.

    It prints `share` and `note` as it goes, which `tell` is told, and then `result` or `problem`.

    Args:
        is_cancelled, variables: as of `follow`.
    """
    said: dict[str, Any] = {}

    def hear(line: str) -> None:
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            said.update(told)
            if "share" in told:
                tell(told["share"], told["note"])

    return said, follow(module, json.dumps(request), hear=hear, is_cancelled=is_cancelled, variables=variables)


def attend(module: str, *arguments: str, log: Path) -> int:
    """Run a process until it ends, and return its exit code, below 0 if a signal ended it.

    Its standard input is a pipe that closes however this process ends: see `end_with_input`. What it prints is appended
    to the file `log`.
    """
    with open(log, "ab") as output:
        process = _open(module, arguments, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
    with process:
        try:
            return process.wait()
        finally:
            end(process)


def converse(module: str, *arguments: str, variables: dict[str, str] | None = None) -> Process:
    """Start a process that is written to and read from, through its `stdin` and `stdout`.

    Its standard input closes however this process ends: that is when it has to end too. What it writes to standard
    error goes where that of this process goes.

    Raises:
        OSError: no process can be started.
    """
    return _open(module, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, variables=variables)


def end(process: Process) -> None:
    """End a process that was started here, with its own child processes; nothing happens if it has ended."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)


def lower_priority(niceness: int = NICENESS) -> None:
    """Give this process, which does heavy work, a lower priority, independent of that of its parent."""
    with contextlib.suppress(OSError):
        os.nice(max(0, niceness - os.nice(0)))


def yield_to_other_sessions(*, is_yielding: bool) -> bool:
    """Have the session of this process give way to others, or not any more; returns whether that is possible now.

    Linux with autogroups (most desktops) compares the niceness of processes only within a session, and each of our
    processes has one of its own. A session's niceness may be changed both ways, some ten times a second.
    """
    if os.getsid(0) != os.getpid():
        return False  # it would slow down whoever shares the session, such as a shell
    try:
        Path("/proc/self/autogroup").write_text(str(YIELDING if is_yielding else 0))
    except OSError:
        return False
    return True


def limit_memory(n_bytes: int) -> None:
    """Limit the memory that this process can allocate, where the system has such a limit; more is a MemoryError.

    The limit is on data, not on addresses: libraries reserve far more addresses than they use.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if 0 <= soft <= n_bytes:  # a lower limit stays; no limit is a negative number
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, hard))


def end_without_parent(draft: Path | None = None) -> None:
    """End this process when its parent has ended: nobody is left to take its result.

    Args:
        draft: the folder that this process writes into, which is removed then.
    """
    parent = parent_stated()

    def clean_up() -> None:
        if draft is not None and os.getppid() != parent:
            _remove(draft)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        clean_up()
        os._exit(1)

    atexit.register(clean_up)  # what cannot be told any more ends this process before the next look
    threading.Thread(target=watch, name="watches the parent", daemon=True).start()


def _remove(folder: Path) -> None:
    """Remove a folder while another thread may still write into it."""
    gone = folder.with_name(f"{folder.name}-gone")
    with contextlib.suppress(OSError):
        os.rename(folder, gone)  # what is written from now on has no place
    shutil.rmtree(gone, ignore_errors=True)


def end_with_input(code: int) -> None:
    """End this process with an exit code as soon as its standard input closes: whoever attends to it is gone."""

    def watch() -> None:
        while os.read(0, 1):  # a thread that is blocked in `sys.stdin` would abort the interpreter when it ends
            pass
        os._exit(code)

    threading.Thread(target=watch, name="watches the standard input", daemon=True).start()


def become(module: str, *arguments: str) -> NoReturn:
    """Replace this process by one that runs another module."""
    variables = child_environment()
    os.chdir(ROOT)
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], variables)


def _open(
    module: str,
    arguments: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[Any],
    stderr: int | None,
    pass_fds: Sequence[int] = (),
    variables: dict[str, str] | None = None,
) -> Process:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=child_environment(**{PARENT: str(os.getpid()), **(variables or {})}),
        cwd=ROOT,
        # Ctrl-C in the server's terminal must not reach it. Not PR_SET_PDEATHSIG: that fires when the *thread* that
        # started the child ends, and Streamlit's script threads are short-lived.
        start_new_session=True,
        pass_fds=pass_fds,
    )


def _lines(stream: IO[bytes] | None) -> Iterator[str]:
    return (text for line in stream or () if (text := line.decode(errors="replace").strip()))


def _end_when_cancelled(process: Process, has_ended: threading.Event, is_cancelled: Callable[[], bool]) -> None:
    while not has_ended.wait(LOOK_SECONDS):
        if is_cancelled():
            end(process)
            return
