"""Every view of every page: time of the server and in a browser, idle and beside a training; memory; many visitors.

    python benchmarks/bench_screen.py [--rounds 5] [--runs 1000] [--interactions 500] [--visitors 20] [--no-browser]

The server has the default data set, generated runs and two finished ones. Time of the server is from the question of a
client that speaks Streamlit's own protocol to the end of its answer; another digit each time. Time in the browser is
from the click on a view to the frame after the page is at rest. The training is one that keeps all cores busy. The ten
slowest views are listed; the exit code is 1 if a figure is above its limit.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from benchmarks.bench_explore import Tab, opened_tab  # noqa: E402
from benchmarks.bench_first_page import training  # noqa: E402
from benchmarks.generated_runs import generate  # noqa: E402
from benchmarks.report import Figure, figure, report  # noqa: E402
from dashboard.navigation import available_specs  # noqa: E402
from mnist_core.data.sources.catalogue import default_dataset_name  # noqa: E402
from mnist_core.environment import data_folder  # noqa: E402
from mnist_core.runs.store import RunStore  # noqa: E402
from tests.browser.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.browser.conftest import SETTLED, Server, serving  # noqa: E402
from tests.browser.finding import VIEWS, view_option  # noqa: E402
from tests.finished_runs import finished_run  # noqa: E402

SERVER_MS, BROWSER_MS, VISITORS_MS = 150, 400, 500
BESIDE_TRAINING = 1.5
MEMORY_MB, GROWTH_MB = 500, 20
WARM_UP_SECONDS = 5
SLOWEST = 10
HURRIED_SECONDS, CALM_SECONDS = 1.0, 5.0
"""How long visitors look at an answer: as fast as anybody could, and as people do who read it."""

Times = dict[str, list[float]]
"""Milliseconds of each view, called `page/view`."""

PATIENCE_MS = 10_000
"""A click whose answer is not seen is counted as long as this."""
COUNT_ANSWERS = """
  // Counts the messages that end an answer: a busy browser draws beginning and end at once, so the page does not show
  // every answer. They are the protobuf messages ForwardMsg whose field 6, `script_finished`, says 0: not cut short.
  window.answers = 0;
  const varint = (bytes, at) => {
    let value = 0, shift = 0;
    do { value += (bytes[at] & 127) * 2 ** shift; shift += 7; } while (bytes[at++] & 128);
    return [value, at];
  };
  const endsAnswer = (bytes) => {
    for (let at = 0, tag, value; at < bytes.length; ) {
      [tag, at] = varint(bytes, at);
      if (![0, 2].includes(tag & 7)) return false;
      [value, at] = varint(bytes, at);
      if (tag >> 3 === 6) return value === 0;
      if ((tag & 7) === 2) at += value;
    }
    return false;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", async ({ data }) => {
        const bytes = new Uint8Array(data instanceof Blob ? await data.arrayBuffer() : data);
        if (endsAnswer(bytes)) window.answers += 1;
      });
    }
  };
"""
CLICKED = """(button) => new Promise((done) => {
  const app = document.querySelector('[data-testid="stApp"]');
  const [began, answers] = [performance.now(), window.answers];
  const look = () => {
    const isOver = window.answers > answers && app.getAttribute("data-test-script-state") === "notRunning";
    if (isOver) requestAnimationFrame(() => done(performance.now() - began));
    else if (performance.now() - began > PATIENCE) done(PATIENCE);
    else requestAnimationFrame(look);
  };
  button.click();
  requestAnimationFrame(look);
})""".replace("PATIENCE", str(PATIENCE_MS))
"""Milliseconds from a click until the frame after the answer of the server is on the page."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--interactions", type=int, default=500)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        generate(root / "runs", options.runs)
        store = RunStore(root / "runs")
        runs = tuple(
            finished_run(store, name=f"Run {seed}", dataset=default_dataset_name(), seed=seed) for seed in (0, 1)
        )
        with serving(root, data_folder()) as server:
            figures, slowest = measured(server, runs, options)
    return report("screen", *figures, slowest_ms=slowest).shown()


