"""The worker of a run, which also prints the CPU time of its training.

    python -m benchmarks.timed_worker RUN_DIR

All of it is the real one. The last line is a JSON object with user and system time: `fit_cpu_seconds` of all that
happens from the first batch to the end of the last epoch (computing, recording, validation), and
`validation_cpu_seconds`, the share of it that predicts the validation images.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from mnist_core.jobs import worker
from mnist_core.models.loading import load_keras

load_keras(deterministic=False)

from mnist_core.training.trainer import Trainer

SPENT = {"fit_cpu_seconds": 0.0, "validation_cpu_seconds": 0.0}


def timed(function: Any, name: str) -> Any:
    """The function, with its CPU time added to that of `name`."""

    def call(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            SPENT[name] += time.process_time() - start

    return call


if __name__ == "__main__":
    Trainer.fit = timed(Trainer.fit, "fit_cpu_seconds")  # type: ignore[method-assign]
    Trainer._validate = timed(Trainer._validate, "validation_cpu_seconds")  # type: ignore[method-assign]
    exit_code = worker.main()
    print(json.dumps(SPENT))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)
