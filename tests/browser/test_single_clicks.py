"""A click at the moment at which a part of the page draws itself again is counted once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visitor, serving
from tests.browser.finding import button, keyed
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.browser]

APP = f"""
import sys

sys.path.insert(0, {str(ROOT)!r})
import streamlit as st

from dashboard.asgi import MIDDLEWARE, ROUTES

app = st.App("page.py", routes=ROUTES, middleware=MIDDLEWARE)
"""

PAGE = """
import streamlit as st


def add():
    st.session_state["clicks"] += 1


st.session_state.setdefault("clicks", 0)
st.button("Add", key="add", on_click=add)
with st.container(key="clicks_counted"):
    st.markdown(st.session_state["clicks"])
st.fragment(lambda: st.markdown("Redrawn"), run_every=1)()
"""

CLICK_WHEN_A_REDRAW_IS_DUE = """(button) => {
  const work = (milliseconds) => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  };
  const click = () => {
    setTimeout(work, 0, 300);
    button.click();
  };
  setTimeout(work, 0, 1500);
  setTimeout(click);
}"""
"""A busy browser: when the click is noted, the time of the fragment has run out; then it takes a while to be sent."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("counting")
    (folder / "page.py").write_text(PAGE)
    (folder / "app.py").write_text(APP)
    command = (sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.headless", "true")
    with serving(folder, sample_data_folder, command=command) as running:
        yield running


@pytest.mark.thorough
def test_a_click_when_a_redraw_is_due_counts_once(visitor: Visitor) -> None:
    page = visitor.open("/")
    for n_clicks in (1, 2, 3):
        button(page, "add").evaluate(CLICK_WHEN_A_REDRAW_IS_DUE)
        expect(keyed(page, "clicks_counted")).to_have_text(str(n_clicks))
