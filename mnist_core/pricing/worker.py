"""Measures what experiments cost: `python -m mnist_core.pricing.worker FOLDER`, in a process of its own.

It works off the requests in the folder, see `mnist_core.pricing.requests`, and ends when none are left. Only one works
on a folder at a time, and each request is tried once: one that takes the process down is not tried again.
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
    parser = argparse.ArgumentParser(prog="python -m mnist_core.pricing.worker", description="Time experiments.")
    parser.add_argument("folder", type=Path, help="where requests and measurements lie")
    folder = parser.parse_args(arguments).folder.absolute()
    lock = try_lock(folder / LOCK)
    if lock is None:
        return 0  # the one that works here will come to our request
    try:
        lower_priority()  # as the training worker: else the trial would be faster than the run
        sweep_temporaries(folder)
        work(folder)
    finally:
        os.close(lock)
    return 0


def work(folder: Path) -> None:
    """Work off all requests, the oldest first."""
    paid = time.time() - psutil.Process().create_time()  # what every run pays before it comes to its own work
    while (request := next_request(folder)) is not None:
        try:
            paid += price_one(folder, request, paid)
        except MnistCoreError as error:
            store_failure(folder, request, str(error))
        except MemoryError:
            store_failure(folder, request, "There was not enough memory. Try a smaller batch size or network.")
        except Exception as error:  # whatever it is, the person waits for an answer
            traceback.print_exc()
            store_failure(folder, request, _unexpected(error))


def price_one(folder: Path, request: Request, paid: float) -> float:
    """Measure one experiment and keep the result; returns what loading TensorFlow took, if it was not there yet.

    Args:
        paid: seconds that a run takes before its own work: starting Python and loading what is here already.
    """
    config = request.config
    config.validate()
    is_disturbed = is_something_training(folder) or is_machine_busy()
    started_at = time.monotonic() - paid
    dataset = load_dataset(config.dataset)
    note_phase(folder, request, "Loading TensorFlow")
    before = time.monotonic()
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
    """True if other programs keep more than a third of this machine at work."""
    return bool(psutil.cpu_percent(BUSY_LOOK_SECONDS) > BUSY_PER_CENT)


def _unexpected(error: Exception) -> str:
    if type(error).__name__ == "ResourceExhaustedError":
        return "There was not enough memory. Try a smaller batch size or network."
    return f"The trial ended with an unexpected error ({type(error).__name__}). The file price.log says more."


if __name__ == "__main__":
    sys.exit(main())
