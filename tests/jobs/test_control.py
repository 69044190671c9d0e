"""Requests to a worker, and who may be ended for not obeying."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mnist_core.errors import ConfigError
from mnist_core.jobs import queue
from mnist_core.jobs.control import (
    Awaited,
    awaited,
    clear_requests,
    holder,
    read_requests,
    release_pause,
    request_adjustments,
    request_pause,
    request_stop,
    sign,
)
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments, Requests
from tests.jobs.conftest import small_config


def test_requests_are_read_as_they_were_made_and_forgotten_when_cleared(tmp_path: Path) -> None:
    assert read_requests(tmp_path) == Requests()
    request_stop(tmp_path)
    request_pause(tmp_path)
    request_adjustments(tmp_path, Adjustments(epochs=7))
    request_adjustments(tmp_path, Adjustments(learning_rate=0.5))
    wanted = Requests(stop=True, pause=True, adjustments=Adjustments(epochs=7, learning_rate=0.5))
    assert read_requests(tmp_path) == wanted
    clear_requests(tmp_path)
    assert read_requests(tmp_path) == Requests()


def test_a_request_is_awaited_until_the_status_shows_that_it_was_obeyed(tmp_path: Path) -> None:
    assert awaited(tmp_path, RunStatus.RUNNING) is None
    request_pause(tmp_path)
    assert awaited(tmp_path, RunStatus.RUNNING) is Awaited.PAUSE
    assert awaited(tmp_path, RunStatus.PAUSED) is None
    release_pause(tmp_path)
    assert awaited(tmp_path, RunStatus.PAUSED) is None, "no worker is there to be resumed"
    lock = try_lock(tmp_path / "lock")
    assert lock is not None
    assert awaited(tmp_path, RunStatus.PAUSED) is Awaited.RESUME
    request_stop(tmp_path)
    for status in RunStatus:
        is_at_work = status in (RunStatus.RUNNING, RunStatus.PAUSED)
        assert awaited(tmp_path, status) is (Awaited.STOP if is_at_work else None)
    os.close(lock)


@pytest.mark.parametrize(
    "wanted", [Adjustments(epochs=0), Adjustments(learning_rate=0.0), Adjustments(learning_rate=99)]
)
def test_a_change_outside_the_limits_is_refused_and_nothing_written(tmp_path: Path, wanted: Adjustments) -> None:
    with pytest.raises(ConfigError):
        request_adjustments(tmp_path, wanted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"epochs": "many"}', '{"learning_rate": -1}', "[" * 9999])
def test_a_damaged_request_is_no_request(tmp_path: Path, content: str) -> None:
    (tmp_path / "adjust.json").write_text(content)
    assert read_requests(tmp_path) == Requests()


def test_the_holder_of_a_lock_is_known_by_id_and_start(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    lock = try_lock(tmp_path / "lock")
    assert lock is not None
    sign(lock)
    assert holder(tmp_path) == psutil.Process()
    os.close(lock)
    assert holder(tmp_path) is None, "a lock that nobody holds has no holder, whatever was written into it"


def test_a_process_that_took_over_an_id_is_never_ended(store: RunStore) -> None:
    """The lock is held, but what is written in it names a process that began at another time."""
    run_id = store.create(small_config())
    stranger = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    started = psutil.Process(stranger.pid).create_time() - 1000
    os.pwrite(lock, json.dumps({"pid": stranger.pid, "started": started}).encode(), 0)
    request_stop(store.folder(run_id))
    os.utime(store.folder(run_id) / "stop", (0, 0))
    assert "not on this machine" in queue.stop(store, run_id)
    assert stranger.poll() is None
    stranger.communicate()
    os.close(lock)
