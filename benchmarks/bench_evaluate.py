"""Time the server takes for a click on Evaluate and Mistakes: the full MNIST, a run of 20 epochs.

    MNIST_STUDIO_DATA=... python benchmarks/bench_evaluate.py [--rounds 4] [--limit-ms 150]

Runs the real pages in this process by Streamlit's own test runner: every selection, slider step and sort once a
round, after one round to warm up. Prints the 95th percentile of all and of each kind of click; the exit code is 1 if
that of all is above the limit, or the case file is slower than 1 s cold or 0.3 s warm.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from streamlit.testing.v1 import AppTest  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.measures.stored import dataset_measures  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name, load_dataset  # noqa: E402
from mnist_core.network.hidden_vectors import store_hidden_vectors  # noqa: E402
from mnist_core.probing.robustness import measure_robustness  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from tests.finished_runs import finished_run  # noqa: E402

EPOCHS = 20
COLD_LIMIT_MS, WARM_LIMIT_MS = 1000, 300

Click = tuple[str, str, dict[str, str]]  # what is clicked, the page, and what the link says afterwards


def clicks(turn: int) -> Iterator[Click]:
    """One click of every kind; `turn` varies what is selected, so that no result comes from the cache."""
    label, other = turn % 10, (turn + 3) % 10
    yield "a figure of the table", "evaluate", {"view": "scores", "line": f"missed-{label}"}
    yield "a cell of the matrix", "evaluate", {"view": "confusion", "cell": f"{label}-{other}"}
    yield "a row of the matrix", "evaluate", {"view": "confusion", "line": f"true-{label}"}
    yield "rates of the matrix", "evaluate", {"view": "confusion", "rates": "true", "cell": f"{other}-{label}"}
    yield "number of bins", "evaluate", {"view": "calibration", "bins": str(10 + turn)}
    yield "a bin of confidence", "evaluate", {"view": "calibration", "bin": str(5 + turn % 10)}
    for step in range(3):
        epoch = str(1 + (3 * turn + step) % EPOCHS)
        yield "an epoch", "evaluate", {"view": "by_epoch", "epoch": epoch, "cell": f"{label}-{other}"}
    measure = ("ink", "slant", "width", "loops", "height")[turn % 5]
    yield "a measure", "evaluate", {"view": "handwriting", "measure": measure, "bin": str(turn % 3)}
    yield "a strength", "evaluate", {"view": "robustness", "corruption": "rotation", "strength": str(1 + turn % 8)}
    for sort in ("-loss", "confidence", "-margin", f"-{measure}"):
        yield "a sort", "mistakes", {"view": "gallery", "sort": sort}
    yield "a filter", "mistakes", {"view": "gallery", "true": f"{label}", "which": "all"}
    yield "a page of the gallery", "mistakes", {"view": "gallery", "which": "all", "page": str(1 + turn)}
    yield "a fate", "mistakes", {"view": "training_history", "split": "validation", "fate": "unstable"}
    yield "export", "mistakes", {"view": "export", "true": f"{label}"}


def open_at(name: str, url: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.run()
    app.switch_page(f"../pages/{name}.py")
    return show(app, url)


def show(app: AppTest, url: dict[str, str]) -> AppTest:
    for param in list(app.query_params):
        if param not in url:
            del app.query_params[param]
    for key in [key for key in app.session_state if key.startswith("choice.")]:
        del app.session_state[key]
    for param, value in url.items():
        app.query_params[param] = value
    app.run()
    assert not app.exception, app.exception
    return app


def timed(app: AppTest, url: dict[str, str]) -> float:
    began = time.perf_counter()
    show(app, url)
    return 1000 * (time.perf_counter() - began)


def measure(rounds: int) -> dict[str, list[float]]:
    apps = {name: open_at(name, {}) for name in ("evaluate", "mistakes")}
    found: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for what, name, url in clicks(turn):
            milliseconds = timed(apps[name], url)
            if turn > 0:
                found.setdefault(what, []).append(milliseconds)
    return found


def measure_case(app: AppTest, rows: list[int]) -> tuple[list[float], list[float]]:
    """The tab Explain for digits that were not opened before, and for the same digits again."""
    cold = [timed(app, {"view": "explain", "image": str(row)}) for row in rows]
    warm = [timed(app, {"view": "explain", "image": str(row)}) for row in rows]
    return cold, warm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--limit-ms", type=float, default=150.0)
    arguments = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        store, dataset = RunStore(Path(folder)), default_dataset_name()
        run_id = finished_run(store, dataset=dataset, epochs=EPOCHS)
        dataset_measures(load_dataset(dataset))
        measure_robustness(store, run_id, names=("rotation",))
        store_hidden_vectors(store, run_id)
        found = measure(arguments.rounds)
        wrong = store.predictions(run_id).correct.nonzero()[0][:8].tolist()
        cold, warm = measure_case(open_at("mistakes", {"view": "explain", "image": "1"}), wrong)
    everything = [value for values in found.values() for value in values]
    return report(
        "evaluate",
        figure("Evaluate and Mistakes, a click, p95", everything, "ms", at_most=arguments.limit_ms, percentile=95),
        figure("Mistakes, a digit explained for the first time", cold, "ms", at_most=COLD_LIMIT_MS),
        figure("Mistakes, the same digit again", warm, "ms", at_most=WARM_LIMIT_MS),
        dataset=dataset,
        p95_ms={what: round(np.percentile(values, 95)) for what, values in found.items()},
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
