"""What a cluster costs: time to hand out 1,000 runs that do nothing, and throughput with 1 to 3 workers.

    python benchmarks/bench_cluster.py [--runs 1000] [--seconds 2]

The runs are simulated: they sleep, because two cores cannot train three networks at full speed. What is measured is
everything around the training: queue, run directories, Dask, and the start of a process for each run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cluster_machines import Machines
from benchmarks.report import Figure, figure, report
from mnist_core.jobs import queue
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

TICK_SECONDS = 1.0
"""How often a server hands out runs."""
RUNS_PER_WORKER = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a simulated run takes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        handed = hand_out(Path(folder), options.runs)
    rates = {}
    for workers in (1, 2, 3):
        with tempfile.TemporaryDirectory() as folder:
            rates[workers] = throughput(Path(folder), workers, options.seconds)
        print(
            f"{workers} workers: {rates[workers] * 60:.1f} runs of {options.seconds:g} s a minute, "
            f"{rates[workers] / rates[1]:.2f} times that of one; busy "
            f"{rates[workers] * options.seconds / workers:.0%} of the time"
        )
    more = figure("Throughput of 3 workers, to one", rates[3] / rates[1])
    return report("cluster", handed, more, runs=options.runs, seconds=options.seconds).shown()


def hand_out(folder: Path, runs: int) -> Figure:
    """Hand over many runs that end at once, all at the same time; returns the time of one."""
    store = RunStore(folder / "runs")
    ids = [_new_run(store, 0) for _ in range(runs)]
    with Machines(folder / "machines", worker="benchmarks.simulated_worker") as machines:
        executor = start(machines, store, 3)
        start_time, took, started = time.monotonic(), [], []
        for run_id in ids:
            before = time.monotonic()
            started.append(executor.start(store, run_id))
            took.append(time.monotonic() - before)
        handed = time.monotonic() - start_time
        while any(run.poll() is None for run in started):
            time.sleep(0.1)
        done = time.monotonic() - start_time
        executor.close()
    median, slowest = statistics.median(took) * 1000, max(took) * 1000
    print(f"{runs} runs handed out in {handed:.1f} s ({median:.1f} ms each, at most {slowest:.0f} ms)")
    print(f"all of them begun and ended on 3 workers after {done:.1f} s ({done / runs * 1000:.0f} ms each)")
    return figure("A run handed to a cluster", [1000 * seconds for seconds in took], "ms")


def throughput(folder: Path, workers: int, seconds: float) -> float:
    """Runs a second through the queue, with runs that sleep."""
    store = RunStore(folder / "runs")
    with Machines(folder / "machines", worker="benchmarks.simulated_worker") as machines:
        executor = start(machines, store, workers)
        ids = [_new_run(store, seconds) for _ in range(RUNS_PER_WORKER * workers)]
        start_time = time.monotonic()
        while any(store.get(run_id).status is not RunStatus.COMPLETED for run_id in ids):
            queue.dispatch(store, executor)
            time.sleep(TICK_SECONDS)
        took = time.monotonic() - start_time
        executor.close()
    return len(ids) / took


def start(machines: Machines, store: RunStore, workers: int) -> ClusterExecutor:
    """A cluster with so many workers, each with one place, and a connection to it."""
    store.root.mkdir(exist_ok=True)
    machines.start_all(map(str, range(workers)))
    executor = ClusterExecutor(str(machines.file), None, store.root)
    while executor.state().places < workers:
        time.sleep(0.1)
    return executor


def _new_run(store: RunStore, seconds: float) -> str:
    return store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=1), name=f"{seconds:g}")


if __name__ == "__main__":
    sys.exit(main())
