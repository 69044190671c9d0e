"""The page Draw: how fast the bars follow the pen, how long the server needs for each view, and a sheet of ten digits.

    python benchmarks/bench_draw.py [--strokes 20] [--times 40]

The pen is a mouse in a real browser: measured is from the event of each movement to the change of the bars. A client
that speaks Streamlit's own protocol asks for the views. The sheet is a photograph of 1,200 x 700 pixels on squared
paper. The exit code is 1 if a figure is over its limit.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from playwright.sync_api import ElementHandle, Page, sync_playwright  # noqa: E402

from benchmarks.bench_explore import opened_tab, serving  # noqa: E402
from benchmarks.report import figure, report  # noqa: E402
from mnist_core.data.photographs.sheet import read_photograph  # noqa: E402
from mnist_core.data.sources.catalogue import load_dataset  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.conftest import SETTLED  # noqa: E402
from tests.data.photographs.sheets import Photo, composed  # noqa: E402

LIMITS_MILLISECONDS = {"stroke": 100, "view": 200, "sheet": 1000}
MOVES = 12  # of a stroke
VIEWS = {"pad": "drawing_pad", "photograph": "", "handwriting": "drawing_pad"}

WATCH = """([canvas, bars]) => {
  const seen = (window.seen = { moved: 0, asked: 0, took: [] });
  const { fetch } = window;
  window.fetch = (...question) => {
    if (String(question[0]).includes("/studio/answers")) [seen.asked, seen.moved] = [seen.moved, 0];
    return fetch(...question);
  };
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) seen.moved ||= performance.now();
  }, { capture: true });
  new MutationObserver(() => {
    if (seen.asked) requestAnimationFrame(((asked) => () => seen.took.push(performance.now() - asked))(seen.asked));
    seen.asked = 0;
  }).observe(bars, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
"""From the first movement that a question to the server tells of to the frame in which the bars answer it."""


def stroke_milliseconds(url: str, n_strokes: int) -> list[float]:
    """From each movement of the pen to the bars that answer it, in a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}/draw")
        page.locator(SETTLED).wait_for()
        canvas = page.locator(".st-key-draw-pad canvas")
        bars = page.locator(".st-key-draw-answer-bars .bars")
        canvas.wait_for()
        draw(page, canvas.element_handle(), seed=0)  # loads what the first answer needs
        page.wait_for_timeout(2500)  # the server prepares its other pages
        page.evaluate(WATCH, [canvas.element_handle(), bars.element_handle()])
        for seed in range(1, n_strokes + 1):
            draw(page, canvas.element_handle(), seed=seed)
            page.locator(".st-key-draw-pad [data-action=clear]").click()
            page.wait_for_timeout(150)
        took: list[float] = page.evaluate("() => window.seen.took")
        browser.close()
        return took


def draw(page: Page, canvas: ElementHandle, *, seed: int) -> None:
    """A wandering stroke, as fast as a hand: a movement every 30 milliseconds."""
    box = canvas.bounding_box()
    assert box is not None
    random = np.random.default_rng(seed)
    x, y = random.uniform(0.3, 0.7, 2)
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    for _ in range(MOVES):
        x, y = np.clip([x, y] + random.normal(0, 0.1, 2), 0.1, 0.9)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(30)
    page.mouse.up()


def view_milliseconds(url: str, times: int) -> list[float]:
    """Each view in turn, until the server has finished it."""
    with opened_tab(url, page="draw") as tab:
        names = list(VIEWS)
        for name in names:
            tab.ask(shows=VIEWS[name], view=name)
        time.sleep(2)  # the server prepares its other pages a second after it has sent the first
        return [tab.ask(shows=VIEWS[names[i % 3]], view=names[i % 3]) for i in range(times)]


def sheet_milliseconds(times: int) -> list[float]:
    """A photograph of ten digits, from its bytes to the prepared digits."""
    digits = load_dataset("mnist-sample").test.images
    took = []
    for seed in range(times):
        data, _ = composed(digits[10 * seed : 10 * seed + 10], Photo(ruling="squared"), np.random.default_rng(seed))
        began = time.perf_counter()
        read_photograph(data)
        took.append(1000 * (time.perf_counter() - began))
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--strokes", type=int, default=20)
    parser.add_argument("--times", type=int, default=40)
    arguments = parser.parse_args()
    with serving() as (url, _):
        found = {"view": view_milliseconds(url, arguments.times), "stroke": stroke_milliseconds(url, arguments.strokes)}
    found["sheet"] = sheet_milliseconds(arguments.times // 2)
    names = {"view": "Draw, a view", "stroke": "Draw, bars follow the pen", "sheet": "A sheet of ten digits read"}
    figures = [
        figure(f"{names[kind]}, p95", took, "ms", at_most=LIMITS_MILLISECONDS[kind], percentile=95)
        for kind, took in found.items()
    ]
    return report("draw", *figures).shown()


if __name__ == "__main__":
    sys.exit(main())
