from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dashboard.server.background import MAX_KEPT, Job, Jobs
from dashboard.state.person import as_person, signed_in
from mnist_core.classroom.people import create_class
from mnist_core.classroom.sessions import Sessions
from mnist_core.errors import DatasetError, SignedOutError
from tests.waiting import wait_until


def test_a_job_that_is_requested_twice_runs_once() -> None:
    jobs, started, go_on = Jobs(), [], threading.Event()

    def work(job: Job) -> str:
        started.append(job)
        go_on.wait(10)
        return "done"

    first, second = jobs.start("key", work), jobs.start("key", work)
    assert first is second
    assert first.is_running
    go_on.set()
    wait_until(lambda: first.is_done)
    assert first.result == "done"
    assert jobs.start("key", work).result == "done"
    assert len(started) == 1


def test_progress_stays_between_none_and_all() -> None:
    job = Job(lambda job: None)
    assert job.share is None
    told: list[float | None] = []
    for share in (1.5, 0.5, -1):
        job.tell(share, "nearly")
        told.append(job.share)
    assert told == [1.0, 0.5, 0.0]
    assert job.note == "nearly"


@pytest.mark.parametrize(("error", "is_told"), [(DatasetError("No network."), True), (KeyError("No network."), False)])
def test_a_failure_becomes_an_error(error: Exception, is_told: bool) -> None:
    def work(job: Job) -> None:
        raise error

    job = Jobs().start("key", work)
    wait_until(lambda: not job.is_running)
    assert not job.is_done
    assert job.problem
    assert ("No network." in job.problem) is is_told  # what a library says is for the log


def test_a_forgotten_job_is_cancelled_and_can_be_started_again() -> None:
    jobs = Jobs()

    def until_cancelled(job: Job) -> str:
        wait_until(job.is_cancelled)
        return "ended"

    first = jobs.start("key", until_cancelled)
    jobs.forget("key")
    wait_until(lambda: first.is_done)
    assert jobs.get("key") is None
    assert jobs.start("key", lambda job: "second") is not first


def test_only_so_many_results_are_kept_and_those_in_use_stay() -> None:
    jobs = Jobs()
    for number in range(MAX_KEPT + 5):
        wait_until(lambda: jobs.start(number, lambda job: number).is_done)  # noqa: B023 - waited for at once
        assert jobs.get(0) is not None
    assert jobs.get(1) is None
    assert jobs.get(MAX_KEPT + 4) is not None


def test_a_finished_job_lets_go_of_what_it_worked_on() -> None:
    import gc
    import weakref

    class Upload:
        pass

    upload = Upload()
    seen = weakref.ref(upload)
    job = Jobs().start("key", lambda job, upload=upload: None)  # type: ignore[misc]
    wait_until(lambda: job.is_done)
    del upload
    gc.collect()
    assert seen() is None


def test_a_job_is_done_as_the_person_who_has_asked_for_it(tmp_path: Path) -> None:
    _, teacher, _ = create_class(tmp_path / "class", title="7b", teacher="Ms Curie")
    folder = tmp_path / "class"
    with as_person(Sessions(folder).begin(teacher.person_id)):
        job = Jobs().start("key", lambda _: signed_in(folder))
    job.wait(30)
    assert job.result == teacher
    with pytest.raises(SignedOutError):
        signed_in(folder)
