"""20 kills within an epoch of a real Keras training, which must end with the weights of an uninterrupted one.

python benchmarks/faults_training.py [--kills 20]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from mnist_core.environment import child_environment
from mnist_core.runs.events import read_events
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

EPOCHS = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    config = config_from_recipe(
        "dropout-cnn", dataset="mnist-sample", limit=2000, epochs=EPOCHS, batch_size=16, deterministic=True
    )
    chance, kills, different, repeated = random.Random(0), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        wanted = store.create(config)
        start(store, wanted).wait()
        while kills < options.kills:
            run_id, is_over = store.create(config), False
            while not is_over:
                worker = start(store, run_id)
                is_over = not kill_in_mid_epoch(store, run_id, worker, chance)
                kills += not is_over
            epochs = [metrics.epoch for metrics in store.history(run_id)]
            repeated += epochs != list(range(1, EPOCHS + 1))
            different += not same_weights(store, run_id, wanted)
            print(
                f"{kills} kills, {different} with other weights, {repeated} with an epoch twice or missing", flush=True
            )
    sys.exit(bool(different or repeated))


def start(store: RunStore, run_id: str) -> subprocess.Popen[bytes]:
    """The worker of a run."""
    command = [sys.executable, "-m", "mnist_core.jobs.worker", str(store.folder(run_id))]
    return subprocess.Popen(command, env=child_environment(), stderr=subprocess.DEVNULL)


def kill_in_mid_epoch(store: RunStore, run_id: str, worker: subprocess.Popen[bytes], chance: random.Random) -> bool:
    """Kill the worker a random time after its first batch; False if it had ended before."""
    journal = store.folder(run_id) / "events.jsonl"
    before = len(read_events(journal).events)
    while worker.poll() is None:
        if any(event["event"] == "batch" for event in read_events(journal).events[before:]):
            try:
                worker.wait(chance.uniform(0, 4))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
                return True
            return False
        time.sleep(0.02)
    return False


def same_weights(store: RunStore, left: str, right: str) -> bool:
    """Whether two runs ended with the same weights, bit for bit."""
    ours, theirs = store.weights(left, "last"), store.weights(right, "last")
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


if __name__ == "__main__":
    main()
