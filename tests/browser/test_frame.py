"""The frame: addresses, navigation, headers, themes, and what the server does not load."""

from __future__ import annotations

import re
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, expect

from dashboard.navigation import available_specs
from tests.browser.conftest import SETTLED, Server, Visitor, serving

pytestmark = pytest.mark.browser

SPECS = available_specs()


def address(name: str) -> str:
    return "/" if name == SPECS[0].name else f"/{name}"


def test_home_shows_real_digits(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="MNIST Studio")).to_be_visible()
    expect(visitor.digits().first).to_be_visible()
    expect(visitor.digits().first).to_have_attribute("aria-label", re.compile(r"^Label \d, training image 0"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_page_opens_cold_by_its_address_on_an_empty_machine(visitor: Visitor, spec) -> None:
    page = visitor.open(address(spec.name))
    expect(page).to_have_title(f"{spec.title} · MNIST Studio")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_no_page_scrolls_sideways_on_a_phone(visitor: Visitor, spec) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.open(address(spec.name))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_the_navigation_lists_the_pages_that_are_there(visitor: Visitor) -> None:
    page = visitor.open("/")
    links = page.get_by_test_id("stTopNav").get_by_role("link")
    # Before the icon font has come, an icon is its name, on a line of its own.
    assert [text.split("\n")[-1] for text in links.all_inner_texts()] == [spec.title for spec in SPECS]


def test_every_response_carries_the_security_headers(server: Server) -> None:
    for path in ("/", "/explore", "/_stcore/health"):
        with urllib.request.urlopen(server.url + path) as response:
            headers = response.headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system(browser: Browser, server: Server, scheme) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(server.url)
    page.locator(SETTLED).wait_for()
    colour = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3
    context.close()
    assert brightness > 240 if scheme == "light" else brightness < 40


def test_the_server_never_loads_tensorflow(visitor: Visitor) -> None:
    for spec in SPECS:
        visitor.open(address(spec.name))
    process = psutil.Process(visitor.server.process.pid)
    if not hasattr(process, "memory_maps"):
        pytest.skip("this system does not tell which libraries a process has loaded")
    loaded = [
        mapping.path for mapping in process.memory_maps() if re.search(r"tensorflow|jaxlib|libtorch", mapping.path)
    ]
    assert loaded == []


def test_plain_streamlit_run_shows_the_same_pages(tmp_path, sample_data_folder, browser: Browser) -> None:
    plain = [str(Path(sys.executable).with_name("streamlit")), "run", "dashboard/app.py"]
    with serving(tmp_path, sample_data_folder, command=plain) as server:
        page = browser.new_page()
        page.goto(server.url)
        expect(page.get_by_role("heading", name="MNIST Studio")).to_be_visible()
        expect(page.locator(".digits button").first).to_be_visible()
        page.close()
