"""The worker of a run with a training that takes a second: `python -m benchmarks.fast_worker RUN_DIR --task TASK`.

All but the training is the real one: locks, attempts, recorder, requests, exit codes.
"""

from __future__ import annotations

import math
import os
import sys

from benchmarks.killing import train
from mnist_core.jobs import worker
from mnist_core.jobs.recorder import RunRecorder
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig

BATCH_SECONDS = 0.05


def share_of(config: ExperimentConfig) -> float:
    """What the accuracy of a design tends to: the most with a learning rate near 0.01, and less with a large batch."""
    away = abs(math.log10(config.training.learning_rate) + 2)
    return 0.98 - 0.05 * away - config.training.batch_size / 10_000


def train_fast(store: RunStore, record: RunRecord, recorder: RunRecorder) -> RunStatus:
    """What stands for the training of Keras."""
    for _epoch in train(recorder, record.epochs, batch_seconds=BATCH_SECONDS, share=share_of(record.config)):
        if recorder.requests().stop:
            return RunStatus.STOPPED
    return RunStatus.COMPLETED


if __name__ == "__main__":
    worker.train = train_fast
    exit_code = worker.main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)
