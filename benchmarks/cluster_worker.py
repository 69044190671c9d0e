"""A worker of Dask with other trainings: `python -m benchmarks.cluster_worker MODULE`, then the options of Dask."""

from __future__ import annotations

import sys

from distributed.cli import dask_worker

from mnist_core.jobs.cluster import task

if __name__ == "__main__":
    task.WORKER = sys.argv.pop(1)
    dask_worker.main()
