"""The cost of watching a training: images per second with the page Train open against those without.

    python benchmarks/bench_watching.py [--pairs 4] [--recipe two-conv] [--epochs 2]

Half the runs are watched in a real browser, which takes its part as well: it draws on the same processor, without the
help of a graphics card. The server's own share is measured beside it. The exit code is 1 if the server takes more
than the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.environment import data_folder  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.conftest import SETTLED, Server, serving  # noqa: E402

LIMIT = 0.02
BLANK = "about:blank"


def main() -> int:
    parser = argparse.ArgumentParser(description="The cost of watching a training.")
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--recipe", default="two-conv")
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    chromium = find_chromium()  # before the browser below, as it starts one to test
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), data_folder()) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page()
        rates: dict[bool, list[float]] = {False: [], True: []}
        shares: dict[bool, list[float]] = {False: [], True: []}
        for pair in range(options.pairs):
            for is_watched in (False, True) if pair % 2 == 0 else (True, False):
                rate, share = trained(server, page, options.recipe, options.epochs, is_watched=is_watched)
                rates[is_watched].append(rate)
                shares[is_watched].append(share)
                print(f"{'watched' if is_watched else 'alone'}: {rate:,.0f} images/s, server {share:.1%} of all cores")
        browser.close()
    ratios = [watched / alone for watched, alone in zip(rates[True], rates[False], strict=True)]
    costs = [watched - alone for watched, alone in zip(shares[True], shares[False], strict=True)]
    return report(
        "watching",
        figure("Share of all cores that the server takes for a watched training", costs, at_most=LIMIT),
        figure("Images per second watched in a browser, to alone", ratios),
        recipe=options.recipe,
    ).shown()


def trained(server: Server, page: Page, recipe: str, epochs: int, *, is_watched: bool) -> tuple[float, float]:
    """Images per second of a run, and the share of all cores that the server used meanwhile."""
    store = RunStore(server.runs)
    config = config_from_recipe(recipe, dataset=default_dataset_name(), epochs=epochs, precision="float32")
    run_id = store.create(config)
    page.goto(f"{server.url}/train?run={run_id}" if is_watched else BLANK)  # the server starts queued runs by itself
    if is_watched:
        page.locator(SETTLED).wait_for()
    process = psutil.Process(server.process.pid)
    began, used = time.perf_counter(), sum(process.cpu_times()[:2])
    while not store.get(run_id).status.is_finished:
        time.sleep(0.2)
    seconds = time.perf_counter() - began
    used = sum(process.cpu_times()[:2]) - used
    return float(store.get(run_id).summary.images_per_second or 0), used / seconds / (psutil.cpu_count() or 1)


if __name__ == "__main__":
    sys.exit(main())
