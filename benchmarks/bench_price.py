"""Accuracy of the cost: the benchmark against what the run then takes.

    python benchmarks/bench_price.py [--recipes three-conv,dropout-cnn,...] [--dataset NAME] [--epochs 2] [--limit N]

For each recipe a trial gives the price, then the very experiment is trained by the worker. Compared are the seconds of
an epoch and those of the whole run, from starting its process to its end; memory is printed beside. Prints one JSON
object a recipe, then the figures; the exit code is 1 if a run takes another time than its price by more than the
limit. An epoch of a very small network costs more than its batches, so its price may be off further. Needs a machine
that does nothing else: what changes between trial and run is not the price tag's fault.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset  # noqa: E402
from mnist_core.environment import child_environment  # noqa: E402
from mnist_core.pricing.price import Price, price_of  # noqa: E402
from mnist_core.pricing.requests import price_state, request_price  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import ExperimentConfig, config_from_recipe  # noqa: E402
from mnist_core.training.measurement import prices_folder  # noqa: E402

RECIPES = "three-conv,dropout-cnn,two-conv,deep-mlp,lenet-5"
POLL_SECONDS = 0.1


def priced(folder: Path, config: ExperimentConfig) -> tuple[Price, float]:
    """The cost by a new benchmark, and the time of the benchmark."""
    began = time.perf_counter()
    request_price(folder, config)
    while (state := price_state(folder, config)).is_pending:
        time.sleep(POLL_SECONDS)
    if state.measurement is None:
        raise SystemExit(f"The trial failed: {state.failure}")
    dataset = load_dataset(config.dataset)
    price = price_of(config, state.measurement, train_images=len(dataset.train), test_images=len(dataset.test))
    return price, time.perf_counter() - began


def trained(runs: Path, config: ExperimentConfig) -> tuple[float, float, int]:
    """Seconds of the last epoch without its validation, seconds of the whole run, and peak memory in bytes.

    The first epoch also builds the graph, which the price counts once for the run.
    """
    store = RunStore(runs)
    run_id = store.create(config)
    began = time.perf_counter()
    worker = subprocess.Popen(
        [sys.executable, "-m", "mnist_core.jobs.worker", str(store.folder(run_id))],
        env=child_environment(),
        stderr=subprocess.DEVNULL,
    )
    peak = Peak(worker.pid)
    if worker.wait() != 0:
        raise SystemExit(f"The run failed: {store.get(run_id).error}")
    whole = time.perf_counter() - began
    history = store.history(run_id)
    return history[-1].seconds, whole, peak.bytes


class Peak:
    """Peak memory of a process, sampled ten times a second."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        try:
            while True:
                self.bytes = max(self.bytes, self._process.memory_info().rss)
                time.sleep(POLL_SECONDS)
        except psutil.Error:
            return


def compared(name: str, config: ExperimentConfig) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        price, took = priced(prices_folder(Path(folder)), config)
        epoch, whole, peak = trained(Path(folder), config)
    return {
        "recipe": name,
        "epoch_seconds": round(epoch, 2),
        "epoch_off": round(price.epoch_seconds / epoch - 1, 3),
        "run_seconds": round(whole, 2),
        "run_off": round(price.total_seconds / whole - 1, 3),
        "memory_mb": round(peak / 1e6),
        "memory_off": round(price.peak_bytes / peak - 1, 3),
        "trial_seconds": round(took, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", default=RECIPES)
    parser.add_argument("--dataset", default=default_dataset_name())
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, help="train on only this many images")
    parser.add_argument("--off", type=float, default=0.25, help="largest relative error of the cost")
    options = parser.parse_args()
    results = []
    for name in options.recipes.split(","):
        config = config_from_recipe(name, dataset=options.dataset, limit=options.limit, epochs=options.epochs)
        results.append(compared(name, config))
        print(json.dumps(results[-1]), flush=True)
    return report(
        "price",
        figure("Error of the cost of a run", max(abs(found["run_off"]) for found in results), at_most=options.off),
        figure("Error of the cost of an epoch", max(abs(found["epoch_off"]) for found in results)),
        runs=results,
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
