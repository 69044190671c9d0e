"""Downloading a data set from the page, from a server on this machine that misbehaves on request."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visitor, serving

pytestmark = pytest.mark.browser

N_BYTES = 11_000_000
PIECE = 100_000
OF_MNIST = "Download (12 MB)"
PAUSE_SECONDS = 0.1  # the whole file would take eleven seconds


class Publisher(BaseHTTPRequestHandler):
    """Serves `/slow.npz` in small pieces; everything else is not there."""

    def do_GET(self) -> None:
        if self.path != "/slow.npz" or self.server.is_gone:  # type: ignore[attr-defined]
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(N_BYTES))
        self.end_headers()
        try:
            for _ in range(N_BYTES // PIECE):
                self.wfile.write(b"\0" * PIECE)
                time.sleep(PAUSE_SECONDS)
        except OSError:
            return

    def log_message(self, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def publisher() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.is_gone = False  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, publisher: ThreadingHTTPServer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("download")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_MNIST_URL", f"http://127.0.0.1:{publisher.server_port}/slow.npz")
        with serving(folder, folder / "data") as running:
            yield running


def leftovers(server: Server) -> list[str]:
    return sorted(path.name for path in server.data.iterdir() if path.name != "cache") if server.data.exists() else []


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/explore?view=data_sets")
    page.get_by_role("button", name=OF_MNIST).click()
    progress = page.get_by_test_id("stProgress").first
    expect(progress).to_contain_text(re.compile(r"Downloading MNIST · \d+% · [\d.]+ of 11.0 MB"))
    before = progress.inner_text()
    expect(progress).not_to_have_text(before)
    page.reload()
    expect(progress).to_contain_text("Downloading MNIST")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("It was cancelled.")
    visitor.settle()
    assert leftovers(server) == []


def test_a_file_that_is_not_there_is_a_sentence_and_the_page_goes_on(
    visitor: Visitor, server: Server, publisher: ThreadingHTTPServer
) -> None:
    publisher.is_gone = True  # type: ignore[attr-defined]
    page = visitor.open("/explore?view=data_sets")
    page.get_by_role("button", name=re.compile(f"Try again|{re.escape(OF_MNIST)}")).first.click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("404")
    publisher.is_gone = False  # type: ignore[attr-defined]
    assert leftovers(server) == []
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name="Digits").or_(
        page.get_by_role("button", name="Digits")
    ).first.click()
    expect(visitor.digits(re.compile("^All "))).to_have_count(400)
