"""The empty state of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.navigation import page_named
from dashboard.widgets.link_card import link_card
from dashboard.widgets.markdown import escape_markdown


@dataclass(frozen=True, kw_only=True, slots=True)
class WayToTrain:
    """A page on which a training is started, and what a person does there."""

    page: str
    title: str
    icon: str
    text: str


WAYS_TO_TRAIN = (
    WayToTrain(
        page="home",
        title="Train a first network",
        icon=":material/play_arrow:",
        text="One click on Home. Watch ten digits while it trains, then see which ones it gets wrong.",
    ),
    WayToTrain(
        page="design",
        title="Choose a recipe or design a network",
        icon=":material/schema:",
        text="Start from a known network on Design, change its layers and settings, and see what it costs.",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """What one click does about an empty state."""

    label: str
    on_click: Callable[[], None]


def render_empty_state(
    title: str, text: str, *, page: str | None = None, link: str = "", icon: str = "inbox", remedy: Remedy | None = None
) -> None:
    """A box that says what is missing and why, with a link to the page where it comes from, or a button.

    Args:
        title: what is missing, for example "No runs yet".
        text: one or two sentences on what appears here, and how to get it. Markdown; escape text from people or files.
        page: name of the page to link to, as in `dashboard.navigation`; no link if that page does not exist.
        link: label of the link.
        icon: name of a Material symbol.
        remedy: a button, where the page itself can help.
    """
    with st.container(key="empty_state", border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.subheader(f":material/{icon}: {title}", anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        if page is not None and (target := page_named(page)) is not None:
            st.page_link(target, label=link or target.title, icon=":material/arrow_forward:")
        if remedy is not None:
            st.button(escape_markdown(remedy.label), key="empty_state.remedy", type="primary", on_click=remedy.on_click)
        st.space("small")


def render_no_runs(*, has_others: bool = False) -> None:
    """The empty state of a page that shows runs: a card for each way to a first one.

    Args:
        has_others: whether there are runs, and only the one that is asked for is missing.
    """
    title, text = "No runs yet", "A run is one training of one network. Train one, and it appears here."
    if has_others:
        title, text = "No run is chosen", "Choose one above, or train another one."
    with st.container(key="empty_state", border=True, gap="small"):
        st.subheader(f":material/inbox: {title}", anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        render_ways_to_train()


def render_ways_to_train() -> None:
    """A card for each page on which a training is started."""
    for column, way in zip(st.columns(len(WAYS_TO_TRAIN)), WAYS_TO_TRAIN, strict=True):
        target = page_named(way.page)
        if target is not None:
            with column, link_card(f"empty.{way.page}"):
                st.page_link(target, label=f"**{way.title}**", icon=way.icon)
                st.caption(way.text)
