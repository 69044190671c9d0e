"""Keys, and every reason why a cluster cannot be used: one sentence, within five seconds."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.cluster_machines import Machines
from mnist_core.environment import ROOT, child_environment
from mnist_core.errors import ClusterError
from mnist_core.jobs import queue
from mnist_core.jobs.cluster.connection import Connection
from mnist_core.jobs.cluster.connection import connect as connect_client
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.jobs.cluster.keys import ROLES, make_keys
from mnist_core.jobs.cluster.task import fitness
from mnist_core.runs.store import RunStore
from tests.jobs.cluster.conftest import Connect, needs_dask
from tests.waiting import wait_until

pytestmark = [needs_dask, pytest.mark.slow]

PATIENCE_SECONDS = 5.0


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "keys"
    make_keys(folder)
    return folder


@pytest.fixture(scope="module")
def encrypted(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A scheduler and a worker with keys."""
    with Machines(tmp_path_factory.mktemp("encrypted"), keys=keys) as machines:
        machines.start_scheduler()
        machines.start_worker("a")
        yield machines


def refusal(stated: Path | str, keys: Path | None = None) -> str:
    """Why there is no connection; fails if saying so takes long."""
    start = time.monotonic()
    with pytest.raises(ClusterError) as error:
        connect_client(str(stated), keys)
    assert time.monotonic() - start < PATIENCE_SECONDS
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_only_their_owner_can_read_keys_and_they_are_not_replaced(keys: Path) -> None:
    files = sorted(path.name for path in keys.iterdir())
    assert files == sorted(["ca.pem", *(f"{role}{end}" for role in ROLES for end in (".pem", "-key.pem"))])
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}
    with pytest.raises(ClusterError, match="already"):
        make_keys(keys)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("role", ROLES)
def test_openssl_finds_the_certificates_signed(keys: Path, role: str) -> None:
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(keys / "ca.pem"), str(keys / f"{role}.pem")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_with_keys_scheduler_workers_and_studio_speak_encrypted(
    encrypted: Machines, keys: Path, connect: Connect
) -> None:
    executor = connect(encrypted.file, keys)
    wait_until(lambda: executor.state().places == 1)
    worker = executor.state().workers[0]
    assert (worker.name, worker.problem) == ("a", "")
    assert worker.address.startswith("tls://")


def test_without_a_key_nobody_gets_in(encrypted: Machines, keys: Path) -> None:
    """Asked with Python's own TLS: the scheduler sends nothing to whoever has no certificate of the set."""
    port = int(encrypted.file.read_text().partition("tls://127.0.0.1:")[2].partition('"')[0])
    context = ssl.create_default_context(cafile=str(keys / "ca.pem"))
    context.check_hostname = False
    refused = pytest.raises((ssl.SSLError, ConnectionError))
    with socket.create_connection(("127.0.0.1", port)) as plain, refused, context.wrap_socket(plain) as secure:
        assert secure.recv(1) != b"", "the scheduler hung up without saying why"


def test_keys_of_another_set_are_refused(encrypted: Machines, tmp_path: Path) -> None:
    make_keys(tmp_path / "others")
    assert "keys" in refusal(encrypted.file, tmp_path / "others")
    mixed = tmp_path / "mixed"  # whom to trust is right, the rest of another set
    shutil.copytree(tmp_path / "others", mixed)
    assert encrypted._keys is not None
    shutil.copy(encrypted._keys / "ca.pem", mixed / "ca.pem")
    assert "keys" in refusal(encrypted.file, mixed)


def test_an_encrypted_cluster_needs_a_folder_with_all_keys(encrypted: Machines, keys: Path, tmp_path: Path) -> None:
    assert "MNIST_STUDIO_CLUSTER_KEYS" in refusal(encrypted.file)
    shutil.copytree(keys, tmp_path / "some")
    (tmp_path / "some" / "studio-key.pem").unlink()
    assert "studio-key.pem" in refusal(encrypted.file, tmp_path / "some")
    (tmp_path / "some" / "studio-key.pem").write_text("not a key")
    assert "keys" in refusal(encrypted.file, tmp_path / "some")


