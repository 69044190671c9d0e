"""Requests for benchmarks of configurations and their states; the pricing worker runs them.

<runs>/.prices/<key>.json          a measurement, see `mnist_core.training.measurement`
<runs>/.prices/<key>.wanted.json   a configuration that is to be benchmarked
<runs>/.prices/<key>.begun.json    the one whose benchmark is running, and its phase
<runs>/.prices/<key>.failed.json   why a benchmark failed
<runs>/.prices/lock                held by the worker while it runs
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core import processes
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import write_json
from mnist_core.locks import is_locked
from mnist_core.runs.store import GOING, RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import (
    Measurement,
    load_measurement,
    measurement_path,
    measurement_to_dict,
    price_key,
)

LOCK = "lock"
LOG = "price.log"
ENDED_EARLY = "The benchmark ended early, perhaps because memory ran out."
MAX_REQUESTS = 40
START_SECONDS = 15.0
"""A worker that has not taken its lock after this time has failed to start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A configuration that is to be benchmarked."""

    key: str
    config: ExperimentConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceState:
    """The state of a benchmark.

    Attributes:
        measurement: the result, None if there is none yet.
        phase: the present phase, None if it is not running.
        failure: one sentence on why the last benchmark failed, None if it did not.
    """

    measurement: Measurement | None = None
    phase: str | None = None
    failure: str | None = None

    @property
    def is_pending(self) -> bool:
        """True if a result is on its way."""
        return self.phase is not None


def request_price(folder: Path, *configs: ExperimentConfig) -> None:
    """Request benchmarks of configurations, also if they have an earlier measurement.

    Raises:
        ConfigError: a network cannot be built.
        RunError: there are too many requests, or the folder cannot be written.
    """
    for config in configs:
        config.validate()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if len(list(folder.glob("*.wanted.json"))) + len(configs) > MAX_REQUESTS:
            raise RunError(f"Too many benchmarks are waiting. Expected at most {MAX_REQUESTS}.")
        for config in configs:
            _path(folder, price_key(config), "failed").unlink(missing_ok=True)
            wanted = _path(folder, price_key(config), "wanted")
            write_json(wanted, config.to_dict())
            with contextlib.suppress(FileNotFoundError):  # begun already
                os.utime(wanted, ns=(time.time_ns(),) * 2)  # the kernel's own time is coarser than a write takes
        start_worker(folder)
    except OSError as error:
        raise RunError(f"The benchmark could not be requested in {folder}: {error.strerror}.") from error


def start_worker(folder: Path) -> None:
    """Start a worker on the folder; it ends at once if there is one already."""
    processes.start("mnist_core.pricing.worker", str(folder), log=folder / LOG)


def price_state(folder: Path, config: ExperimentConfig) -> PriceState:
    """The state of the benchmark of a configuration; a few file reads, cheap enough for once a second."""
    key = price_key(config)
    # The worker writes the next of these files before it removes the one before: read in this order, none is missed.
    wanted, begun = _changed(_path(folder, key, "wanted")), _read(_path(folder, key, "begun"))
    is_alive = is_locked(folder / LOCK)
    if begun is not None and not is_alive:
        begun = _read(_path(folder, key, "begun"))  # it may have ended between the two looks
    failed, measurement = _read(_path(folder, key, "failed")), load_measurement(folder, config)
    if wanted is not None:
        if not is_alive and time.time() - wanted / 1e9 > START_SECONDS:
            return PriceState(measurement=measurement, failure="The benchmark could not be started.")
        return PriceState(measurement=measurement, phase="Waiting" if is_alive else "Starting")
    if begun is not None:
        if is_alive:
            return PriceState(measurement=measurement, phase=str(begun.get("phase", "Starting")))
        return PriceState(measurement=measurement, failure=ENDED_EARLY)
    return PriceState(measurement=measurement, failure=None if failed is None else str(failed.get("reason", "")))


# For the worker -------------------------------------------------------------------------------------------------------


def has_requests(folder: Path) -> bool:
    """Whether a request waits."""
    return next(folder.glob("*.wanted.json"), None) is not None


def next_request(folder: Path) -> Request | None:
    """The oldest request, now marked as begun; None if there is none. Unreadable ones are dropped."""
    paths = sorted(folder.glob("*.wanted.json"), key=lambda path: _changed(path) or 0)
    for path in paths:
        key = path.name.partition(".")[0]
        try:
            config = ExperimentConfig.from_json(path.read_bytes())
        except (OSError, ConfigError):
            path.unlink(missing_ok=True)
            continue
        write_json(_path(folder, key, "begun"), {"phase": "Starting"})
        path.unlink(missing_ok=True)  # before it is run, as that may crash
        return Request(key=key, config=config)
    return None


def has_begun(folder: Path, request: Request) -> bool:
    """Whether a request is marked as begun, and has neither a result nor a failure yet."""
    return _path(folder, request.key, "begun").exists()


def note_phase(folder: Path, request: Request, phase: str) -> None:
    """Store the phase of a request."""
    write_json(_path(folder, request.key, "begun"), {"phase": phase})


def store_measurement(folder: Path, request: Request, measurement: Measurement) -> None:
    """Store a result and close its request."""
    write_json(measurement_path(folder, request.config), measurement_to_dict(measurement))
    _path(folder, request.key, "begun").unlink(missing_ok=True)


def store_failure(folder: Path, request: Request, reason: str) -> None:
    """Store why there is no result, and close the request."""
    write_json(_path(folder, request.key, "failed"), {"reason": reason})
    _path(folder, request.key, "begun").unlink(missing_ok=True)


def is_something_training(folder: Path) -> bool:
    """True if a run beside this folder is training, so that the times are too long."""
    store = RunStore(folder.parent)
    store.index.look()  # a training that has just begun counts too
    return any(is_locked(store.root / run_id / LOCK) for run_id in store.index.ids(GOING))


def _path(folder: Path, key: str, what: str) -> Path:
    return folder / f"{key}.{what}.json"


def _read(path: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        return found if isinstance(found, dict) else {}
    return None


def _changed(path: Path) -> int | None:
    """Time of change in nanoseconds, None if there is no such file."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
