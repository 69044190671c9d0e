"""How little CPU time 99% on the test images takes: speedrun in the worker, beside two-conv in plain Keras.

    python benchmarks/bench_speedrun.py [--seeds 0 1 2 3 4] [--plain-seeds 0] [--onednn]

The worker records everything. Plain Keras records nothing: arrays into `fit`, an epoch at a time, until the test
accuracy is at least 99% for the first time; imports, loading and evaluation are left out of its time. CPU time is
user and system time of all threads. TF_NUM_INTRAOP_THREADS=1 uses one core for both. With `--onednn`, plain Keras
computes with oneDNN as the worker does, also where TensorFlow by itself would not.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.collected import machine
from benchmarks.report import figure, report
from benchmarks.timed_runs import ONEDNN, TimedRun, figures_of, run_timed, shown, timed_run
from mnist_core.runs.store import RunStore

TARGET = 0.99
RATIO = 0.1
PLAIN_EPOCHS = 12


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU time to 99%, against plain Keras.")
    parser.add_argument("--recipe", default="speedrun")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--plain-seeds", type=int, nargs="+", default=[0], help="seeds of two-conv in plain Keras")
    parser.add_argument("--onednn", action="store_true", help="plain Keras computes with oneDNN too")
    options = parser.parse_args()
    runs: list[TimedRun] = []
    plain: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        # In turns, so that a machine that slows down favours neither.
        for seed, plain_seed in zip_longest(options.seeds, options.plain_seeds):
            if seed is not None:
                runs.append(timed_run(store, options.recipe, seed=seed))
                shown(runs[-1])
            if plain_seed is not None:
                plain.append(plain_seconds(plain_seed, has_onednn=options.onednn))
    to_plain = [run.training_cpu_seconds / statistics.median(plain) for run in runs]
    return report(
        options.recipe,
        *figures_of(runs, accuracy=TARGET),
        figure("two-conv in plain Keras", plain, "CPU s"),
        figure("Training, to two-conv in plain Keras", to_plain, at_most=RATIO),
        runs=[dataclasses.asdict(run) for run in runs],
        machine={**machine(), "threads": os.environ.get("TF_NUM_INTRAOP_THREADS") or "all"},
    ).shown()


def plain_seconds(seed: int, *, has_onednn: bool) -> float:
    """CPU seconds of `fit` until two-conv in plain Keras is at 99% on the test images."""
    script = str(ROOT / "benchmarks" / "plain_keras.py")
    until = ("--until", str(TARGET), "--epochs", str(PLAIN_EPOCHS), "--seed", str(seed))
    onednn = ONEDNN if has_onednn else {}
    found, _, _ = run_timed(script, "two-conv", "--dataset", "mnist", *until, **onednn)
    print(
        f"two-conv in plain Keras, seed {seed}: test {found['test_accuracy']:.2%} after {found['epochs']} epochs, "
        f"{found['cpu_seconds']:.1f} CPU s",
        flush=True,
    )
    if found["test_accuracy"] < TARGET:
        sys.exit(f"Plain Keras has not reached {TARGET:.0%} in {PLAIN_EPOCHS} epochs.")
    return float(found["cpu_seconds"])


if __name__ == "__main__":
    sys.exit(main())
