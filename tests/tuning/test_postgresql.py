"""A study in a PostgreSQL database that the test starts itself, from Debian's package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mnist_core.errors import StudyError
from mnist_core.runs.events import read_events
from mnist_core.runs.store import RunStore
from mnist_core.tuning import search as searching
from mnist_core.tuning.control import Doing, read_state
from mnist_core.tuning.search import search
from mnist_core.tuning.storage import address_of, study_in_database
from mnist_core.tuning.study import Study, StudySettings, create_study, study_folder
from mnist_core.tuning.trials import TrialState
from tests.tuning.conftest import EPOCHS, open_space, right_answers, trials_of
from tests.tuning.simulated import Simulated

pytestmark = [pytest.mark.thorough, pytest.mark.slow]
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A database server that can be lost."""

    url: str
    start: Callable[[], None]
    stop: Callable[[], None]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with an empty database; it ends with the test."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not BINARIES:
        pytest.skip("PostgreSQL is not on this machine: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="mnist-studio-postgresql-"))
    who = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}  # it refuses to run as root
    if who:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [str(BINARIES[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60, **who)  # type: ignore[call-overload]

    run("initdb", "-D", str(folder / "data"), "-U", "studio", "--auth=trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def start() -> None:
        run("pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options, "start")

    def stop() -> None:
        run("pg_ctl", "-D", str(folder / "data"), "-w", "-m", "immediate", "stop")

    start()
    yield Server(url=f"postgresql://studio:secret@127.0.0.1:{port}/postgres", start=start, stop=stop)
    stop()
    shutil.rmtree(folder)


@pytest.fixture
def database(server: Server) -> str:
    return server.url


def test_two_machines_share_a_study_and_never_a_trial(database: str, tmp_path: Path) -> None:
    """Each has a folder of runs of its own; what one has trained, the other knows from the database."""
    here, there = RunStore(tmp_path / "here"), RunStore(tmp_path / "there")
    settings = StudySettings(trials=4, method="random", pruning="off")
    made = Study(name="shared", space=open_space(), settings=settings, storage=address_of(database))
    study = create_study(here.root, made)
    looks = iter(range(100))
    first = Simulated(here, right_answers)
    state = search(here, study, url=database, runner=first, is_asked_to_stop=lambda: next(looks) > 5)
    assert state.doing is Doing.STOPPED

    known = study_in_database("shared", database)
    assert (known.space, known.settings) == (study.space, study.settings)
    second = Simulated(there, right_answers)
    search(there, create_study(there.root, known), url=database, runner=second)
    search(here, study, url=database, runner=first)

    trials = trials_of(here, study)
    assert [trial.state for trial in trials.trials] == [TrialState.COMPLETED] * 4
    started = [*dict.fromkeys(first.started), *dict.fromkeys(second.started)]
    assert sorted(str(trial.run_id) for trial in trials.trials) == sorted(started)
    assert second.started
    values = {run.run_id: run.summary.validation_accuracy for store in (here, there) for run in store.list()}
    assert {trial.run_id: trial.value for trial in trials.trials} == values
    assert trials.best is not None
    assert trials.best.run_id == max(sorted(values), key=lambda run_id: values[run_id] or 0)


def test_a_search_waits_for_its_database_and_goes_on_when_it_is_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "RETRY_SECONDS", 0.1)
    store = RunStore(tmp_path / "runs")
    settings = StudySettings(trials=3, method="random", pruning="off")
    study = create_study(
        store.root, Study(name="lost", space=open_space(), settings=settings, storage=address_of(server.url))
    )
    folder, looks, seen = study_folder(store.root, "lost"), iter(range(1000)), []

    def look() -> bool:
        """The server is lost before the fourth look, and back before the seventh."""
        number = next(looks)
        if number == 4:
            server.stop()
        if number > 4:
            seen.append(read_state(folder))
        if number == 7:
            server.start()
        return False

    begun = time.monotonic()
    state = search(store, study, url=server.url, runner=Simulated(store, right_answers), is_asked_to_stop=look)
    assert state.doing is Doing.DONE
    waiting = [one for one in seen if one.doing is Doing.WAITING]
    assert len(waiting) == 3
    assert all("127.0.0.1" in one.reason and "secret" not in one.reason for one in waiting)
    assert time.monotonic() - begun < 60
    trials = trials_of(store, study).trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETED] * 3
    for run in store.list():
        told = [event["epoch"] for event in read_events(store.folder(run.run_id) / "events.jsonl").events
                if event["event"] == "epoch"]  # fmt: skip
        assert told == list(range(1, EPOCHS + 1))


def test_a_study_of_a_database_needs_its_address(database: str, tmp_path: Path) -> None:
    store = RunStore(tmp_path / "here")
    made = Study(name="alone", space=open_space(), settings=StudySettings(), storage=address_of(database))
    study = create_study(store.root, made)
    with pytest.raises(StudyError, match="MNIST_STUDIO_STUDIES"):
        search(store, study, runner=Simulated(store, right_answers))
    with pytest.raises(StudyError, match="There is no study"):
        study_in_database("none", database)
    assert "secret" not in study.to_dict()["storage"]
