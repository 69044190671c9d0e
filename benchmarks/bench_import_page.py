"""Memory of the server while a person imports 110 MB of CSV in a real browser.

    python benchmarks/bench_import_page.py [--images 60000] [--limit-megabytes 150]

The file is `mnist_train.csv` as on Kaggle, written from the MNIST on this machine. Measured are the server before,
its peak while the file is uploaded, read, previewed, stored and listed, and after that; the processes that read the
file are not the server. The exit code is 1 if the peak is more than the limit above the start.
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
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from benchmarks.importing import Memory, write_csv  # noqa: E402
from benchmarks.report import figure, report  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.conftest import SETTLED, Server, serving  # noqa: E402
from tests.browser.finding import button, choose_files, keyed  # noqa: E402

PATIENCE_MILLISECONDS = 300_000
MEGABYTE = 1e6


def measure(page: Page, server: Server, path: Path) -> dict[str, object]:
    """Import the file; returns megabytes and seconds."""
    page.goto(f"{server.url}/explore?view=data_sets")
    page.locator(SETTLED).wait_for()
    time.sleep(3)  # the server has loaded what the other pages need
    memory = Memory(psutil.Process(server.process.pid))
    before, began = memory.now, time.perf_counter()
    choose_files(page, path)
    expect(keyed(page, "explore.import_images")).to_be_visible()
    previewed, read_peak = time.perf_counter() - began, memory.take_peak()
    page.locator(SETTLED).wait_for()
    after_reading = memory.now
    button(page, "explore.import").click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    page.locator(SETTLED).wait_for()
    peak = max(read_peak, memory.take_peak())
    memory.stop()
    return {
        "before_megabytes": round(before / MEGABYTE),
        "peak_rise_megabytes": round((peak - before) / MEGABYTE),
        "rise_with_preview_megabytes": round((after_reading - before) / MEGABYTE),
        "rise_after_import_megabytes": round((memory.now - before) / MEGABYTE),
        "seconds_until_preview": round(previewed, 1),
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Memory of the server while 110 MB of CSV are imported.")
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--limit-megabytes", type=float, default=150.0)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("This measurement needs Chromium: see CONTRIBUTING.md.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "mnist_train.csv"
        size = write_csv(path, options.images)
        with serving(Path(folder) / "server", Path(folder) / "data") as server:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(PATIENCE_MILLISECONDS)
            found = measure(page, server, path)
            browser.close()
    rise = float(str(found["peak_rise_megabytes"]))
    return report(
        "import_page",
        figure("Memory of the server during an import", rise, "MB more", at_most=options.limit_megabytes),
        file_megabytes=round(size / MEGABYTE, 1),
        **found,
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
