"""Time the server takes for a click on the page Runs with ten thousand runs, and for comparing ten of them.

    python benchmarks/bench_runs_page.py [--runs 10000] [--rounds 8]

Runs the real pages in this process by Streamlit's own test runner: every page, sort, filter and search once a round,
after one round to warm up. The first page is timed with all runs and with ten, in processes of their own: it must not
start slower. The exit code is 1 if a 95th percentile is above its limit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_evaluate import open_at, timed  # noqa: E402
from benchmarks.generated_runs import generate  # noqa: E402
from benchmarks.report import figure, report  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from tests.finished_runs import finished_run  # noqa: E402

LIMITS = {"table_p95_ms": 100, "compare_p95_ms": 200, "start_slower_ms": 300}
N_COMPARED = 10
HOME = """
import os, sys, time
sys.path.insert(0, os.getcwd())
from streamlit.testing.v1 import AppTest
began = time.perf_counter()
app = AppTest.from_file("dashboard/app.py", default_timeout=120).run()
assert not app.exception, app.exception
print(1000 * (time.perf_counter() - began))
"""


def clicks(turn: int) -> Iterator[tuple[str, dict[str, str]]]:
    """One click of every kind, with what the link says afterwards."""
    yield "a page", {"page": str(2 + 37 * turn)}
    yield "the last page", {"page": "99999", "sort": "validation_loss"}
    yield "a sort", {"sort": ("-test_accuracy", "name", "-train_seconds", "status")[turn % 4]}
    yield "a sort by a setting", {"sort": ("-learning_rate", "batch_size")[turn % 2], "columns": "name.batch_size"}
    yield "a filter", {"filter": f"recipe=two-conv, test_accuracy>=0.9{turn % 10}"}
    yield "a search", {"search": f"attempt {10 + turn}"}
    yield "repeats", {"repeats": "grouped", "page": str(1 + turn)}


def measure_table(rounds: int) -> dict[str, list[float]]:
    app = open_at("runs", {})
    found: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for what, url in clicks(turn):
            milliseconds = timed(app, url)
            if turn > 0:
                found.setdefault(what, []).append(milliseconds)
    return found


def measure_compare(run_ids: list[str], rounds: int) -> list[float]:
    """Another curve, axis or smoothing each time."""
    chosen = {"view": "compare", "runs": ".".join(run_ids)}
    app = open_at("runs", chosen)
    changes = ({"axis": "seconds"}, {"measure": "loss"}, {"smoothing": "3"}, {"cost": "seconds"})
    return [timed(app, chosen | changes[turn % len(changes)]) for turn in range(rounds + 1)][1:]


def home_ms(*folders: str, times: int = 7) -> tuple[float, ...]:
    """The first page in a new process, whose index is there but not open: the median for each folder, in turns."""
    told: dict[str, list[float]] = {folder: [] for folder in folders}
    for folder in folders * times:
        environment = {**os.environ, "MNIST_STUDIO_RUNS": folder}
        command = [sys.executable, "-c", HOME]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told[folder].append(float(done.stdout.split()[-1]))
    return tuple(statistics.median(spent) for spent in told.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=8)
    arguments = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as few:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        generate(Path(folder), arguments.runs)
        store = RunStore(Path(folder))
        compared = [finished_run(store, name=f"Compared {seed}", seed=seed) for seed in range(N_COMPARED)]
        for run_id in compared:
            shutil.copytree(store.folder(run_id), Path(few) / run_id)
        RunStore(Path(few)).index.count()
        by_click = measure_table(arguments.rounds)
        comparing = measure_compare(compared, 2 * arguments.rounds)
        start_ms, start_with_ten_ms = home_ms(folder, few)
    everything = [value for values in by_click.values() for value in values]
    slower = start_ms - start_with_ten_ms
    return report(
        "runs_page",
        figure("Runs, a click in the table, p95", everything, "ms", at_most=LIMITS["table_p95_ms"], percentile=95),
        figure("Runs, ten runs compared, p95", comparing, "ms", at_most=LIMITS["compare_p95_ms"], percentile=95),
        figure("A start with all runs, to one with ten", slower, "ms more", at_most=LIMITS["start_slower_ms"]),
        runs=arguments.runs,
        p95_ms={what: round(np.percentile(values, 95)) for what, values in by_click.items()},
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
