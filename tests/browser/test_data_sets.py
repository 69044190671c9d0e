"""The view Data sets: downloads, which may go wrong or be cancelled, and a page that stays, however slow all is."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from mnist_core.data.sources.catalogue import load_dataset
from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import (
    button,
    choose,
    choose_files,
    complaint,
    digits,
    expect_facts,
    field,
    keyed,
    numbers,
    view_option,
)
from tests.browser.slowness import Line, slow_browser, slow_server
from tests.waiting import wait_until

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


@pytest.mark.thorough
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


@pytest.mark.thorough
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


# A page that stays ----------------------------------------------------------------------------------------------------


@pytest.fixture
def some_digits(tmp_path: Path, server: Server) -> Path:
    """A file of a hundred digits."""
    train = load_dataset("mnist-sample", server.data).train
    path = tmp_path / "some-digits.npz"
    np.savez(path, images=train.images[:100], labels=train.labels[:100])
    return path


def type_into(page: Page, key: str, text: str) -> None:
    box = field(page, f"{key}*")
    box.fill(text)
    box.press("Tab")


def preview_named(visitor: Visitor, path: Path, name: str) -> None:
    """Choose a file, wait for what it holds, and type a name."""
    choose_files(visitor.page, path)
    expect(keyed(visitor.page, "explore.import_images")).to_be_visible()
    type_into(visitor.page, "explore.import_name", name)


def expect_stayed(visitor: Visitor, name: str) -> None:
    """The view is the same after one more answer of the server, and nothing is gone."""
    page = visitor.page
    type_into(page, "explore.import_title", f"Title of {name}")
    visitor.settle()
    expect(view_option(page, "explore", "data_sets")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("view=data_sets"))
    expect(keyed(page, "explore.import_images")).to_be_visible()
    expect(field(page, "explore.import_name*")).to_have_value(name)
    expect(field(page, "explore.import_title*")).to_have_value(f"Title of {name}")
    button(page, "explore.import_discard").click()
    expect(page.locator('input[type="file"]')).to_be_attached()


@pytest.mark.thorough
def test_the_page_stays_when_a_script_comes_late(visitor_in_new_tab: Visitor, some_digits: Path) -> None:
    """The person is faster than the line: the rest of the page is used before the picker of views can be drawn."""
    visitor = visitor_in_new_tab
    held: list[Route] = []
    visitor.page.route("**/ButtonGroup.*.js", lambda route: held.append(route))
    visitor.open("/explore?view=data_sets")
    preview_named(visitor, some_digits, "late-script")
    visitor.settle()
    (script,) = held
    expect(view_option(visitor.page, "explore", "data_sets")).to_have_count(0)
    script.continue_()
    expect_stayed(visitor, "late-script")


@pytest.mark.thorough
def test_the_page_stays_when_answers_come_late(visitor_in_new_tab: Visitor, some_digits: Path) -> None:
    """Clicks on what is still shown carry the address from before the last choice."""
    visitor = visitor_in_new_tab
    line = Line(visitor.page)
    page = visitor.open("/explore?view=measures")
    visitor.wait_until_drawn()
    line.hold()
    view_option(page, "explore", "data_sets").click()
    choose(page, "linked.browsed_split", 1)
    line.let_go()
    visitor.settle()
    preview_named(visitor, some_digits, "late-answers")
    expect_stayed(visitor, "late-answers")


@pytest.mark.thorough
def test_going_back_in_the_browser_shows_the_view_before(visitor: Visitor) -> None:
    page = visitor.open("/explore?view=measures")
    visitor.open_view("explore", "data_sets")
    expect(page).to_have_url(re.compile("view=data_sets"))
    page.go_back()
    expect(view_option(page, "explore", "measures")).to_have_attribute("aria-checked", "true")
    page.go_forward()
    expect(view_option(page, "explore", "data_sets")).to_have_attribute("aria-checked", "true")
    visitor.settle()


@pytest.mark.thorough
def test_the_page_stays_when_the_connection_breaks(visitor_in_new_tab: Visitor, some_digits: Path) -> None:
    visitor = visitor_in_new_tab
    line = Line(visitor.page)
    visitor.open("/explore?view=data_sets")
    preview_named(visitor, some_digits, "broken-line")
    visitor.settle()
    line.cut()

    def is_connected_again() -> bool:
        visitor.page.wait_for_timeout(10)  # hears of the connection
        return line.n_connections == 2

    wait_until(is_connected_again)
    visitor.settle()
    expect_stayed(visitor, "broken-line")


@pytest.mark.thorough
def test_the_page_stays_on_a_slow_machine(visitor_in_new_tab: Visitor, server: Server, some_digits: Path) -> None:
    visitor = visitor_in_new_tab
    with slow_browser(visitor.page), slow_server(server):
        visitor.page.goto(f"{server.url}/explore?view=data_sets")
        preview_named(visitor, some_digits, "slow-machine")
        expect_stayed(visitor, "slow-machine")


@pytest.mark.thorough
def test_going_back_leads_through_the_pages_and_is_not_held_up_at_one(visitor: Visitor) -> None:
    page = visitor.open("/explore?image=train-5")
    visitor.go_to("evaluate")
    visitor.go_to("mistakes")
    before = page.evaluate("history.length")
    visitor.go_to("explore")
    assert page.evaluate("history.length") - before <= 2  # the page, and its choices if they come later
    for name in ("mistakes", "evaluate", "explore"):
        for _ in range(2):
            if not re.search(rf"/{name}(\?|$)", page.url):
                page.go_back()
                visitor.settle()
        assert re.search(rf"/{name}(\?|$)", page.url), name
