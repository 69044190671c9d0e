"""A real server and a real browser: a page error, a console error or a request to anywhere else fails the test."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, WebSocket, expect, sync_playwright

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.probing.robustness import measure_robustness
from mnist_core.runs.store import RunStore
from tests.browser.chromium import ADVICE, ARGUMENTS, find_chromium
from tests.browser.finding import view_option
from tests.conftest import ROOT
from tests.finished_runs import finished_run
from tests.inspected_runs import of_recipe, run_of, score

WINDOW: ViewportSize = {"width": 1280, "height": 720}
START_SECONDS = 60
QUIET_SECONDS = 0.1
STEP_MILLISECONDS = 60_000  # for one thing to happen; the machine may be busy with other tests

expect.set_options(timeout=STEP_MILLISECONDS)

DASHBOARD = (sys.executable, "-m", "dashboard")

# Streamlit's page asks for these at every address to find out where its server lives; a deep link answers 404.
PROBES = re.compile(r"/_stcore/(health|host-config)$")
SETTLED = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'
STILL = """() => new Promise((resolve) => {
  let height = -1, frames = 0;
  const look = () => {
    const { scrollHeight } = document.querySelector('[data-testid="stMain"]');
    frames = scrollHeight === height ? frames + 1 : 0;
    height = scrollHeight;
    frames < 12 ? requestAnimationFrame(look) : resolve();
  };
  look();
})"""
"""Resolves once the page has kept its height for a few frames: some widgets learn only then how wide they are."""
PLACEHOLDER = '[data-testid="stSkeleton"], .chart-place:not(.js-plotly-plot)'
"""What stands for a part of the page whose script the browser still loads, or for a chart that is not yet drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A running dashboard with folders of its own."""

    url: str
    process: subprocess.Popen[bytes]
    runs: Path
    data: Path
    log: Path


class Visitor:
    """A person at a page: opens addresses, waits until the page has settled, collects what went wrong."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.problems: list[str] = []
        self._is_asking = False
        page.set_default_timeout(STEP_MILLISECONDS)
        self._listeners: dict[str, Callable[..., None]] = {
            "pageerror": lambda error: self.problems.append(f"page error: {error}"),
            "console": self._on_console,
            "request": lambda request: self._on_request(request.url),
            "websocket": self._on_socket,
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]

    def open(self, path: str) -> Page:
        """Go to an address of the dashboard, and wait until it is drawn."""
        self.page.goto(self.server.url + path)
        self.settle()
        return self.page

    def leave(self) -> None:
        """Leave the tab as it was found, with nothing stored for this address; fail if anything went wrong."""
        session = self.page.context.new_cdp_session(self.page)
        kinds = "cookies,local_storage"
        session.send("Storage.clearDataForOrigin", {"origin": self.server.url, "storageTypes": kinds})
        session.detach()
        self.page.goto("about:blank")
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self.page.set_viewport_size(WINDOW)
        self.page.emulate_media(color_scheme="light")
        assert self.problems == []

    def settle(self) -> None:
        """Wait until the server has no more to say: for a moment, because a click takes a while to be sent."""
        self.page.locator(SETTLED).wait_for()
        quiet_since = time.monotonic()
        deadline = quiet_since + STEP_MILLISECONDS / 1000
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            if self._is_asking or not self.page.locator(SETTLED).count():
                assert time.monotonic() < deadline, "the page is drawn again and again"
                self.page.locator(SETTLED).wait_for()
                quiet_since = time.monotonic()
            self.page.wait_for_timeout(10)

    def wait_until_drawn(self) -> None:
        """Wait until every widget and chart has taken its place, which matters to those who measure the page."""
        expect(self.page.locator(PLACEHOLDER)).to_have_count(0)
        self.page.evaluate(STILL)

    def go_to(self, name: str) -> None:
        """Click a page in the navigation."""
        self.settle()  # while a page is drawn anew, it can have its title twice
        title = self.page.get_by_role("heading", level=1)
        before = title.inner_text()
        self.page.get_by_test_id("stTopNav").locator(f'a[href$="/{name}"]').click()
        self.page.wait_for_url(re.compile(rf"/{name}(\?|$)"))
        expect(title).not_to_have_text(before)
        self.settle()

    def open_view(self, page: str, view: str) -> None:
        """Click a view of the open page, by the word that links have for it."""
        chosen = view_option(self.page, page, view)
        chosen.click()
        expect(chosen).to_have_attribute("aria-checked", "true")
        self.settle()

    def digits(self, label: str | re.Pattern[str] = "") -> Locator:
        """The buttons of the digit grids, or of the one that is labelled so."""
        return (
            self.page.get_by_role("group", name=label).locator("button")
            if label
            else self.page.locator(".digits button")
        )

    def _on_console(self, message: object) -> None:
        kind, text, url = message.type, message.text, message.location.get("url", "")  # type: ignore[attr-defined]
        if kind == "error" and not PROBES.search(url):
            self.problems.append(f"console: {text} ({url})")

    def _on_socket(self, socket: WebSocket) -> None:
        self._on_request(socket.url)
        socket.on("framesent", lambda _: self._note(is_asking=True))
        socket.on("framereceived", lambda _: self._note(is_asking=False))
        socket.on("close", lambda _: self._note(is_asking=False))

    def _note(self, *, is_asking: bool) -> None:
        """Remember whether something was sent that the server has not answered at all."""
        self._is_asking = is_asking

    def _on_request(self, url: str) -> None:
        own = (self.server.url, self.server.url.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(own):
            self.problems.append(f"left the machine: {url}")


@contextmanager
def serving(
    folder: Path,
    data: Path,
    *,
    command: Sequence[str] = DASHBOARD,
    port: int | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A dashboard on a port, else a free one, whose runs lie in `folder`; it is stopped at the end.

    Args:
        variables: more of its environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    runs, log = folder / "runs", folder / "server.log"
    environment = {
        **os.environ,
        "MNIST_STUDIO_RUNS": str(runs),
        "MNIST_STUDIO_DATA": str(data),
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        **(variables or {}),
    }
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
            env=environment,
        )
    server = Server(url=f"http://localhost:{port}", process=process, runs=runs, data=data, log=log)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text()
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"The server did not answer: {server.log.read_text()}")


