"""From the click on Train to the first finished batch, by phases, against the first step of bare Keras.

    python benchmarks/bench_start.py [--pairs 3] [--recipe two-conv] [--dataset NAME] [--limit N]

A run is put into the queue as the page does it, and trained for one epoch. The phases are those that its journal
tells, to the end of the run; CPU seconds stand beside, which a busy machine changes least. Bare Keras is a process that
imports Keras, builds the same network and takes one step on random numbers. Both take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


import psutil  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from benchmarks.timed_runs import run_timed  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.jobs import control, queue  # noqa: E402
from mnist_core.runs.events import read_events  # noqa: E402
from mnist_core.runs.record import RunStatus  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402
from mnist_core.training.settings import Precision  # noqa: E402

LIMIT = 1.5
POLL_SECONDS = 0.01
PATIENCE_SECONDS = 60
FIRST_BATCH = "first batch"
PHASES = {
    "status": "process, lock, journal",
    "Loading TensorFlow": "data set",
    "Building the network": "TensorFlow",
    "Training": "network",
    "batch": FIRST_BATCH,
    "epoch": "other batches, validation, recording",
    "Scoring the test images": "end of the training",
    "completed": "test images",
}
"""What an entry of the journal ends, in the order of the journal."""

Point = tuple[str, float, float]
"""What was reached, and the seconds and CPU seconds since the click."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--dataset", default=default_dataset_name())
    parser.add_argument("--limit", type=int, help="train on only this many images")
    parser.add_argument("--precision", default="auto", choices=[precision.value for precision in Precision])
    options = parser.parse_args()
    bare: list[dict[str, float]] = []
    starts: list[list[Point]] = []
    for pair in range(options.pairs):
        if pair % 2 == 1:
            starts.append(first_run(options))
        bare.append(first_step(options))
        if pair % 2 == 0:
            starts.append(first_run(options))
    print_phases(starts)
    first = [next(point for point in points if point[0] == FIRST_BATCH) for points in starts]
    ratios = [reached / step["seconds"] for (_, reached, _), step in zip(first, bare, strict=True)]
    of_cpu = [cpu / step["cpu_seconds"] for (_, _, cpu), step in zip(first, bare, strict=True)]
    return report(
        "start",
        figure("Click to first batch, to bare Keras with one step", ratios, at_most=LIMIT),
        figure("The same in CPU time", of_cpu, at_most=LIMIT),
        figure("Click to first batch", [reached for _, reached, _ in first], "s"),
        recipe=options.recipe,
        dataset=options.dataset,
        bare_keras=bare,
        phases=[dict(phases_of(points)) for points in starts],
    ).shown()


def first_step(options: argparse.Namespace) -> dict[str, float]:
    """Seconds and CPU seconds of bare Keras, from the start of its process to the end of its first step."""
    return run_timed(str(ROOT / "benchmarks" / "plain_keras.py"), options.recipe, "--one-step")[0]


def first_run(options: argparse.Namespace) -> list[Point]:
    """What a run reached, and when."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        store = RunStore(Path(folder))
        config = config_from_recipe(
            options.recipe, dataset=options.dataset, epochs=1, limit=options.limit, precision=options.precision
        )
        run_id = store.create(config)
        began = time.time()
        queue.enqueue(store, run_id)
        return list(followed(store, run_id, began))


def followed(store: RunStore, run_id: str, began: float) -> Iterator[Point]:
    """The points of a run until it has ended, as its journal tells them."""
    journal, worker, seen = store.folder(run_id) / "events.jsonl", None, set[str]()
    cpu_seconds = 0.0
    while True:
        worker = worker or started_worker(store, run_id)
        with contextlib.suppress(psutil.Error):
            cpu_seconds = sum(worker.cpu_times()[:2]) if worker else 0.0
        for event in read_events(journal).events if journal.exists() else ():
            reached = PHASES.get(name_of(event))
            if reached and reached not in seen:
                seen.add(reached)
                yield reached, event["time"] - began, cpu_seconds
        status = store.get(run_id).status
        if status is RunStatus.COMPLETED and worker is not None:
            worker.wait(PATIENCE_SECONDS)  # it looks into the queue at last
            return
        if status.is_finished:
            raise SystemExit(f"The run ended: {store.get(run_id).error}")
        time.sleep(POLL_SECONDS)


def started_worker(store: RunStore, run_id: str) -> psutil.Process | None:
    """The worker of a run, once it has signed its lock: until then, it is signed by whoever started it, or nobody."""
    found = control.holder(store.folder(run_id))
    return None if found is None or found.pid == os.getpid() else found


def name_of(event: dict[str, Any]) -> str:
    """What `PHASES` calls an entry of the journal."""
    if event.get("status") == RunStatus.COMPLETED:
        return "completed"
    return str(event.get("text") or event["event"])


def phases_of(points: list[Point]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Seconds and CPU seconds that each phase took."""
    before = cpu_before = 0.0
    for name, reached, cpu in points:
        yield name, (round(reached - before, 3), round(cpu - cpu_before, 3))
        before, cpu_before = reached, cpu


def print_phases(starts: list[list[Point]]) -> None:
    """A table: the medians of the phases."""
    print(f"{'phase':40} {'seconds':>8} {'CPU':>8} {'reached':>8}")
    tables = [dict(phases_of(points)) for points in starts]
    reached = 0.0
    for name in tables[0]:
        seconds, cpu = (statistics.median(table[name][column] for table in tables) for column in (0, 1))
        reached += seconds
        print(f"{name:40} {seconds:8.2f} {cpu:8.2f} {reached:8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
