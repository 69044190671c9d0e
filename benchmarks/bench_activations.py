"""Time the server takes for a click on Look inside: a value of every kind of step, and every order of the filters.

    MNIST_STUDIO_DATA=... python benchmarks/bench_activations.py [--rounds 3] [--limit-ms 200]

Runs the real page in this process by Streamlit's own test runner, on recipes from small to large with random weights;
another channel and another digit each time, after one round to warm up. Prints the 95th percentile of each network,
and the ratio of the slowest one to the fastest; the exit code is 1 if that of any network is above the limit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from streamlit.testing.v1 import AppTest  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from dashboard.server.background import jobs  # noqa: E402
from mnist_core.models.architecture import Architecture  # noqa: E402
from mnist_core.models.layers import Conv, Dense, Flatten  # noqa: E402
from mnist_core.models.recipes import RECIPES  # noqa: E402
from mnist_core.network.filters import filter_banks  # noqa: E402
from mnist_core.network.steps import steps_of  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from tests.inspected_runs import of_layers, run_of  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

WIDE = Architecture(
    layers=(
        Conv(filters=128),
        Conv(filters=512, kernel_size=5, stride=4),
        Conv(filters=64),
        Flatten(),
        Dense(units=4096),
    )
)
NETWORKS = {name: RECIPES[name].architecture for name in ("lenet-5", "two-conv", "mini-vgg")} | {"wide": WIDE}


def clicks(store: RunStore, run_id: str, turn: int) -> Iterator[dict[str, str]]:
    """A value of every step, and every order of the filters of every convolution."""
    architecture = store.get(run_id).config.architecture
    for place, step in enumerate(steps_of(architecture)):
        channel = (7 * turn + place) % step.output_shape[-1]
        yield {"view": "activations", "channel": f"{step.name}-{channel}", "image": str(31 * turn + place)}
    for bank in filter_banks(architecture, store.weights(run_id)):
        for order in ("number", "strength", "sparsity"):
            chosen = str(turn % bank.kernels.shape[-1])
            yield {"view": "filters", "layer": bank.name, "order": order, "filter": chosen}


def open_page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.run()
    app.switch_page("../pages/inside.py")
    return app


def timed(app: AppTest, url: dict[str, str]) -> float:
    """Milliseconds of the page at this address, as if it had been opened just now."""
    for key in [key for key in app.session_state if key.startswith(("choice.", "tab."))]:
        del app.session_state[key]
    app.query_params.clear()
    app.query_params.update(url)
    began = time.perf_counter()
    app.run()
    milliseconds = 1000 * (time.perf_counter() - began)
    assert not app.exception, app.exception
    return milliseconds


def measure(app: AppTest, store: RunStore, run_id: str, rounds: int) -> list[float]:
    found = []
    for turn in range(rounds + 1):
        for url in clicks(store, run_id, turn):
            milliseconds = timed(app, {"run": run_id, **url})
            if turn > 0:
                found.append(milliseconds)
            else:
                _let_jobs_end()
    return found


def _let_jobs_end() -> None:
    for job in list(jobs()._jobs.values()):
        wait_until(lambda: not job.is_running, seconds=300)  # noqa: B023 - waited for at once


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit-ms", type=float, default=200.0)
    arguments = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MNIST_STUDIO_RUNS"] = folder
        store = RunStore(Path(folder))
        runs = {name: run_of(store, of_layers(architecture)) for name, architecture in NETWORKS.items()}
        app = open_page()
        found = {name: measure(app, store, run_id, arguments.rounds) for name, run_id in runs.items()}
    medians = {name: statistics.median(values) for name, values in found.items()}
    clicked = [
        figure(f"Look inside, a click with {name}, p95", values, "ms", at_most=arguments.limit_ms, percentile=95)
        for name, values in found.items()
    ]
    ratio = max(medians.values()) / min(medians.values())
    return report("activations", *clicked, figure("The slowest network to the fastest", ratio)).shown()


if __name__ == "__main__":
    sys.exit(main())
