"""The server with finished runs behind it: what it loads, what it answers, and how every page is drawn."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dashboard.navigation import available_specs
from tests.browser.conftest import FinishedRuns, Server, Visitor
from tests.browser.finding import VIEWS, choose, expect_no_complaint
from tests.browser.fitting import BEYOND_THE_EDGE, WIDE, expect_to_fit
from tests.thorough import some_of

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SPECS = available_specs()
ADDRESSES = [
    *(spec.name for spec in SPECS),
    *(f"{page}?view={view}" for page, views in VIEWS.items() for view in views[1:]),
]
THEMED = [spec.name for spec in SPECS]
ALWAYS = ("inside",)
FRAMEWORKS = re.compile(r"tensorflow|keras|jaxlib|libtorch", re.IGNORECASE)

IS_DARK = """() => {
  const colour = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
  return colour.match(/\\d+/g).slice(0, 3).every((part) => Number(part) < 60);
}"""

ADD = """style => document.querySelector('[data-testid="stMainBlockContainer"]').insertAdjacentHTML(
  "beforeend", `<i id="too-wide" style="display:block; ${style}">`)"""


@pytest.fixture(scope="module")
def server(finished_server: Server) -> Server:
    return finished_server


def address(page: str, runs: FinishedRuns) -> str:
    """The link to a page, or to a view of it, for a run; with digits opened where they can be."""
    if page == SPECS[0].name:
        return "/"
    run_id = runs.lenet if page.startswith("inside") else runs.newer
    cell = "&cell=9-4" if page.startswith("evaluate") else ""
    return f"/{page}{'&' if '?' in page else '?'}run={run_id}{cell}"


def expect_no_framework(server: Server) -> None:
    """Neither TensorFlow nor Keras is in the memory of the server, where the system tells."""
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        return
    text = maps.read_text()
    assert "numpy" in text  # else the wrong process was looked at
    assert sorted({line.split()[-1] for line in text.splitlines() if FRAMEWORKS.search(line)}) == []


@pytest.mark.parametrize("name", some_of(ADDRESSES, always=ALWAYS))
def test_a_page_with_a_run_opens_by_its_link_and_fits_the_window(
    visitor: Visitor, finished_runs: FinishedRuns, name: str
) -> None:
    page = visitor.open(address(name, finished_runs))
    expect_no_complaint(page)
    expect_to_fit(visitor)
    expect_no_framework(visitor.server)
    if name in THEMED:
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(IS_DARK)
        visitor.settle()
        expect_no_complaint(page)
        expect_to_fit(visitor)
    if name.startswith("mistakes"):  # which shows more of validation digits, as they were seen after every epoch
        page.set_viewport_size(WIDE)
        choose(page, "linked.judged_split*", 1)
        page.wait_for_url(re.compile("split=validation"))
        visitor.settle()
        expect_no_complaint(page)
        expect_to_fit(visitor)


def test_what_does_not_fit_would_be_noticed(visitor: Visitor) -> None:
    page = visitor.open("/")
    for style in ("width: 3000px; height: 9px", "position: absolute; top: 0; left: 1270px; width: 99px; height: 9px"):
        page.evaluate(ADD, style)
        assert page.evaluate(BEYOND_THE_EDGE) != []
        page.evaluate("document.getElementById('too-wide').remove()")
        assert page.evaluate(BEYOND_THE_EDGE) == []


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