def test_a_scheduler_that_is_not_there_is_told(keys: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert "cannot be reached" in refusal(f"tcp://127.0.0.1:{port}")
    assert "cannot be reached" in refusal(f"tls://127.0.0.1:{port}", keys)


@pytest.mark.thorough
def test_a_server_that_is_silent_or_another_is_told(encrypted: Machines, keys: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert "Dask scheduler" in refusal(f"tcp://127.0.0.1:{port}")
        assert "Dask scheduler" in refusal(f"tls://127.0.0.1:{port}", keys)
    port = encrypted.file.read_text().partition("tls://127.0.0.1:")[2].partition('"')[0]
    assert "Dask scheduler" in refusal(f"tcp://127.0.0.1:{port}")


@pytest.mark.filterwarnings("ignore:Mismatched versions")
def test_another_version_of_dask_is_named(tmp_path: Path) -> None:
    script = (
        "import importlib.metadata as installed\n"
        "real = installed.version\n"
        "installed.version = lambda name: '2024.1.0' if name == 'distributed' else real(name)\n"
        "from distributed.cli.dask_scheduler import main; main()"
    )
    file = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    options += ["--dashboard-address", "127.0.0.1:0"]
    with open(tmp_path / "log", "wb") as log:
        scheduler = subprocess.Popen([sys.executable, "-c", script, *options], cwd=tmp_path, stdout=log, stderr=log)
    try:
        wait_until(lambda: file.exists() and file.read_bytes().endswith(b"}"))
        sentence = refusal(file)
        assert "2024.1.0" in sentence
        assert version("distributed") in sentence
    finally:
        scheduler.kill()
        scheduler.wait()


def test_without_the_package_there_is_a_sentence_and_local_runs_go_on(tmp_path: Path) -> None:
    """In a process of its own, in which the package cannot be imported."""
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "from mnist_core.jobs.executors import LOCAL, chosen_cluster, chosen_executor\n"
        "state = chosen_cluster().wait(5)\n"
        "assert 'requirements-cluster.txt' in state.problem, state\n"
        "assert chosen_executor() is LOCAL"
    )
    variables = child_environment(MNIST_STUDIO_CLUSTER="tcp://127.0.0.1:1", MNIST_STUDIO_RUNS=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nothing_of_dask_is_loaded_unless_a_cluster_is_stated() -> None:
    script = (
        "import sys, mnist_core.jobs.queue, mnist_core.cli.cluster\n"
        "assert not {'distributed', 'dask', 'tornado', 'cryptography'} & set(sys.modules)"
    )
    variables = {name: value for name, value in child_environment().items() if name != "MNIST_STUDIO_CLUSTER"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class Scheduler:
    """What a client says of a cluster, without one; `fits` are the addresses of workers that can train our runs."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.known: set[str] = set()
        self.fits: set[str] = set()
        self.scheduler = SimpleNamespace(processing="processing", identity="identity")

    def sync(self, asked: object, *_: object, workers: Sequence[str] | None = None, **__: object) -> object:
        worker = {"name": "a", "host": "here", "nthreads": 1, "status": "running"}
        if asked == "processing":
            return {}
        if asked == "identity":
            return {"workers": dict.fromkeys(self.known, worker)}
        return {address: replace(fitness(self.root), has_runs=address in self.fits) for address in workers or ()}

    def _run(self) -> None:
        """Stands for the question how fit a worker is."""


def test_a_worker_that_comes_back_at_the_same_address_is_asked_again(store: RunStore) -> None:
    connection, client = Connection("tcp://127.0.0.1:1", None, store.root), Scheduler(store.root)
    connection.close()
    client.known = {"tcp://a"}
    (worker,) = connection._look(client)
    assert "folder of runs" in worker.problem
    client.known, client.fits = set(), {"tcp://a"}
    assert connection._look(client) == ()
    client.known = {"tcp://a"}
    (worker,) = connection._look(client)
    assert worker.problem == ""


def test_a_worker_that_does_not_fit_is_given_no_runs_and_says_why(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder of runs is another one: it would train nothing, or the wrong thing."""
    here = fitness(str(store.root))
    assert here.problem(here) == ""
    assert "keras" in replace(here, versions=here.versions | {"keras": "1.0"}).problem(here)
    elsewhere = RunStore(tmp_path / "elsewhere")
    monkeypatch.setenv("MNIST_STUDIO_RUNS", str(tmp_path / "none"))
    with Machines(tmp_path / "machines") as machines:
        machines.start_scheduler()
        machines.start_worker("a")
        executor = ClusterExecutor(str(machines.file), None, elsewhere.root)
        try:
            wait_until(lambda: executor.state().workers != ())
            assert "folder of runs" in executor.state().workers[0].problem
            assert executor.state().places == 0
            assert queue.dispatch(elsewhere, executor) == ()
        finally:
            executor.close()
