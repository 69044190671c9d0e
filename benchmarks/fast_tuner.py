"""The tuner of a study whose trials take a second: `python -m benchmarks.fast_tuner STUDY_DIR`."""

from __future__ import annotations

import sys

from mnist_core.jobs import launcher
from mnist_core.tuning import process

if __name__ == "__main__":
    launcher.WORKER = "benchmarks.fast_worker"  # also on this machine, where trials train while no cluster answers
    sys.exit(process.main())
