"""Many runs: the index against reading every run.json.

    python benchmarks/bench_runs.py [--runs 10000] [--many 100000] [--repeats 30] [--mlflow PYTHON]

Run directories are generated. Timed are: building the index, opening it in a new process, pages of the table (sorted,
filtered, searched), and a list of very many runs; beside each, how many times faster it is than parsing every
`run.json`, which is what a program without an index does. With `--mlflow`, the same runs are put into MLflow's SQLite
store and asked for through its client, as far as it has such questions, and it is told how many times longer they
take: PYTHON is that of an environment with `benchmarks/requirements-mlflow.txt`. The exit code is 1 if a time is
above its limit.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.generated_runs import generate  # noqa: E402
from benchmarks.report import figure, report  # noqa: E402
from mnist_core.runs.query import RunQuery, parse_filter  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402

LIMITS = {"build_seconds": 3.0, "page_p95_seconds": 0.1, "many_seconds": 1.0}
FIGURES = {
    "build_seconds": ("The index of all runs built", "s"),
    "page_p95_seconds": ("A page of the table of runs, p95", "s"),
    "parse_per_page": ("Every run.json read, to a page of the table", ""),
    "many_seconds": ("A thousand of very many runs listed", "s"),
}
PAGES = {
    "newest": RunQuery(limit=50),
    "sorted": RunQuery(limit=50, sort="test_accuracy"),
    "last_page": RunQuery(limit=50, offset=9_950, sort="validation_loss", is_descending=False),
    "filtered": RunQuery(limit=50, conditions=(parse_filter("recipe=two-conv"), parse_filter("test_accuracy>=0.95"))),
    "by_setting": RunQuery(limit=50, sort="learning_rate", conditions=(parse_filter("learning_rate<0.001"),)),
    "searched": RunQuery(limit=50, text="attempt 99"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Many runs.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=100_000, help="0 to leave the long list out")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--mlflow", type=Path, help="a Python that has MLflow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = timed(Path(folder) / "runs", options.runs, options.repeats)
        if options.mlflow:
            found |= against_mlflow(options.mlflow, Path(folder) / "runs", options.runs, found)
        if options.many:
            found["many_seconds"] = listed(Path(folder) / "many", options.many)
    figures = [
        figure(text, found[name], unit, at_most=LIMITS.get(name))
        for name, (text, unit) in FIGURES.items()
        if name in found
    ]
    return report("runs", *figures, runs=options.runs, many=options.many, **found).shown()


def timed(folder: Path, n_runs: int, repeats: int) -> dict[str, float]:
    """The figures of one folder of generated runs."""
    generate(folder, n_runs)
    parsing = statistics.median(seconds(lambda: parse_all(folder)) for _ in range(3))
    store = RunStore(folder)
    build = seconds(store.index.count)
    store.index.close()
    opening = seconds(store.index.count)
    p95 = {
        name: float(np.percentile([seconds(partial(page, store, query)) for _ in range(repeats)], 95))
        for name, query in PAGES.items()
    }
    slowest = max(p95.values())
    return {
        "parse_all_seconds": round(parsing, 4),
        "build_seconds": round(build, 3),
        "build_per_parse": round(build / parsing, 2),
        "open_seconds": round(opening, 4),
        **{f"{name}_p95_seconds": round(value, 5) for name, value in p95.items()},
        "page_p95_seconds": round(slowest, 5),
        "parse_per_page": round(parsing / slowest, 1),
    }


def listed(folder: Path, n_runs: int) -> float:
    """Seconds to list very many runs by an index that exists, as a command does: opened, compared, read."""
    generate(folder, n_runs)
    store = RunStore(folder)
    store.index.count()
    store.index.close()
    return round(seconds(lambda: store.index.rows(RunQuery(limit=1000))), 3)


def against_mlflow(python: Path, folder: Path, n_runs: int, ours: dict[str, float]) -> dict[str, float]:
    """The figures of MLflow, and how many times longer each question takes there."""
    command = [str(python), str(ROOT / "benchmarks" / "mlflow_runs.py"), str(folder), "--runs", str(n_runs)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise SystemExit(f"MLflow could not be asked: {told.stderr.strip().splitlines()[-1]}")
    theirs: dict[str, float] = json.loads(told.stdout.strip().splitlines()[-1])
    ratios = {f"mlflow_per_{name.removesuffix('_p95_seconds')}": round(value / ours[name], 1)
              for name, value in theirs.items()}  # fmt: skip
    return {f"mlflow_{name}": value for name, value in theirs.items()} | ratios


def page(store: RunStore, query: RunQuery) -> None:
    """What a page of the table asks: its rows, and how many there are."""
    store.index.rows(query)
    store.index.count(query)


def parse_all(folder: Path) -> list[object]:
    """What a program without an index does."""
    return [json.loads((path / "run.json").read_bytes()) for path in folder.iterdir() if path.name[0].isdigit()]


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
