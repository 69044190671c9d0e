"""Jobs as the dashboard starts them: real processes."""

from __future__ import annotations

import threading

import pytest

from mnist_core.errors import RunError
from mnist_core.locks import try_lock
from mnist_core.probing.helper.client import follow
from mnist_core.probing.scored_data import scored_data
from mnist_core.runs.store import RunStore
from tests.callbacks import never, silent
from tests.finished_runs import finished_run
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


def test_progress_arrives_and_the_result_is_kept(store):
    run_id = finished_run(store, epochs=1)
    told: list[float] = []
    folder = store.folder(run_id)
    follow("score", folder, "optical-digits", tell=lambda share, note: told.append(share), is_cancelled=never)
    assert told[-1] == 1
    assert len(scored_data(store, store.get(run_id))) == 1


def test_an_error_of_the_job_is_passed_on(store):
    run_id = finished_run(store, epochs=1)
    with pytest.raises(RunError, match="no data set called"):
        follow("score", store.folder(run_id), "gone", tell=silent, is_cancelled=never)


def test_a_cancelled_job_ends_and_leaves_nothing(store):
    run_id = finished_run(store, epochs=1)
    folder = store.folder(run_id)
    cancelled = threading.Event()

    def tell(share: float, note: str) -> None:
        cancelled.set()

    with pytest.raises(RunError, match="cancelled"):
        follow("robustness", folder, tell=tell, is_cancelled=cancelled.is_set)
    assert not list(folder.glob("robustness/*.npz"))


def test_a_second_process_waits_for_the_first_and_finds_its_result(store):
    run_id = finished_run(store, epochs=1)
    folder = store.folder(run_id)
    held = try_lock(folder / ".score.lock")
    assert held is not None
    ended: list[bool] = []

    def work() -> None:
        follow("score", folder, "optical-digits", tell=silent, is_cancelled=never)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        wait_until(lambda: thread.is_alive())
        assert not ended
    finally:
        import os

        os.close(held)
        thread.join(60)
    assert ended
