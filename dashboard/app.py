"""The frame of every page: it runs at each rerun, then runs the page that is open."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `streamlit run dashboard/app.py` puts only dashboard/ on the path
    sys.path.insert(0, str(ROOT))

import streamlit as st

from dashboard.choices import restore_choices
from dashboard.navigation import available_pages, name_of, terms_of
from dashboard.server.warm_up import warm_up
from dashboard.settings import FAVICON
from dashboard.shared.context.digit_box import filled_digit_box
from dashboard.shared.errors import explain_errors
from dashboard.shared.lessons.above import lesson_above
from dashboard.shared.runs.whose import enter, render_whose_runs
from dashboard.shared.terms import render_foot
from dashboard.widgets.page_style import page_style

# The icon comes first: with a page's Material symbol as favicon, the browser would request it from a font host.
st.set_page_config(page_icon=str(FAVICON), layout="wide")
page = st.navigation(available_pages(), position="top")
page_style()
st.set_page_config(page_title=f"{page.title} · MNIST Studio")
st.logo(str(FAVICON), size="large")
with explain_errors():
    enter()
    restore_choices(name_of(page))
    with lesson_above(), filled_digit_box(), explain_errors():
        render_whose_runs()
        page.run()
        render_foot(terms_of(page))
warm_up()
