"""A card for each page, with a badge on the suggested next one."""

from __future__ import annotations

import streamlit as st

from dashboard.cached import run_store
from dashboard.navigation import available_specs, page_of
from dashboard.widgets.link_card import link_card

MIN_CARD_WIDTH = 270


def render_next_steps() -> None:
    """A card for each page: what a person does there."""
    others = [spec for spec in available_specs() if spec.name != "home"]
    suggested = suggested_page(has_run=run_store().index.count() > 0)
    st.subheader("Pages", anchor=False)
    with st.grid(min_column_width=MIN_CARD_WIDTH):
        for spec in others:
            with link_card(f"home.{spec.name}"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link(page_of(spec), label=f"**{spec.title}**")
                    if spec.name == suggested:
                        st.badge("Suggested", icon=":material/arrow_back:")
                st.caption(spec.help)


def suggested_page(*, has_run: bool) -> str:
    """Name of the page that is suggested next."""
    return "evaluate" if has_run else "explore"
