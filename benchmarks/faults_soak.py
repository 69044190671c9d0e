"""Many short runs in a row under one server with an open page: its memory, threads, files and children must not grow.

python benchmarks/faults_soak.py [--runs 200]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright

from mnist_core.jobs import queue
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.conftest import SETTLED, serving

ALLOWED_GROWTH_MB = 50
ALLOWED_FILES = 64
"""A thread in which Streamlit has run a page leaves three open files to the garbage collector, so their number goes up
and down. One leaked file per run would be 200."""
WARM_UP_RUNS = 5
PATIENCE_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    data = Path(os.environ.get("MNIST_STUDIO_DATA") or tempfile.mkdtemp())
    chromium = find_chromium()  # before the browser below, as it starts one to test
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), data) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page()
        store, before = RunStore(server.runs), None
        os.environ["MNIST_STUDIO_DATA"] = str(data)
        config = config_from_recipe("softmax-regression", dataset="mnist-sample", limit=100, epochs=1)
        for number in range(options.runs + WARM_UP_RUNS):
            run_id = store.create(config)
            page.goto(f"{server.url}/train?run={run_id}")
            page.locator(SETTLED).wait_for()
            queue.dispatch(store)
            while not store.get(run_id).status.is_finished:
                time.sleep(0.1)
            if store.get(run_id).status is not RunStatus.COMPLETED:
                sys.exit(f"Run {run_id} ended as {store.get(run_id).status}: {store.get(run_id).error}")
            if number + 1 == WARM_UP_RUNS:
                before = measure(server.process)
            if (number + 1) % 20 == 0:
                print(number + 1, measure(server.process), flush=True)
        browser.close()
        after = measure_at_rest(server.process)
    print(f"{options.runs} runs: before {before}, after {after}")
    if before is None or after["memory_mb"] - before["memory_mb"] > ALLOWED_GROWTH_MB:
        sys.exit("The server's memory has grown too much.")
    allowed = {"children": 0, "threads": before["threads"] + 4, "files": before["files"] + ALLOWED_FILES}
    if any(after[name] > most for name, most in allowed.items()):
        sys.exit("The server has left something behind.")


def measure_at_rest(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """The same after the last worker has ended; or the present values if it does not end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := measure(process))["children"] and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def measure(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """Memory in MB, threads, open files and child processes of the server."""
    server = psutil.Process(process.pid)
    return {
        "memory_mb": round(server.memory_info().rss / 2**20, 1),
        "threads": server.num_threads(),
        "files": server.num_fds(),
        "children": len(server.children()),
    }


if __name__ == "__main__":
    main()
