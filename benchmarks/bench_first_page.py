"""Time from the start of the server until digits are painted in a browser.

    python benchmarks/bench_first_page.py [--times 5] [--limit-seconds 3] [--training]

The browser is already open, as a person's is, and asks for the page as soon as the server answers. With `--training` a
run trains meanwhile, as after the end of another server, and the page is Train: measured is how soon a new server shows
how far the run is. The exit code is 1 if the median is over the limit.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.jobs import queue  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60
DIGITS = ".digits button .ink"
PROGRESS = '[data-testid="stProgress"]'
WHEN_PAINTED = """([selector, text]) => new Promise((done) => {
  // A component draws in a shadow root, which a selector does not enter.
  const isIn = (root) => [...root.querySelectorAll("*")].some((element) => element.shadowRoot
    ? isIn(element.shadowRoot)
    : element.matches(selector) && element.textContent.includes(text) && element.getClientRects().length);
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const look = () => requestAnimationFrame(document.body && isIn(document.body)
    ? () => requestAnimationFrame(() => done(now()))
    : look);
  look();
  setTimeout(() => done(0), PATIENCE);
})""".replace("PATIENCE", str(1000 * PATIENCE_SECONDS))
"""Looks at every frame: after a while, Playwright looks only twice a second, and would see a page that much later."""
EPOCHS = 1_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_server(url: str) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(POLL_SECONDS)
    raise SystemExit(f"The server did not answer at {url} within {PATIENCE_SECONDS} s.")


@contextmanager
def training(runs: Path) -> Iterator[str]:
    """A run that trains for as long as needed; returns its id."""
    store = RunStore(runs)
    run_id = store.create(config_from_recipe("two-conv", dataset=default_dataset_name(), epochs=EPOCHS))
    queue.enqueue(store, run_id)
    try:
        while not any(b'"batch"' in path.read_bytes() for path in store.folder(run_id).glob("events.jsonl")):
            time.sleep(POLL_SECONDS)
        yield run_id
    finally:
        queue.stop(store, run_id)
        while store.is_worked_on(run_id):
            time.sleep(POLL_SECONDS)


def measure(browser: Browser, runs: Path, path: str = "", sign: str = DIGITS, text: str = "") -> tuple[float, float]:
    """Seconds from `make run` until the server responds, and until the page at `path` has painted the `sign`.

    Args:
        sign: selects an element.
        text: what is in it.
    """
    port = free_port()
    url = f"http://localhost:{port}"
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    began = time.time()
    server = subprocess.Popen(
        ["make", "--no-print-directory", "run", f"OPTIONS=--server.port {port}"],
        cwd=ROOT,
        env={**os.environ, "MNIST_STUDIO_RUNS": str(runs)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for_server(url)
        answered = time.time() - began
        page.goto(url + path, wait_until="commit")
        painted = float(page.evaluate(WHEN_PAINTED, [sign, text]))
        if not painted:
            raise SystemExit(f"The page at {url + path} did not show {sign} within {PATIENCE_SECONDS} s.")
        return answered, painted - began
    finally:
        page.close()
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--limit-seconds", type=float, default=3.0)
    parser.add_argument("--training", action="store_true")
    arguments = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("This measurement needs Chromium: see CONTRIBUTING.md.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        runs = Path(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        if arguments.training:
            with training(runs) as run_id:
                results = [
                    measure(browser, runs, f"/train?run={run_id}", PROGRESS, f"of {EPOCHS}")
                    for _ in range(arguments.times)
                ]
        else:
            results = [measure(browser, runs) for _ in range(arguments.times)]
        browser.close()
    what = "a training under a new server" if arguments.training else "the first page"
    return report(
        "first_page",
        figure(f"From the start to {what}", [painted for _, painted in results], "s", at_most=arguments.limit_seconds),
        figure("From the start until the server answers", [answered for answered, _ in results], "s"),
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