@pytest.fixture(scope="session")
def port() -> int:
    """For one server after the other: the browser keeps the scripts of an address, and has them compiled."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path, port: int) -> Iterator[Server]:
    """A dashboard for the tests of one file; it has the bundled sample and no runs."""
    with serving(tmp_path_factory.mktemp("server"), sample_data_folder, port=port) as running:
        yield running


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedRuns:
    """Runs on the bundled sample that nobody changes; what is computed from them is kept with them.

    Attributes:
        newer: four epochs, with its robustness to rotation and noise measured.
        older: the same with another seed.
        lenet: LeNet-5 with random weights, said to have read all test digits right but those in `WRONG`.
    """

    folder: Path
    newer: str
    older: str
    lenet: str


WRONG = (500, 3, 77)
"""Rows of the test digits that `FinishedRuns.lenet` got wrong, the surest mistake first."""


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> FinishedRuns:
    """Finished runs for all tests that only look at them."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        store = RunStore(folder / "runs")
        lenet = run_of(store, of_recipe("lenet-5"))
        score(store, lenet, load_dataset("mnist-sample"), wrong=list(WRONG))
        older = finished_run(store, name="Older", seed=1)
        newer = finished_run(store, name="Newer", seed=0)
        measure_robustness(store, newer, names=("rotation", "noise"))
    return FinishedRuns(folder=folder, newer=newer, older=older, lenet=lenet)


@pytest.fixture(scope="session")
def finished_server(finished_runs: FinishedRuns, sample_data_folder: Path) -> Iterator[Server]:
    """A dashboard with `finished_runs`, for all tests of a worker that only look at runs and data."""
    with serving(finished_runs.folder, sample_data_folder) as running:
        yield running


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser for all tests of a worker, with a cache, as a person has one."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"),
            executable_path=chromium,
            args=list(ARGUMENTS),
            viewport=WINDOW,
        )
        yield launched
        launched.close()


@pytest.fixture
def visitor(browser: BrowserContext, server: Server) -> Iterator[Visitor]:
    """A person with nothing stored, in the tab of the tests before, which has the scripts of Streamlit compiled."""
    person = Visitor(browser.pages[0], server)
    yield person
    person.leave()


@pytest.fixture
def visitor_in_new_tab(browser: BrowserContext, server: Server) -> Iterator[Visitor]:
    """For tests that change the tab for good."""
    person = Visitor(browser.new_page(), server)
    yield person
    person.leave()
    person.page.close()
