"""Takes a picture of every view, to look at after a change: `python docs/every_view.py FOLDER [PAGE ...]`.

Each is taken at 1280x720 and at a phone's 390x844, in light and in dark, with a digit opened and another run compared.
It starts a dashboard on a temporary folder and trains two small networks there. It needs the development requirements
and a Chromium.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard.navigation import available_specs
from mnist_core.data.sources.catalogue import default_dataset_name
from mnist_core.environment import data_folder
from mnist_core.jobs import queue
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.chromium import ADVICE, ARGUMENTS, find_chromium
from tests.browser.conftest import PLACEHOLDER, SETTLED, Server, serving
from tests.browser.finding import VIEWS
from tests.waiting import wait_until

SIZES = (ViewportSize(width=1280, height=720), ViewportSize(width=390, height=844))
SCHEMES = ("light", "dark")
RECIPE, EPOCHS = "two-conv", 2
TRAINING_SECONDS, DRAWING_SECONDS = 1_800, 300
STEADY = ("train", "draw-handwriting", "mistakes-labels")
"""Views with a bar of progress that stays."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("pages", nargs="*", help="names of pages; none for all")
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print(ADVICE, file=sys.stderr)
        return 1
    target, pages = options.folder, set(options.pages) or {spec.name for spec in available_specs()}
    target.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="mnist-studio-views-") as folder,
        serving(Path(folder), data_folder()) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        capture(browser, server, list(addresses(_trained(RunStore(server.runs)), pages)), target)
        browser.close()
    return 0


def addresses(runs: tuple[str, str], pages: Collection[str]) -> Iterator[tuple[str, str]]:
    """The name and the address of every view of these pages."""
    context = f"run={runs[0]}&with={runs[1]}&image=test-8&cell=9-4"
    for spec in available_specs():
        if spec.name not in pages:
            continue
        path = "" if spec is available_specs()[0] else spec.name
        for view in VIEWS.get(spec.name, ("",)):
            yield (f"{spec.name}-{view}" if view else spec.name), f"/{path}?{context}{f'&view={view}' if view else ''}"


def capture(browser: Browser, server: Server, wanted: list[tuple[str, str]], target: Path) -> None:
    """Each of them in every size and scheme."""
    for size in SIZES:
        for scheme in SCHEMES:
            context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page = context.new_page()
            for name, address in wanted:
                page.goto(server.url + address)
                page.locator(SETTLED).wait_for()
                busy = PLACEHOLDER if name.startswith(STEADY) else f'{PLACEHOLDER}, [data-testid="stProgress"]'
                at_rest = page.locator(busy)
                wait_until(lambda shown=at_rest: shown.count() == 0, seconds=DRAWING_SECONDS)  # type: ignore[misc]
                page.locator(SETTLED).wait_for()
                page.screenshot(path=target / f"{name}-{size['width']}-{scheme}.png")
            context.close()


def _trained(store: RunStore) -> tuple[str, str]:
    """Two completed runs that differ in their seed."""
    for seed in (0, 1):
        config = config_from_recipe(RECIPE, dataset=default_dataset_name(), epochs=EPOCHS, seed=seed)
        queue.enqueue(store, store.create(config))
    wait_until(lambda: all(run.status.is_finished for run in store.list()), seconds=TRAINING_SECONDS)
    newer, older = store.run_ids()
    return newer, older


if __name__ == "__main__":
    sys.exit(main())
