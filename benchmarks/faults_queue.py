"""Two servers on one folder of runs, 500 launches: no run may start twice or exceed the number of parallel runs.

    python benchmarks/faults_queue.py [--runs 500]

The runs name a data set that is not there, so each worker ends at once: what is tried is who starts it.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist_core.environment import child_environment
from mnist_core.jobs.queue import queued
from mnist_core.runs.events import read_events
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

SERVER = """
import sys, time
from pathlib import Path
from mnist_core.jobs.queue import dispatch
from mnist_core.runs.store import RunStore
store = RunStore(Path(sys.argv[1]))
while True:
    dispatch(store)
    time.sleep(0.02)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    options = parser.parse_args()
    config = dataclasses.replace(config_from_recipe("lenet-5", dataset="mnist-sample"), dataset="not-there")
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        ids = [store.create(config) for _ in range(options.runs)]
        servers = [subprocess.Popen([sys.executable, "-c", SERVER, folder], env=child_environment()) for _ in range(2)]
        most = 0
        while queued(store) or any(store.is_worked_on(run_id) for run_id in ids):
            most = max(most, sum(store.is_worked_on(run_id) for run_id in ids))
            time.sleep(0.05)
        for server in servers:
            server.terminate()
            server.wait()
        twice = [run_id for run_id in ids if starts(store, run_id) != 1]
    print(f"{options.runs} launches by two servers: {len(twice)} runs not started exactly once, at most {most} at once")
    sys.exit(bool(twice) or most > 1)


def starts(store: RunStore, run_id: str) -> int:
    """How often a worker has begun this run."""
    events = read_events(store.folder(run_id) / "events.jsonl").events
    return sum(event["event"] == "status" and event["status"] == "running" for event in events)


if __name__ == "__main__":
    main()
