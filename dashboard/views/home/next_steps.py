"""The way through the house, a card for each room, with a sign at the one to enter next."""

from __future__ import annotations

import streamlit as st

from dashboard.cached import run_store
from dashboard.navigation import available_specs, page_of

MIN_CARD_WIDTH = 300


def render_next_steps() -> None:
    """A card for each page: what a person does there."""
    rooms = [spec for spec in available_specs() if spec.name != "home"]
    suggested = suggested_page(has_run=bool(run_store().run_ids()))
    st.subheader("What to do next", anchor=False)
    with st.grid(min_column_width=MIN_CARD_WIDTH):
        for spec in rooms:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link(page_of(spec), label=f"**{spec.title}**")
                    if spec.name == suggested:
                        st.badge("Next", icon=":material/arrow_back:")
                st.caption(spec.help)


def suggested_page(*, has_run: bool) -> str:
    """Where most people want to go from here."""
    return "evaluate" if has_run else "explore"
