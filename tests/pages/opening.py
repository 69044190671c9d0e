"""Opening pages without a browser: Streamlit's AppTest runs the frame and a page, and shows what they would send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.server.background import jobs
from tests.conftest import ROOT
from tests.waiting import wait_until

__all__ = ["OpenPage", "look_for_components_once", "open_page", "open_page_at_rest"]

TIMEOUT_SECONDS = 60  # Streamlit's own 3 s are short on a busy machine

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def look_for_components_once() -> Iterator[None]:
    """Every AppTest reads the metadata of all installed packages, which takes ten times as long as a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def open_page(sample_only: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Opens a page of the whole app by its name, on the sample and an empty runs folder.

    `open_page("explore", image="3")` is the address `/explore?image=3`.
    """
    monkeypatch.chdir(ROOT)
    _forget_what_is_shared()

    def open_named(name: str = "home", **url: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=TIMEOUT_SECONDS)
        app.switch_page(f"../pages/{name}.py")  # before the first run, as a browser does that follows a link
        for param, value in url.items():
            app.query_params[param] = value
        return app.run()

    yield open_named
    _forget_what_is_shared()


@pytest.fixture
def open_page_at_rest(open_page: OpenPage) -> OpenPage:
    """Opens a page and shows it once nothing is worked on in the background any more."""

    def open_named(name: str, **url: str) -> AppTest:
        app = open_page(name, **url)
        _let_jobs_end()
        while app.run().get("progress"):  # a result may be what the next job works on
            _let_jobs_end()
        return app

    return open_named


def _forget_what_is_shared() -> None:
    """What the tabs of a server share: another test may have a copy of the same run."""
    st.cache_resource.clear()
    jobs.cache_clear()


def _let_jobs_end() -> None:
    for job in list(jobs()._jobs.values()):
        wait_until(lambda: not job.is_running, seconds=60)  # noqa: B023 - waited for at once
