"""Pages without a browser: Streamlit's AppTest runs the frame and a page, and shows what they would send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

TIMEOUT_SECONDS = 60  # Streamlit's own 3 s are short on a busy machine

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(sample_only: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Opens a page of the whole app by its name, on the sample and an empty runs folder.

    `open_page("explore", image="3")` is the address `/explore?image=3`.
    """
    monkeypatch.chdir(ROOT)
    st.cache_resource.clear()

    def open_named(name: str = "home", **url: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=TIMEOUT_SECONDS)
        if name != "home":
            app.run()
            app.switch_page(f"../pages/{name}.py")
        for param, value in url.items():
            app.query_params[param] = value
        return app.run()

    yield open_named
    st.cache_resource.clear()