def measured(
    server: Server, runs: tuple[str, ...], options: argparse.Namespace
) -> tuple[list[Figure], dict[str, dict[str, float]]]:
    """All figures, and the slowest views of each kind."""
    process = psutil.Process(server.process.pid)
    ask_all(server, runs, rounds=0)
    time.sleep(WARM_UP_SECONDS)  # what the first questions have begun in the background
    kinds = {"server": ask_all(server, runs, options.rounds)}
    if not options.no_browser:
        kinds["browser"] = click_all(server, runs, options.rounds)
    before = process.memory_info().rss / 1e6
    ask_many(server, runs, options.interactions)
    after = process.memory_info().rss / 1e6
    hurried, calm = (visited(server, runs, options.visitors, pause=pause) for pause in (HURRIED_SECONDS, CALM_SECONDS))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, training(Path(folder)):
        kinds["server, beside a training"] = ask_all(server, runs, options.rounds)
        if not options.no_browser:
            kinds["browser, beside a training"] = click_all(server, runs, options.rounds)
    limits = {"server": SERVER_MS, "browser": BROWSER_MS}
    figures = [
        figure(
            f"Any view, {kind}, p95",
            list(itertools.chain(*found.values())),
            "ms",
            at_most=limits[kind.partition(",")[0]] * (BESIDE_TRAINING if "," in kind else 1),
            percentile=95,
        )
        for kind, found in kinds.items()
    ]
    figures += [
        figure("Memory of the server", after, "MB", at_most=MEMORY_MB),
        figure(f"Growth by {options.interactions} interactions", after - before, "MB", at_most=GROWTH_MB),
        *(
            figure(
                f"{options.visitors} visitors who look at an answer for {pause:g} s, p95",
                found,
                "ms",
                at_most=VISITORS_MS,
                percentile=95,
            )
            for pause, found in ((HURRIED_SECONDS, hurried), (CALM_SECONDS, calm))
        ),
    ]
    return figures, {kind: slowest_of(found) for kind, found in kinds.items()}


def slowest_of(found: Times) -> dict[str, float]:
    """The slowest views by their longest time; printed too."""
    longest = sorted(((max(times), name) for name, times in found.items()), reverse=True)[:SLOWEST]
    print("\n".join(f"{milliseconds:8.0f} ms  {name}" for milliseconds, name in longest), flush=True)
    return {name: round(milliseconds) for milliseconds, name in longest}


def views() -> Iterator[tuple[str, str]]:
    """The page and the view of everything that can be opened."""
    for spec in available_specs():
        yield from ((spec.name, view) for view in VIEWS.get(spec.name, ("",)))


def link(runs: tuple[str, ...], view: str, turn: int) -> dict[str, object]:
    """Another digit each time, of one run compared with the other."""
    return {"run": runs[0], "with": runs[1], "image": f"test-{7 * turn}", **({"view": view} if view else {})}


def ask_all(server: Server, runs: tuple[str, ...], rounds: int) -> Times:
    """Each view `rounds` times, page by page, after one time that is not counted."""
    found: Times = {}
    for page, asked in itertools.groupby(views(), key=lambda one: one[0]):
        names = [view for _, view in asked]
        with opened_tab(server.url, path_of(page)) as tab:
            for turn in range(rounds + 1):
                for view in names:
                    took = tab.ask(shows="", **link(runs, view, turn))
                    if turn:
                        found.setdefault(f"{page}/{view}", []).append(took)
    return found


def ask_many(server: Server, runs: tuple[str, ...], n: int) -> None:
    """So many interactions, over all views."""
    asked = enumerate(itertools.islice(itertools.cycle(tuple(views())), n))
    for page, group in itertools.groupby(asked, key=lambda one: one[1][0]):
        with opened_tab(server.url, path_of(page)) as tab:
            for turn, (_, view) in group:
                tab.ask(shows="", **link(runs, view, turn % 1000))


def visited(server: Server, runs: tuple[str, ...], n: int, *, pause: float) -> list[float]:
    """Milliseconds of each question of `n` visitors who open Evaluate and go from digit to digit at the same time.

    Args:
        pause: seconds for which each looks at an answer; the first pauses of all differ, so that nobody is in step.
    """

    def visit(number: int) -> list[float]:
        with opened_tab(server.url, "evaluate") as tab:
            tab.ask(shows="", **link(runs, "", number))
            time.sleep(pause * number / n)
            return [asked_after(pause, tab, runs, number + turn) for turn in range(5)]

    with ThreadPoolExecutor(n) as people:
        return list(itertools.chain(*people.map(visit, range(n))))


def asked_after(pause: float, tab: Tab, runs: tuple[str, ...], turn: int) -> float:
    """Milliseconds of a question of somebody who has looked at the answer before for some seconds."""
    time.sleep(pause)
    return tab.ask(shows="", **link(runs, "", turn))


def click_all(server: Server, runs: tuple[str, ...], rounds: int) -> Times:
    """Clicks on each view of each page, after one round that is not counted."""
    found: Times = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        page.add_init_script(COUNT_ANSWERS)
        for name, names in VIEWS.items():
            page.goto(f"{server.url}/{name}?run={runs[0]}&with={runs[1]}&image=test-7")
            page.locator(SETTLED).wait_for()
            for turn in range(rounds + 1):
                for view in (*names[1:], names[0]):  # the first one is open
                    took = clicked(page, name, view)
                    if turn:
                        found.setdefault(f"{name}/{view}", []).append(took)
        browser.close()
    return found


def clicked(page: Page, name: str, view: str) -> float:
    """Milliseconds of a click on a view."""
    page.locator(SETTLED).wait_for()
    button = view_option(page, name, view)
    button.wait_for()
    return float(button.evaluate(CLICKED))


def path_of(page: str) -> str:
    """Streamlit's name of a page: that of the first one is empty."""
    return "" if page == available_specs()[0].name else page


if __name__ == "__main__":
    sys.exit(main())
