"""Starts Dask's scheduler and workers with safe settings: encrypted, or not reachable from other machines."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from mnist_core import processes
from mnist_core.errors import ClusterError, ConfigError
from mnist_core.jobs.cluster.address import find_address, parse_address
from mnist_core.jobs.cluster.connection import MISSING
from mnist_core.jobs.cluster.keys import key_files

MAX_PLACES = 64
MAX_PORT = 65535
NO_PAGES = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
"""Dask serves pages about a cluster over HTTP, to anyone who can reach them."""


Command = tuple[str, list[str]]
"""A module and its arguments."""


def become(command: Command) -> NoReturn:
    """Turn this process into a scheduler or a worker.

    Raises:
        ClusterError: `distributed` is missing.
    """
    if find_spec("distributed") is None:
        raise ClusterError(MISSING)
    module, options = command
    processes.become(module, *options)


def scheduler_command(host: str, port: int, *, keys: Path | None, file: Path | None) -> Command:
    """The scheduler on a host and port, 0 for any free one, which writes its address into a file.

    Raises:
        ConfigError: the port is not valid.
        ClusterError: other machines could reach it without keys, or keys are missing.
    """
    if not 0 <= port <= MAX_PORT:
        raise ConfigError.invalid("port", expected=f"an integer from 0 to {MAX_PORT}", received=port)
    scheme = "tls" if keys else "tcp"
    address = parse_address(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or 1}")
    options = ["--host", address.host, "--port", str(port), "--protocol", scheme, *NO_PAGES]
    options += ["--scheduler-file", str(file.absolute())] if file else []
    return "distributed.cli.dask_scheduler", options + _key_options(keys, "scheduler")


def worker_command(stated: str, *, keys: Path | None, places: int, name: str) -> Command:
    """A worker of the scheduler at an address, which may be the path of its file.

    Raises:
        ConfigError: the number of places is not valid.
        ClusterError: the address would be used without encryption, or keys are missing.
    """
    if not 1 <= places <= MAX_PLACES:
        raise ConfigError.invalid("places", expected=f"an integer from 1 to {MAX_PLACES}", received=places)
    address = find_address(stated)
    if address.is_encrypted and keys is None:
        raise ClusterError(f"The cluster at {address} needs keys: add --keys DIR.")
    # No nanny: it would start the worker again, but not with a new scheduler. No limit of memory: that of the worker is
    # small, and it does not count what the trainings use.
    options = [str(address), "--nthreads", str(places), "--no-nanny", "--memory-limit", "0", *NO_PAGES]
    options += ["--name", name] if name else []
    options += [] if address.is_encrypted else ["--host", address.host]
    return "distributed.cli.dask_worker", options + _key_options(keys if address.is_encrypted else None, "worker")


def _key_options(keys: Path | None, role: str) -> list[str]:
    if keys is None:
        return []
    pairs = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), key_files(keys.absolute(), role), strict=True)
    return [text for option, path in pairs for text in (option, str(path))]
