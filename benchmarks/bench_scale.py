"""How time and memory grow with images, runs and epochs: tables and log-log charts.

    python benchmarks/bench_scale.py [--only images,runs,epochs] [--most 10000] [--charts]

Images are noise in IDX files, which a worker trains softmax regression on; runs are generated directories, which are
listed; epochs are those of a run on a few images. Each is ten times as many as the one before, up to a million images,
100,000 runs and 1,000 epochs, or to `--most`. The exit code is 1 if a cost grows faster than it must: with more than
the power 1.15 of the number. With `--charts`, the charts of docs/performance.md are drawn anew.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from benchmarks.bench_runs import seconds  # noqa: E402
from benchmarks.generated_runs import generate  # noqa: E402
from benchmarks.log_log import growth, log_log_chart  # noqa: E402
from benchmarks.report import Figure, figure, report  # noqa: E402
from mnist_core.environment import child_environment  # noqa: E402
from mnist_core.runs.query import RunQuery  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402

NUMBERS = {
    "images": (5_000, 50_000, 500_000, 1_000_000),
    "runs": (10, 100, 1_000, 10_000, 100_000),
    "epochs": (1, 10, 100, 1_000),
}
GROWTH = 1.15
"""The largest exponent that counts as in proportion: times of a machine are not exact."""
LONG = 0.05
"""Seconds or megabytes below this are not judged: they are those of something else."""
POLL_SECONDS = 0.05
REPEATS = 5
CHARTS = ROOT / "docs" / "performance"

Costs = dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description="How time and memory grow.")
    parser.add_argument("--only", default=",".join(NUMBERS))
    parser.add_argument("--most", type=int, default=10**9)
    parser.add_argument("--charts", action="store_true")
    options = parser.parse_args()
    figures: list[Figure] = []
    tables: dict[str, dict[int, Costs]] = {}
    for what in options.only.split(","):
        tables[what] = {}
        for number in (number for number in NUMBERS[what] if number <= options.most):
            with tempfile.TemporaryDirectory() as folder:
                tables[what][number] = MEASURES[what](Path(folder), number)
            print(what, f"{number:,}", tables[what][number], flush=True)
        figures += grown(what, tables[what])
        if options.charts:
            draw(what, tables[what])
    return report("scale", *figures, tables=tables).shown()


def grown(what: str, table: Mapping[int, Costs]) -> Iterator[Figure]:
    """How each cost grows towards the largest number."""
    if len(table) < 2:
        return
    for cost in table[max(table)]:
        points = [(number, costs[cost]) for number, costs in table.items() if costs[cost] > 0]
        if len(points) > 1 and points[-1][1] > LONG:
            yield figure(f"Growth of {cost} with {what}, exponent", growth(points), at_most=GROWTH)


def draw(what: str, table: Mapping[int, Costs]) -> None:
    """A chart for each cost."""
    CHARTS.mkdir(exist_ok=True)
    for cost in table[max(table)]:
        points = [(number, costs[cost]) for number, costs in table.items() if costs[cost] > 0]
        unit = "MB" if "MB" in cost else "s"
        title = cost.removesuffix(f", {unit}")
        chart = log_log_chart(title[0].upper() + title[1:], points, x_title=what, y_title=unit)
        name = "-".join(title.split())
        (CHARTS / f"{what}-{name}.svg").write_text(chart, encoding="utf-8")


def of_images(folder: Path, n: int) -> Costs:
    """A run of one epoch on `n` images in IDX files."""
    write_idx_files(folder / "data" / "noise", n)
    os.environ["MNIST_STUDIO_DATA"] = str(folder / "data")
    config = config_from_recipe("softmax-regression", dataset="noise", epochs=1, batch_size=1000)
    store = RunStore(folder / "runs")
    run_id = store.create(config)
    whole, megabytes = worked(store, run_id)
    epoch = store.history(run_id)[0].seconds
    return {"an epoch, s": epoch, "the rest of the run, s": whole - epoch, "own memory, MB": megabytes}


def of_epochs(folder: Path, n: int) -> Costs:
    """A run of `n` epochs on 200 images."""
    store = RunStore(folder)
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample", epochs=n, limit=200))
    whole, megabytes = worked(store, run_id)
    history = store.history(run_id)
    size = sum(path.stat().st_size for path in store.folder(run_id).rglob("*") if path.is_file())
    return {
        "training of all epochs, s": sum(metrics.seconds for metrics in history),
        "the whole run, s": whole,
        "own memory, MB": megabytes,
        "run directory, MB": size / 1e6,
        "reading the history, s": seconds(lambda: store.history(run_id)),
    }


def of_runs(folder: Path, n: int) -> Costs:
    """A list of `n` runs."""
    generate(folder, n)
    store = RunStore(folder)
    process = psutil.Process()
    before = process.memory_info().rss
    took = {"building the index, s": seconds(store.index.count)}
    store.index.close()
    took["opening the index, s"] = seconds(store.index.count)
    for name, query in {
        "a page of the table, s": RunQuery(limit=50, sort="test_accuracy"),
        "a page of a search, s": RunQuery(limit=50, text="attempt 9"),
    }.items():
        took[name] = statistics.median(seconds(partial(store.index.rows, query)) for _ in range(REPEATS))
    took["memory, MB"] = max(0.0, process.memory_info().rss - before) / 1e6
    store.index.close()
    return took


MEASURES: Mapping[str, Callable[[Path, int], Costs]] = {"images": of_images, "runs": of_runs, "epochs": of_epochs}


def worked(store: RunStore, run_id: str) -> tuple[float, float]:
    """Seconds of the worker of a run, and the most megabytes of its own, without the files that are mapped."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "mnist_core.jobs.worker", str(store.folder(run_id))]
    environment = {**child_environment(), "MNIST_STUDIO_RUNS": str(store.root)}
    worker = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    process, most = psutil.Process(worker.pid), 0
    while worker.poll() is None:
        memory = process.memory_info()
        most = max(most, memory.rss - getattr(memory, "shared", 0))
        time.sleep(POLL_SECONDS)
    if worker.returncode != 0:
        raise SystemExit(f"The run failed: {store.get(run_id).error}")
    return time.perf_counter() - began, most / 1e6


def write_idx_files(folder: Path, n: int) -> None:
    """Noise that looks like a data set: `n` training images and 1,000 test images."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(0)
    for name, count in (("train", n), ("t10k", 1_000)):
        with (folder / f"{name}-images-idx3-ubyte").open("wb") as file:
            file.write(bytes([0, 0, 8, 3]) + b"".join(side.to_bytes(4, "big") for side in (count, 28, 28)))
            for first in range(0, count, 10_000):
                file.write(chance.bytes(784 * min(10_000, count - first)))
        with (folder / f"{name}-labels-idx1-ubyte").open("wb") as file:
            file.write(bytes([0, 0, 8, 1]) + count.to_bytes(4, "big"))
            file.write((np.arange(count) % 10).astype(np.uint8).tobytes())


if __name__ == "__main__":
    sys.exit(main())
