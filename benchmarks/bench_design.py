"""Time from an edit of the network until shape and cost of the layer are painted in a real browser.

    python benchmarks/bench_design.py [--edits 40] [--recipe mini-resnet] [--limit-milliseconds 150]

Each edit types another number of filters into the first layer. Measured is the time from the keystroke until the frame
with the new shape is painted; and, beside it, that of a layer added, which the page shows before the server answers.
The exit code is 1 if the median is over the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.designs.links import config_to_link  # noqa: E402
from mnist_core.environment import data_folder  # noqa: E402
from mnist_core.training.config import config_from_recipe  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.conftest import serving  # noqa: E402

# Resolves with the milliseconds from an edit to the frame after the one in which `watched` has changed.
EDIT = """
([text, watched]) => new Promise((done) => {
  const hosts = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
  const editor = hosts.map((host) => host.shadowRoot.querySelector(".editor")).find(Boolean);
  const began = performance.now();
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  const observer = new MutationObserver(() => {
    observer.disconnect();
    painted();
  });
  observer.observe(editor.querySelector(watched), { childList: true, characterData: true, subtree: true });
  if (text === null) {
    editor.querySelector('[aria-label="Add dropout"]').click();
  } else {
    const input = editor.querySelector(".list .row input");
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }
})
"""
BETWEEN_MILLISECONDS = 700  # long enough for the rest of the page to finish the previous edit


def measured(page: Page, edits: int) -> tuple[list[float], list[float]]:
    """Milliseconds of edits of a field, and of added layers."""
    typed, added = [], []
    for number in range(edits):
        typed.append(page.evaluate(EDIT, [str(8 + number % 50), ".list .shape"]))
        page.wait_for_timeout(BETWEEN_MILLISECONDS)
    for _ in range(edits // 4):
        added.append(page.evaluate(EDIT, [None, ".list"]))
        page.wait_for_timeout(BETWEEN_MILLISECONDS)
    return typed, added


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--recipe", default="mini-resnet")
    parser.add_argument("--limit-milliseconds", type=float, default=150.0)
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("This measurement needs Chromium: see CONTRIBUTING.md.")
    link = config_to_link(config_from_recipe(options.recipe, dataset=default_dataset_name()))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        with serving(Path(folder), data_folder()) as server:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(f"{server.url}/design?design={link}")
            page.locator(".editor .list .row").first.wait_for(timeout=60_000)
            page.wait_for_timeout(4_000)  # until the server has warmed up
            typed, added = measured(page, options.edits)
        browser.close()
    return report(
        "design",
        figure("Design, an edited field painted", typed, "ms", at_most=options.limit_milliseconds),
        figure("Design, an added layer painted", added, "ms"),
        recipe=options.recipe,
    ).shown()


if __name__ == "__main__":
    sys.exit(main())
