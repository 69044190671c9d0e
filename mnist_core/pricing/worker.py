"""Benchmarks configurations in a separate process: `python -m mnist_core.pricing.worker FOLDER`.

It processes the requests in the folder, see `mnist_core.pricing.requests`, and ends when none are left. Only one worker
runs on a folder at a time, and each request is tried once, even if it crashes the process.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

import psutil

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import MnistCoreError
from mnist_core.files import sweep_temporaries
from mnist_core.locks import try_lock
from mnist_core.models.loading import load_keras
from mnist_core.pricing.requests import (
    LOCK,
    Request,
    is_something_training,
    next_request,
    note_phase,
    store_failure,
    store_measurement,
)
from mnist_core.processes import lower_priority
from mnist_core.training.measurement import may_gain_from_bfloat16

BUSY_LOOK_SECONDS = 0.5
BUSY_PER_CENT = 33.0


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core.pricing.worker", description="Benchmark configurations."
    )
    parser.add_argument("folder", type=Path, help="the folder of requests and measurements")
    folder = parser.parse_args(arguments).folder.absolute()
    lock = try_lock(folder / LOCK)
    if lock is None:
        return 0  # the other worker will process our request
    try:
        lower_priority()  # like the training worker, or the benchmark would be faster than the run
        sweep_temporaries(folder)
        work(folder)
    finally:
        os.close(lock)
    return 0


def work(folder: Path) -> None:
    """Process all requests, the oldest first."""
    paid = time.time() - psutil.Process().create_time()  # what every run takes before its own work
    while (request := next_request(folder)) is not None:
        try:
            paid += price_one(folder, request, paid)
        except MnistCoreError as error:
            store_failure(folder, request, str(error))
        except MemoryError:
            store_failure(folder, request, "There was not enough memory. Try a smaller batch size or network.")
        except Exception as error:  # whatever it is, the person waits for a result
            traceback.print_exc()
            store_failure(folder, request, _unexpected(error))


def price_one(folder: Path, request: Request, paid: float) -> float:
    """Benchmark one configuration and store the result; returns the time to load TensorFlow, about 0 if it was loaded.

    Args:
        paid: seconds that a run takes before its own work: starting Python and loading the modules loaded here.
    """
    config = request.config
    config.validate()
    is_disturbed = is_something_training(folder) or is_machine_busy()
    started_at = time.monotonic() - paid
    dataset = load_dataset(config.dataset)
    note_phase(folder, request, "Loading TensorFlow")
    before = time.monotonic()
    load_keras(deterministic=False)
    from mnist_core.pricing.timing import measure

    loading = time.monotonic() - before
    measurement = measure(
        config,
        dataset,
        note=lambda text: note_phase(folder, request, text),
        started_at=started_at,
        is_mixed_tried=may_gain_from_bfloat16(),
    )
    is_disturbed = is_disturbed or is_something_training(folder)
    store_measurement(folder, request, replace(measurement, is_disturbed=is_disturbed))
    return loading


def is_machine_busy() -> bool:
    """True if other programs use more than a third of this machine's cores."""
    return bool(psutil.cpu_percent(BUSY_LOOK_SECONDS) > BUSY_PER_CENT)


def _unexpected(error: Exception) -> str:
    if type(error).__name__ == "ResourceExhaustedError":
        return "There was not enough memory. Try a smaller batch size or network."
    return f"The benchmark ended with an unexpected error ({type(error).__name__}). See the file price.log."


if __name__ == "__main__":
    sys.exit(main())
