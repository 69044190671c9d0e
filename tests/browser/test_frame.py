"""The frame: addresses, navigation, headers, themes, and what the server does not load."""

from __future__ import annotations

import re
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from dashboard.navigation import available_specs
from mnist_core.data.sources.catalogue import load_dataset
from tests.browser.conftest import SETTLED, Server, Visitor, serving
from tests.browser.finding import digits, expect_no_complaint, expect_pressed, number, view_option
from tests.thorough import some_of
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

SPECS = available_specs()
FRAMEWORKS = re.compile(r"tensorflow|keras|jaxlib|libtorch", re.IGNORECASE)


def address(name: str) -> str:
    return "/" if name == SPECS[0].name else f"/{name}"


def frameworks_loaded(server: Server) -> list[str]:
    """Libraries that must never enter the server, as far as they are in its memory."""
    process = psutil.Process(server.process.pid)
    if not hasattr(process, "memory_maps"):
        pytest.skip("this system does not tell which libraries a process has loaded")
    paths = [mapping.path for mapping in process.memory_maps()]
    assert any("numpy" in path for path in paths)  # else the wrong process was looked at
    return [path for path in paths if FRAMEWORKS.search(path)]


def test_home_shows_real_digits(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    first = digits(page, "home.strip").first
    expect(first).to_be_visible()
    for fact in (int(load_dataset("mnist-sample").train.labels[0]), 0):  # the label, and which image it is
        expect(first).to_have_attribute("aria-label", number(fact))


@pytest.mark.parametrize("spec", some_of(SPECS, always=SPECS[:1]), ids=lambda spec: spec.name)
def test_a_page_opens_cold_by_its_address_on_a_phone_and_an_empty_machine(visitor: Visitor, spec) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.open(address(spec.name))
    expect(page).to_have_title(re.compile(f"^{re.escape(spec.title)} "))
    expect_no_complaint(page)
    assert page.get_by_role("dialog").count() == 0
    visitor.wait_until_drawn()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert frameworks_loaded(visitor.server) == []


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


def test_the_theme_follows_the_system(browser: BrowserContext, server: Server) -> None:
    page = browser.new_page()
    page.emulate_media(color_scheme="dark")
    page.goto(server.url)
    page.locator(SETTLED).wait_for()
    assert brightness(page) < 40
    page.emulate_media(color_scheme="light")
    wait_until(lambda: brightness(page) > 240)
    page.close()


def brightness(page: Page) -> float:
    colour = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_link_to_a_page_has_a_ring_while_the_keyboard_is_on_it(visitor: Visitor, theme) -> None:
    visitor.page.emulate_media(color_scheme=theme)
    page = visitor.open("/")
    links = page.get_by_test_id("stTopNav").get_by_role("link")
    links.first.focus()
    page.keyboard.press("Tab")
    expect(links.nth(1)).to_be_focused()
    assert ring(links.nth(1)).endswith(" 0px 0px 0px 3.2px")  # as Streamlit's own around its buttons
    assert ring(links.nth(2)) == "none"


def ring(link: Locator) -> str:
    return str(link.evaluate("link => getComputedStyle(link).boxShadow"))


@pytest.mark.parametrize("path", ["/", "/train", "/explore?view=embedding"])
def test_the_style_sheet_is_in_the_page_before_any_script_runs(server: Server, path: str) -> None:
    headers = {"Accept": "text/html,*/*", "Accept-Encoding": "gzip, deflate, br"}  # as a browser asks
    with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers)) as answer:
        assert "content-encoding" not in answer.headers
        length, text = int(answer.headers["content-length"]), answer.read()
    assert length == len(text)
    assert b".st-key-context {" in text
    assert text.count(b"</html>") == 1


def test_a_browser_that_kept_an_earlier_page_is_sent_the_one_of_now(server: Server) -> None:
    headers = {"Accept": "text/html", "If-Modified-Since": "Wed, 01 Jan 2121 00:00:00 GMT", "If-None-Match": "*"}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/", headers=headers)) as answer:
        assert answer.status == 200
        assert b".st-key-context {" in answer.read()


@pytest.mark.thorough
def test_on_a_phone_the_menu_closes_once_a_page_is_chosen(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.open("/")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").nth(2).click()
    expect(page).to_have_url(re.compile(SPECS[2].name))
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar")).to_be_in_viewport()
    page.reload()
    page.locator(SETTLED).wait_for()
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()


@pytest.mark.thorough
def test_plain_streamlit_run_shows_the_same_pages(tmp_path, sample_data_folder, browser: BrowserContext) -> None:
    plain = [str(Path(sys.executable).with_name("streamlit")), "run", "dashboard/app.py"]
    with serving(tmp_path, sample_data_folder, command=plain) as server:
        page = browser.new_page()
        page.goto(server.url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(digits(page, "home.strip").first).to_be_visible()
        page.close()


@pytest.mark.thorough
def test_one_step_back_takes_back_one_thing(visitor: Visitor) -> None:
    page = visitor.open("/")
    visitor.go_to("explore")
    digits(page, "explore.grid.*").nth(3).click()
    page.wait_for_url("**image=train-3*")
    visitor.open_view("explore", "classes")
    visitor.go_to("design")

    def step(move: Callable[[], object]) -> str:
        move()
        visitor.settle()
        return page.url

    assert "/explore?" in step(page.go_back)
    expect(view_option(page, "explore", "classes")).to_have_attribute("aria-checked", "true")
    assert "view=" not in step(page.go_back)
    expect(view_option(page, "explore", "digits")).to_have_attribute("aria-checked", "true")
    expect_pressed(digits(page, "explore.grid.*"), 3)
    assert "image=" not in step(page.go_back)
    assert "/explore" in page.url
    expect(digits(page, "explore.grid.*").and_(page.locator('[aria-pressed="true"]'))).to_have_count(0)
    assert "explore" not in step(page.go_back)
    assert "image=train-3" not in step(page.go_forward)
    assert "image=train-3" in step(page.go_forward)
    expect_pressed(digits(page, "explore.grid.*"), 3)
