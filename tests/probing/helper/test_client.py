"""The helper as a server uses it: a real process, killed, cancelled, and asked by several threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from mnist_core import processes
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.environment import child_environment
from mnist_core.errors import RunError
from mnist_core.locks import try_lock
from mnist_core.probing.helper import client
from mnist_core.probing.helper.client import MODULE, Helper
from mnist_core.probing.helper.messages import What, read_report
from mnist_core.probing.scored_data import scored_data
from mnist_core.processes import Tell
from mnist_core.runs.store import RunStore
from tests.callbacks import never, silent
from tests.conftest import ROOT
from tests.finished_runs import finished_run
from tests.imported_sets import save_imported
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def folder(store: RunStore) -> Path:
    return store.folder(finished_run(store, epochs=1))


@pytest.fixture
def helper() -> Iterator[Helper]:
    made = Helper()
    yield made
    made.close()


def score(helper: Helper, folder: Path, tell: Tell = silent, is_cancelled=never) -> None:
    helper.ask(What.JOB, "score", folder, ["optical-digits"], tell=tell, is_cancelled=is_cancelled)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_progress_comes_in_order_and_the_process_stays(helper: Helper, store: RunStore, folder: Path) -> None:
    told: list[float] = []
    score(helper, folder, lambda share, note: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1
    pid = helper.pid
    score(helper, folder)
    assert helper.pid == pid is not None


def test_killed_in_mid_question_it_is_asked_again_of_another_process(
    helper: Helper, store: RunStore, folder: Path, empty_data_folder: Path
) -> None:
    sample = load_dataset("mnist-sample")
    about = {"name": "many", "title": "Many", "source": "test", "licence": "none"}
    many = sample.train.take(np.resize(np.arange(len(sample.train)), 6_000))  # told of in several steps
    save_imported(empty_data_folder, about, sample.train.take(range(50)), many)
    killed: list[int] = []

    def kill_once(share: float, note: str) -> None:
        if not killed and helper.pid is not None:
            killed.append(helper.pid)
            os.kill(helper.pid, signal.SIGKILL)

    helper.ask(What.JOB, "score", folder, ["many"], tell=kill_once, is_cancelled=never)
    assert len(scored_data(store, store.get(folder.name))) == 1
    assert helper.pid not in killed


def test_killed_twice_it_ends_in_one_sentence_and_the_next_question_is_answered(
    helper: Helper, store: RunStore, folder: Path
) -> None:
    killed: set[int] = set()

    def kill(share: float, note: str) -> None:
        if helper.pid is not None and helper.pid not in killed:
            killed.add(helper.pid)
            os.kill(helper.pid, signal.SIGKILL)

    with pytest.raises(RunError, match=f"ended {client.MAX_DEATHS} times"):
        helper.ask(What.JOB, "robustness", folder, [], tell=kill, is_cancelled=never)
    assert len(killed) == client.MAX_DEATHS
    score(helper, folder)
    assert scored_data(store, store.get(folder.name))


def test_processes_that_die_before_they_begin_are_counted_too(
    store: RunStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dies_at_once.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RunError, match=rf"ended {client.MAX_STARTS} times \(code 3\)"):
        score(Helper("dies_at_once"), folder)


@pytest.mark.thorough
def test_a_cancelled_question_frees_the_process_for_the_next(helper: Helper, store: RunStore, folder: Path) -> None:
    begun = threading.Event()
    with pytest.raises(RunError, match="cancelled"):
        helper.ask(What.JOB, "robustness", folder, [], tell=lambda share, note: begun.set(), is_cancelled=begun.is_set)
    pid = helper.pid
    score(helper, folder)
    assert helper.pid == pid is not None


def test_a_question_that_does_not_give_up_is_ended_with_its_process(
    helper: Helper, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CANCEL_SECONDS", 0.2)
    monkeypatch.setattr(processes, "END_SECONDS", 0.2)
    cancelled, pids = threading.Event(), []

    def stall(share: float, note: str) -> None:
        assert helper.pid is not None
        pids.append(helper.pid)
        os.kill(helper.pid, signal.SIGSTOP)  # it neither works nor listens
        cancelled.set()

    with pytest.raises(RunError, match="cancelled"):
        helper.ask(What.JOB, "robustness", folder, [], tell=stall, is_cancelled=cancelled.is_set)
    wait_until(lambda: is_gone(pids[0]))
    score(helper, folder)


@pytest.mark.thorough
def test_one_that_waits_for_a_lock_can_be_cancelled(helper: Helper, folder: Path) -> None:
    held = try_lock(folder / ".score.lock")
    assert held is not None
    cancelled = threading.Event()
    try:
        threading.Timer(1.0, cancelled.set).start()
        with pytest.raises(RunError, match="cancelled"):
            score(helper, folder, is_cancelled=cancelled.is_set)
    finally:
        os.close(held)
    score(helper, folder)


def test_a_quick_question_is_answered_in_the_middle_of_a_long_job(helper: Helper, folder: Path) -> None:
    begun, is_over, cancelled = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        with pytest.raises(RunError, match="cancelled"):
            helper.ask(What.JOB, "robustness", folder, [], tell=lambda *_: begun.set(), is_cancelled=cancelled.is_set)
        is_over.set()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    with pytest.raises(RunError, match="question"):
        helper.ask(What.QUESTION, "unheard of", folder, {}, tell=silent, is_cancelled=never)
    assert not is_over.is_set()
    cancelled.set()
    thread.join(60)
    assert is_over.is_set()


@pytest.mark.thorough
def test_two_threads_are_answered_by_one_process(helper: Helper, store: RunStore, folder: Path) -> None:
    other = store.folder(finished_run(store, epochs=1, seed=1))
    pids: list[int | None] = []

    def work(of: Path) -> None:
        score(helper, of)
        pids.append(helper.pid)

    threads = [threading.Thread(target=work, args=(of,)) for of in (folder, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(pids) == 2
    assert len(set(pids)) == 1
    assert all(scored_data(store, store.get(of.name)) for of in (folder, other))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ((What.JOB, "unheard of", []), "job"),
        ((What.JOB, "score", ["no such data"]), "data set"),
        ((What.QUESTION, "attribution", {"image": "?"}), "question"),
        ((What.QUESTION, "attribution", []), "question"),
    ],
)
def test_a_wrong_question_is_refused_in_words(
    helper: Helper, folder: Path, wrong: tuple[What, str, object], complaint: str
) -> None:
    what, name, asked = wrong
    with pytest.raises(RunError, match=complaint):
        helper.ask(what, name, folder, asked, tell=silent, is_cancelled=never)


def test_of_a_run_that_is_gone_it_says_so(helper: Helper, store: RunStore) -> None:
    with pytest.raises(RunError, match="no run"):
        helper.ask(What.JOB, "hidden", store.root / "20200101-000000-abcdef", [], tell=silent, is_cancelled=never)


def test_lines_that_are_no_requests_are_passed_over() -> None:
    process = processes.converse(MODULE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for line in (b"\n", b"{", b"[]", b'"x"', b'{"number": "1"}', b'{"number": 1, "what": "x"}', b"\xff" * 99):
            process.stdin.write(line + b"\n")
        process.stdin.write(b'{"number": 7, "what": "job", "name": "x", "folder": "", "asked": null}\n')
        process.stdin.flush()
        said = [read_report(process.stdout.readline()) for _ in range(2)]
        assert [(line["number"], line["event"]) for line in said if line] == [(7, "begun"), (7, "failed")]
    finally:
        process.stdin.close()
        assert process.wait(30) == 0


def test_it_ends_with_the_server_that_started_it_also_in_mid_question(folder: Path) -> None:
    code = f"""
        from pathlib import Path
        from mnist_core.probing.helper.client import Helper
        from mnist_core.probing.helper.messages import What
        helper = Helper()
        tell = lambda share, note: print(helper.pid, flush=True)
        helper.ask(What.JOB, "robustness", Path({str(folder)!r}), [], tell=tell, is_cancelled=lambda: False)
        """
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, cwd=ROOT, env=child_environment()
    )
    assert server.stdout is not None
    pid = int(server.stdout.readline())
    server.kill()
    server.wait(30)
    server.stdout.close()
    wait_until(lambda: is_gone(pid))


def test_long_work_gives_way_while_a_training_runs(helper: Helper, folder: Path) -> None:
    groups: list[str] = []

    def look(share: float, note: str) -> None:
        groups.append(session_niceness(helper.pid))

    score(helper, folder, look)
    assert helper.pid is not None
    assert psutil.Process(helper.pid).nice() == processes.LAST_NICENESS > processes.NICENESS
    RunStore(folder.parent).set(folder.name, status="running")
    training = try_lock(folder / "lock")  # held by the worker of a run that trains
    assert training is not None
    try:
        helper.ask(What.JOB, "hidden", folder, [], tell=look, is_cancelled=never)
    finally:
        os.close(training)
    if groups[0]:  # this system has autogroups
        assert {groups[0], groups[-1]} == {"0", str(processes.YIELDING)}
        assert session_niceness(helper.pid) == "0"


def session_niceness(pid: int | None) -> str:
    """Of the session of a process; empty where sessions have none."""
    group = Path(f"/proc/{pid}/autogroup")
    return group.read_text().split()[-1] if group.exists() else ""
