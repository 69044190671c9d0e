"""Benchmarks one configuration: `python -m mnist_core.pricing.benchmark FOLDER CONFIG`, started by the pricing worker.

The result or the reason why there is none is stored in the folder, see `mnist_core.pricing.requests`.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

import psutil

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import MnistCoreError
from mnist_core.models.loading import load_keras
from mnist_core.pricing.requests import Request, is_something_training, note_phase, store_failure, store_measurement
from mnist_core.processes import end_with_input, lower_priority
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import may_gain_from_bfloat16, price_key

BUSY_LOOK_SECONDS = 0.5
BUSY_PER_CENT = 33.0


def main(arguments: list[str] | None = None) -> int:
    """Benchmark the configuration; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core.pricing.benchmark", description="Benchmark one configuration."
    )
    parser.add_argument("folder", type=Path, help="the folder of requests and measurements")
    parser.add_argument("config", help="the configuration as JSON")
    options = parser.parse_args(arguments)
    end_with_input(1)
    lower_priority()  # like the training worker, or the benchmark would be faster than the run
    config = ExperimentConfig.from_json(options.config)
    request = Request(key=price_key(config), config=config)
    try:
        benchmark(options.folder, request)
    except MnistCoreError as error:
        store_failure(options.folder, request, str(error))
    except MemoryError:
        store_failure(options.folder, request, "There was not enough memory. Try a smaller batch size or network.")
    except Exception as error:  # whatever it is, the person waits for a result
        traceback.print_exc()
        store_failure(options.folder, request, _unexpected(error))
    return 0


def benchmark(folder: Path, request: Request) -> None:
    """Benchmark a configuration and store the result.

    Raises:
        MnistCoreError: the network cannot be built, or the data set cannot be loaded.
    """
    paid = time.time() - psutil.Process().create_time()  # what every run takes before its own work
    config = request.config
    config.validate()
    is_disturbed = is_something_training(folder) or is_machine_busy()
    started_at = time.monotonic() - paid
    dataset = load_dataset(config.dataset)
    note_phase(folder, request, "Loading TensorFlow")
    load_keras(deterministic=config.training.deterministic)
    from mnist_core.pricing.timing import measure

    measurement = measure(
        config,
        dataset,
        note=lambda text: note_phase(folder, request, text),
        started_at=started_at,
        is_mixed_tried=may_gain_from_bfloat16(),
    )
    is_disturbed = is_disturbed or is_something_training(folder)
    store_measurement(folder, request, replace(measurement, is_disturbed=is_disturbed))


def is_machine_busy() -> bool:
    """True if other programs use more than a third of this machine's cores."""
    return bool(psutil.cpu_percent(BUSY_LOOK_SECONDS) > BUSY_PER_CENT)


def _unexpected(error: Exception) -> str:
    if type(error).__name__ == "ResourceExhaustedError":
        return "There was not enough memory. Try a smaller batch size or network."
    return f"The benchmark ended with an unexpected error ({type(error).__name__}). See the file price.log."


if __name__ == "__main__":
    sys.exit(main())
