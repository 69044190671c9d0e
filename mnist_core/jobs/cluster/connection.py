"""The connection to a Dask scheduler: made in the background, looked after every second, made again when it is lost."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from mnist_core.errors import ClusterError, MnistCoreError
from mnist_core.jobs.cluster.address import KEYS_COMMAND, Address, find_address
from mnist_core.jobs.cluster.keys import key_files
from mnist_core.jobs.cluster.state import ClusterState, ClusterWorker
from mnist_core.jobs.cluster.task import Fitness, fitness

LOOK_SECONDS = 1.0
RETRY_SECONDS = 3.0
KNOCK_SECONDS = 2.0
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 4.0
"""A scheduler that takes longer to answer counts as lost until it does."""
MAX_LOST = 5
MISSING = "A cluster needs the package `distributed`, which is not installed: pip install -r requirements-cluster.txt"


class Connection:
    """A client of the scheduler, and what was last seen of the cluster. May be used by several threads."""

    def __init__(self, stated: str, keys: Path | None, root: Path) -> None:
        self._stated, self._keys, self._root = stated, keys, root
        self._state = ClusterState(where=stated)
        self._client: Any = None
        self._fitness: dict[str, str] = {}
        self._seen_at = time.monotonic()
        self._has_closed = threading.Event()
        self._has_looked = threading.Event()
        threading.Thread(target=self._keep, name="looks after the cluster", daemon=True).start()

    def state(self) -> ClusterState:
        """What was last seen; not connected if that was too long ago."""
        state, silent = self._state, time.monotonic() - self._seen_at
        if state.is_connected and silent > ANSWER_SECONDS:
            problem = f"The cluster at {self._stated} has not answered for {silent:.0f} s."
            return replace(state, is_connected=False, problem=problem)
        return state

    def wait(self, seconds: float) -> ClusterState:
        """The state as soon as it is known whether the cluster can be used."""
        self._has_looked.wait(seconds)
        return self.state()

    def client(self) -> Any:
        """The client of the scheduler; None while it does not answer."""
        return self._client if self.state().is_connected else None

    def close(self) -> None:
        """End the connection; what the cluster trains goes on."""
        self._has_closed.set()

    def _keep(self) -> None:
        while not self._has_closed.is_set():
            try:
                client = connect(self._stated, self._keys)
                try:
                    self._follow(client)
                finally:
                    self._client = None
                    with contextlib.suppress(Exception):
                        client.close(timeout=1)
            except Exception as error:  # whatever Dask raises: the connection is made again
                self._state = replace(self._state, is_connected=False, problem=_sentence(self._stated, error))
            self._has_looked.set()
            self._has_closed.wait(RETRY_SECONDS)

    def _follow(self, client: Any) -> None:
        self._fitness.clear()  # the workers may have been started again since the last connection
        while not self._has_closed.is_set():
            workers = self._look(client)
            self._client, self._seen_at = client, time.monotonic()
            self._state = ClusterState(
                where=self._stated, is_connected=True, workers=workers, lost=_lost(self._state, workers)
            )
            self._has_looked.set()
            self._has_closed.wait(LOOK_SECONDS)

    def _look(self, client: Any) -> tuple[ClusterWorker, ...]:
        # In this order: a worker that is lost in between is not there, rather than there without its runs.
        busy = client.sync(client.scheduler.processing, workers=None)
        known = client.sync(client.scheduler.identity, n_workers=-1)["workers"]
        # A worker that is started again at the same address may have got what it lacked.
        self._fitness = {address: problem for address, problem in self._fitness.items() if address in known}
        self._examine(client, [address for address in known if address not in self._fitness])
        return tuple(
            ClusterWorker(
                address=address,
                name=str(worker["name"]),
                host=str(worker["host"]),
                places=int(worker["nthreads"]) if worker["status"] == "running" else 0,
                run_ids=tuple(run_id for key in busy.get(address, ()) if (run_id := run_of(key))),
                problem=self._fitness.get(address, ""),
            )
            for address, worker in sorted(known.items(), key=lambda item: (str(item[1]["name"]), item[0]))
        )

    def _examine(self, client: Any, addresses: list[str]) -> None:
        """Ask new workers whether they can train our runs; one that has just gone is asked again when it is back."""
        if not addresses:
            return
        here = replace(fitness(str(self._root)), has_runs=True)
        options = {"workers": addresses, "on_error": "return", "callback_timeout": ANSWER_SECONDS}
        for address, found in client.sync(client._run, fitness, str(self._root), **options).items():
            if isinstance(found, Fitness):
                self._fitness[address] = found.problem(here)
            elif isinstance(found, ImportError):
                self._fitness[address] = f"MNIST Studio is not there: {found}. Start the worker in its folder."
            elif not isinstance(found, OSError):
                self._fitness[address] = f"It could not be asked: {found!r:.200}"


def key_of(task: str, ends: int) -> str:
    """What Dask calls a task that has ended so often without an end of its run.

    Not like an argument of the task, which Dask would replace by the result.
    """
    return f"mnist-studio:{task}.{ends}"


def run_of(key: object) -> str:
    """The run that a task of Dask trains; empty for those of other programs."""
    start, _, task = str(key).partition(":")
    return task.partition(".")[0] if start == "mnist-studio" else ""


def connect(stated: str, keys: Path | None) -> Any:
    """A client of the scheduler.

    Raises:
        ClusterError: in one sentence, within five seconds, why there is none.
    """
    address = find_address(stated)
    if address.is_encrypted and keys is None:
        raise ClusterError(
            f"The cluster at {address} needs keys. Set MNIST_STUDIO_CLUSTER_KEYS to the folder that `{KEYS_COMMAND}` "
            "has made."
        )
    files = key_files(keys, "studio") if address.is_encrypted and keys is not None else None
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ClusterError(MISSING) from None
    knock(address, files)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # we say ourselves that a connection is lost
    try:
        client = distributed.Client(
            str(address), timeout=CONNECT_SECONDS, set_as_default=False, security=_security(distributed, files)
        )
    except Exception as error:
        raise ClusterError(f"The cluster at {address} cannot be used: {error!s:.200}") from None
    try:
        there = client.sync(client.scheduler.versions, callback_timeout=ANSWER_SECONDS)["packages"]["distributed"]
    except BaseException:
        client.close(timeout=1)
        raise
    if there != distributed.__version__:
        client.close(timeout=1)
        raise ClusterError(
            f"The cluster at {address} has distributed {there}, this machine has {distributed.__version__}. "
            "Install the same version on both."
        )
    return client


def knock(address: Address, files: tuple[Path, Path, Path] | None) -> None:
    """Ensure that a scheduler answers; Dask itself would try for long, and not say what is wrong.

    Raises:
        ClusterError: none does, or it does not accept the keys.
    """
    try:
        with socket.create_connection((address.host, address.port), timeout=KNOCK_SECONDS) as plain:
            if files is None:
                plain.recv(1)
                return
            with _context(files).wrap_socket(plain) as secure:
                secure.recv(1)  # a scheduler that refuses our certificate says so only now
    except ssl.SSLError as error:
        folder = files[0].parent if files else None
        reason = error.reason or error
        raise ClusterError(
            f"The cluster at {address} does not accept the keys in {folder} ({reason}). Expected keys of the set "
            "that its scheduler was started with."
        ) from None
    except TimeoutError:
        raise ClusterError(f"No Dask scheduler answered at {address} within {KNOCK_SECONDS:g} s.") from None
    except OSError as error:
        raise ClusterError(f"The cluster at {address} cannot be reached: {error.strerror or error}.") from None


def _context(files: tuple[Path, Path, Path]) -> ssl.SSLContext:
    authority, certificate, key = files
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False  # a set of keys stands for the cluster, not for the names of its machines
    context.load_cert_chain(certificate, key)
    return context


def _security(distributed: Any, files: tuple[Path, Path, Path] | None) -> Any:
    if files is None:
        return None
    authority, certificate, key = map(str, files)
    return distributed.Security(
        tls_ca_file=authority, tls_client_cert=certificate, tls_client_key=key, require_encryption=True
    )


def _lost(before: ClusterState, workers: tuple[ClusterWorker, ...]) -> tuple[ClusterWorker, ...]:
    present = {worker.address for worker in workers}
    gone = tuple(worker for worker in before.workers if worker.address not in present and worker.run_ids)
    return (*gone, *before.lost)[:MAX_LOST]


def _sentence(stated: str, error: Exception) -> str:
    if isinstance(error, MnistCoreError):
        return str(error)
    return f"The connection to the cluster at {stated} was lost ({type(error).__name__})."
