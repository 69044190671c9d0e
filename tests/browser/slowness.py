"""What a busy machine and a slow line do to a page: a browser and a server that get little done, a line that breaks."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.conftest import Server

STREAM = re.compile(r"/_stcore/stream$")
RUN_SECONDS, STOP_SECONDS = 0.03, 0.08
SLOWER = 4
LATENCY_MILLISECONDS = 150
BYTES_A_SECOND = 1_500_000


@contextmanager
def slow_browser(page: Page) -> Iterator[None]:
    """A browser on a slow processor, at the end of a slow line."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    line = {"offline": False, "latency": LATENCY_MILLISECONDS}
    speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", {**line, **speed})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield
    session.detach()


@contextmanager
def slow_server(server: Server) -> Iterator[None]:
    """A server that is stopped most of the time."""
    is_over = threading.Event()

    def stop_and_go() -> None:
        while not is_over.wait(RUN_SECONDS):
            os.kill(server.process.pid, signal.SIGSTOP)
            is_over.wait(STOP_SECONDS)
            os.kill(server.process.pid, signal.SIGCONT)

    thread = threading.Thread(target=stop_and_go)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class Line:
    """The connection of a page with its server, which can be held up and cut; used by pages opened from then on."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._held: list[tuple[WebSocketRoute, bytes | str]] | None = None
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []
        page.route_web_socket(STREAM, self._connect)

    @property
    def n_connections(self) -> int:
        """How often the page has connected."""
        return len(self._open)

    def hold(self) -> None:
        """Keep back what the server says."""
        self._held = []

    def let_go(self) -> None:
        """Deliver what was kept back, and all that follows."""
        held, self._held = self._held or [], None
        for browser, message in held:
            browser.send(message)

    def cut(self) -> None:
        """Close the connection at both ends; the page connects anew."""
        browser, server = self._open[-1]
        server.close()
        browser.close(code=3000)

    def _connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        self._open.append((browser, server))
        server.on_message(lambda message: self._deliver(browser, message))

    def _deliver(self, browser: WebSocketRoute, message: bytes | str) -> None:
        if self._held is None:
            browser.send(message)
        else:
            self._held.append((browser, message))
