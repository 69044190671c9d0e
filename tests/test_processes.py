"""Processes of our own, with small modules in place of workers."""

from __future__ import annotations

import os
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from mnist_core import processes
from tests.callbacks import never
from tests.waiting import wait_until

Made = Callable[[str], str]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Writes a module of this code and returns its name."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(code: str) -> str:
        (tmp_path / "made_up_worker.py").write_text(textwrap.dedent(code))
        return "made_up_worker"

    return make


def test_what_a_started_process_prints_is_in_its_log(module: Made, tmp_path: Path) -> None:
    log = tmp_path / "log"
    name = module("import sys; print(sys.argv[1]); print('a warning', file=sys.stderr)")
    for argument, is_log_kept in (("first", False), ("second", True)):
        processes.start(name, argument, log=log, is_log_kept=is_log_kept).wait(30)
    assert log.read_text() == "first\na warning\nsecond\na warning\n"
    processes.start(name, "third", log=log).wait(30)
    assert log.read_text() == "third\na warning\n"


@pytest.mark.parametrize(("before", "asked", "expected"), [("none", 8, 8), (4, 8, 4), (8, 4, 4)])
def test_memory_is_limited_unless_a_lower_limit_is_set(
    module: Made, tmp_path: Path, before: int | str, asked: int, expected: int
) -> None:
    """In gigabytes; the hard limit stays as it is."""
    process = processes.start(
        module(f"""
            import resource
            from mnist_core.processes import limit_memory
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if {before!r} != "none":
                resource.setrlimit(resource.RLIMIT_DATA, ({before!r} << 30, hard))
            limit_memory({asked} << 30)
            soft, after = resource.getrlimit(resource.RLIMIT_DATA)
            print(soft / (1 << 30), after == hard)
        """),
        log=tmp_path / "log",
    )
    process.wait(30)
    assert (tmp_path / "log").read_text().split() == [str(float(expected)), "True"]


def test_a_started_process_leaves_no_zombie(module: Made, tmp_path: Path) -> None:
    process = processes.start(module("pass"), log=tmp_path / "log")
    wait_until(lambda: not psutil.pid_exists(process.pid))


def test_a_started_process_has_a_session_of_its_own_and_what_it_inherits(module: Made, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    name = module("import os, sys; os.write(int(sys.argv[1]), b'%d' % os.getsid(0))")
    process = processes.start(name, str(writing), log=tmp_path / "log", pass_fds=(writing,))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert int(pipe.read()) == process.pid != os.getsid(0)


def test_a_followed_process_passes_on_each_line_and_its_exit_code(module: Made) -> None:
    name = module("""
        import os, sys
        print(os.environ["COLOUR"]); print(); print("two")
        print("it is broken", file=sys.stderr)
        sys.exit(3)
        """)
    heard: list[str] = []
    ended = processes.follow(name, hear=heard.append, is_cancelled=never, variables={"COLOUR": "green"})
    assert heard == ["green", "two"]
    assert ended == processes.Ended(code=3, is_cancelled=False, complaints=("it is broken",))


def test_much_output_does_not_block_a_process(module: Made) -> None:
    name = module("""
        import sys
        for _ in range(5_000):
            print("o" * 100); print("e" * 100, file=sys.stderr)
        """)
    heard: list[str] = []
    ended = processes.follow(name, hear=heard.append, is_cancelled=never)
    assert (len(heard), len(ended.complaints)) == (5_000, 5_000)


STUBBORN = """
    import signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(child.pid)
    time.sleep(600)
    """


def test_a_cancelled_process_ends_with_its_children_even_if_it_ignores_the_request(
    module: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "END_SECONDS", 0.2)
    heard: list[str] = []
    cancelled = threading.Event()

    def hear(line: str) -> None:
        heard.append(line)
        cancelled.set()

    ended = processes.follow(module(STUBBORN), hear=hear, is_cancelled=cancelled.is_set)
    assert ended.is_cancelled
    assert ended.code < 0
    wait_until(lambda: not is_running(int(heard[0])))


def test_a_failing_callback_ends_the_process(module: Made) -> None:
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        raise ValueError("no more of this")

    with pytest.raises(ValueError, match="no more"):
        processes.follow(module("import os, time; print(os.getpid()); time.sleep(600)"), hear=hear, is_cancelled=never)
    assert not psutil.pid_exists(int(heard[0]))


def test_the_lowered_priority_does_not_depend_on_the_parent(module: Made) -> None:
    name = module("""
        import os
        from mnist_core.processes import lower_priority
        os.nice(4); lower_priority(); print(os.nice(0)); lower_priority(); print(os.nice(0))
        """)
    heard: list[str] = []
    processes.follow(name, hear=heard.append, is_cancelled=never)
    assert heard == [str(max(processes.NICENESS, os.nice(0) + 4))] * 2


def is_running(pid: int) -> bool:
    """Whether a process lives; one that ended and waits for its parent to notice does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
