"""Getting data sets on the page: by a download, which may go wrong or be cancelled, and from a person's own files."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from mnist_core.data.sources.catalogue import load_dataset
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, complaint, digits, expect_facts, keyed, numbers

pytestmark = pytest.mark.browser

N_BYTES = 11_000_000
PIECE = 10_000
PAUSE_SECONDS = 0.1  # the whole file would take nearly two minutes: longer than a busy machine needs for the test


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
    """What a download left behind; imported sets have a folder of their own."""
    kept = {"cache", "imported"}
    return sorted(path.name for path in server.data.iterdir() if path.name not in kept) if server.data.exists() else []


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/explore?view=data_sets")
    button(page, "explore.download.mnist").click()
    progress = page.get_by_test_id("stProgress").first
    expect_facts(progress, f"{N_BYTES / 1e6:.1f}")
    before = progress.inner_text()
    expect(progress).not_to_have_text(before)
    share, done, total = numbers(progress.inner_text())
    assert total == N_BYTES / 1e6
    assert 0 < done < total
    assert share == pytest.approx(100 * done / total, abs=1)
    page.reload()
    expect_facts(progress, f"{N_BYTES / 1e6:.1f}")
    button(page, "explore.fetch.mnist.cancel").click()
    expect(page.get_by_test_id("stAlertContentInfo")).to_be_visible()
    expect(progress).to_have_count(0)
    expect(button(page, "explore.fetch.mnist.again")).to_be_enabled()
    visitor.settle()
    assert leftovers(server) == []


def test_a_file_that_is_not_there_is_a_sentence_and_the_page_goes_on(
    visitor: Visitor, server: Server, publisher: ThreadingHTTPServer
) -> None:
    publisher.is_gone = True  # type: ignore[attr-defined]
    page = visitor.open("/explore?view=data_sets")
    start = button(page, "explore.download.mnist").or_(button(page, "explore.fetch.mnist.again"))
    start.click()
    expect(complaint(page).filter(has_text="404")).to_be_visible()
    publisher.is_gone = False  # type: ignore[attr-defined]
    assert leftovers(server) == []
    visitor.open_view("explore", "digits")
    expect(digits(page, "explore.grid.*")).to_have_count(400)


def upload(page: Page, path: Path) -> None:
    page.locator('input[type="file"]').set_input_files(str(path))
    button(page, "explore.import").click()


def test_an_import_by_upload_can_be_explored(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    train = load_dataset("mnist-sample", server.data).train
    path = tmp_path / "My Digits.npz"
    np.savez(path, images=train.images[:100], labels=train.labels[:100])
    page = visitor.open("/explore?view=data_sets")
    upload(page, path)
    expect_facts(page.get_by_test_id("stAlertContentSuccess"), "my-digits", 80, 20)
    visitor.settle()
    button(page, "explore.open_import").click()
    expect_facts(keyed(page, "explore.dataset_line"), "my-digits", 80, 20)
    expect(page).to_have_url(re.compile("data=my-digits"))
    expect(digits(page, "explore.grid.*")).to_have_count(80)


def test_a_file_that_is_none_is_refused_by_name(visitor: Visitor, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK\x03\x04nothing")
    page = visitor.open("/explore?view=data_sets")
    upload(page, path)
    expect(complaint(page).filter(has_text="broken.npz")).to_be_visible()
    expect(keyed(page, "explore.importing.again")).to_have_count(0)  # the same file would fail again
    assert list(server.data.glob("imported/*broken*")) == []
