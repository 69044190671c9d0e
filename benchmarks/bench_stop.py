"""Time of a stop: from the request, at a random moment of a training, to the end of the worker with a checkpoint.

    python benchmarks/bench_stop.py [--stops 20] [--recipe two-conv] [--dataset NAME]

One run is stopped and resumed over and over. The exit code is 1 if the 95th percentile is above the limit, or a stop
left a run that cannot go on.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.environment import child_environment  # noqa: E402
from mnist_core.jobs import control  # noqa: E402
from mnist_core.runs.record import RunStatus  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402

LIMIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 4.0
EPOCHS = 1_000  # more than it will train


def main() -> int:
    parser = argparse.ArgumentParser(description="Time of a stop.")
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--dataset", default=default_dataset_name())
    options = parser.parse_args()
    chance = random.Random(0)
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        run_id = store.create(config_from_recipe(options.recipe, dataset=options.dataset, epochs=EPOCHS))
        for _ in range(options.stops):
            seconds.append(stopped_after(store, run_id, chance.uniform(0, LONGEST_WAIT_SECONDS)))
    stop = figure("A training stopped, p95", seconds, "s", at_most=LIMIT_SECONDS, percentile=95)
    return report("stop", stop, recipe=options.recipe).shown()


def stopped_after(store: RunStore, run_id: str, wait: float) -> float:
    """Train for `wait` seconds from the first progress on, and return the seconds that the stop takes."""
    folder = store.folder(run_id)
    size = _size_of(folder / "events.jsonl")
    control.clear_requests(folder)
    command = [sys.executable, "-m", "mnist_core.jobs.worker", str(folder)]
    worker = subprocess.Popen(command, env=child_environment(), cwd=ROOT, stderr=subprocess.DEVNULL)
    while _size_of(folder / "events.jsonl") == size or b'"batch"' not in _since(folder / "events.jsonl", size):
        if worker.poll() is not None:
            sys.exit(f"The worker ended by itself: {store.get(run_id).error}")
        time.sleep(0.02)
    time.sleep(wait)
    began = time.perf_counter()
    control.request_stop(folder)
    worker.wait(60)
    taken = time.perf_counter() - began
    if store.get(run_id).status is not RunStatus.STOPPED:
        sys.exit(f"Expected the run to be stopped. It is {store.get(run_id).status.value}.")
    return taken


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _since(path: Path, position: int) -> bytes:
    with path.open("rb") as file:
        file.seek(position)
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
