"""The server with a trained run behind it: what it loads, what it answers, and how every page is drawn."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dashboard.views.explore.tabs import VIEWS as EXPLORE_VIEWS
from dashboard.views.inside.tabs import VIEWS as INSIDE_VIEWS
from playwright.sync_api import Browser, Page, ViewportSize, expect

from dashboard.navigation import available_specs
from dashboard.shared.view_picker import VIEWS
from mnist_core.runs.store import RunStore
from tests.browser.conftest import Server, Visitor, serving
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SPECS = available_specs()
WIDE = ViewportSize(width=1280, height=720)
PHONE = ViewportSize(width=390, height=844)
VIEWS_OF_PAGES = {**VIEWS, "explore": EXPLORE_VIEWS, "inside": INSIDE_VIEWS}
ADDRESSES = [
    *(spec.name for spec in SPECS),
    *(f"{page}?view={view}" for page, views in VIEWS_OF_PAGES.items() for view in tuple(views)[1:]),
]
FRAMEWORKS = re.compile(r"tensorflow|keras|jaxlib|libtorch", re.IGNORECASE)

# What reaches beyond the right edge of the window and is in no box that scrolls or cuts it off; and, because the whole
# page lies in a box that scrolls, by how much that one can be moved sideways.
BEYOND_THE_EDGE = """() => {
  const edge = document.documentElement.clientWidth + 1;
  const main = document.querySelector('[data-testid="stMain"]');
  const isHeld = (element) => {
    for (let box = element.parentElement; box && box !== main; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return true;
    return false;
  };
  const found = main.scrollWidth > main.clientWidth + 1 ? [`the page by ${main.scrollWidth - main.clientWidth}`] : [];
  for (const element of main.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (box.width && box.height && box.right > edge && !isHeld(element))
      found.push(`${element.tagName} ${element.dataset.testid ?? element.className} to ${Math.round(box.right)}`);
  }
  return found.slice(0, 5);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Iterator[Server]:
    """A dashboard with one run, trained from the command line."""
    with serving(tmp_path_factory.mktemp("server"), sample_data_folder) as running:
        folders = {"MNIST_STUDIO_RUNS": str(running.runs), "MNIST_STUDIO_DATA": str(running.data)}
        training = ["train", "--recipe", "lenet-5", "--dataset", "mnist-sample", "--epochs", "2", "--limit", "600"]
        subprocess.run(
            [sys.executable, "-m", "mnist_core", *training],
            cwd=ROOT,
            env={**os.environ, **folders},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield running


@pytest.fixture(scope="module")
def run_id(server: Server) -> str:
    return RunStore(server.runs).run_ids()[0]


def address(page: str, run_id: str) -> str:
    """The link to a page, or to a view of it, for a run."""
    if page == SPECS[0].name:
        return "/"
    return f"/{page}{'&' if '?' in page else '?'}run={run_id}"


def expect_no_complaint(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for sign in ("stException", "stAlertContentError"):
        assert page.get_by_test_id(sign).all_inner_texts() == []


def expect_to_fit(page: Page) -> None:
    """Nothing reaches beyond the window, also when it becomes as narrow as a phone's."""
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.wait_for_function(f"() => ({BEYOND_THE_EDGE})().length === 0")  # charts follow the window a little later


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_page_with_a_run_fits_the_window_in_both_themes(
    browser: Browser, server: Server, run_id: str, spec, scheme
) -> None:
    context = browser.new_context(viewport=WIDE, color_scheme=scheme)
    visitor = Visitor(context.new_page(), server)
    page = visitor.open(address(spec.name, run_id))
    expect_no_complaint(page)
    expect_to_fit(page)
    context.close()
    assert visitor.problems == []


@pytest.mark.parametrize("view", ADDRESSES[len(SPECS) :])
def test_a_view_fits_the_window(visitor: Visitor, run_id: str, view: str) -> None:
    page = visitor.open(address(view, run_id))
    expect_no_complaint(page)
    expect_to_fit(page)


def test_what_does_not_fit_would_be_noticed(visitor: Visitor) -> None:
    page = visitor.open("/")
    for style in ("width: 3000px; height: 9px", "position: absolute; top: 0; left: 1270px; width: 99px; height: 9px"):
        add = (
            "style => document.querySelector('h1').insertAdjacentHTML('afterend', `<i style='display:block;${style}'>`)"
        )
        page.evaluate(add, style)
        assert page.evaluate(BEYOND_THE_EDGE) != []
        page.evaluate("document.querySelector('h1 + i').remove()")
        assert page.evaluate(BEYOND_THE_EDGE) == []


def test_the_server_has_no_framework_in_its_memory_after_all_views(visitor: Visitor, run_id: str) -> None:
    maps = Path(f"/proc/{visitor.server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system does not tell which files a process has in memory")
    for page in ADDRESSES:
        visitor.open(address(page, run_id))
    text = maps.read_text()
    assert "numpy" in text  # else the wrong process was looked at
    assert sorted({line.split()[-1] for line in text.splitlines() if FRAMEWORKS.search(line)}) == []


def test_what_is_not_there_carries_the_security_headers_too(server: Server) -> None:
    for path in ("/static/no-such-file.js", "/media/0123", "/_stcore/host-config", "/no/such/page"):
        headers = dict(answer(server, "GET", path).getheaders())
        assert headers["x-frame-options"] == "DENY", path
        assert headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path


@pytest.mark.parametrize(
    "foreign",
    [{"Origin": "http://evil.example"}, {"Origin": "http://evil.example", "Host": "evil.example"}],
    ids=["another page", "a name that points here"],
)
def test_another_web_page_cannot_talk_to_the_server(server: Server, foreign: dict[str, str]) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    own = {"Origin": server.url}
    assert answer(server, "GET", "/_stcore/stream", {**handshake, **own}).status == 101
    assert answer(server, "GET", "/_stcore/stream", {**handshake, **foreign}).status in (400, 403)


def answer(server: Server, method: str, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    """The first answer to a request, taken as it is."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.request(method, path, headers=headers or {})
    return connection.getresponse()
