"""The style sheet of the page itself: where the answer panel stands, and what the theme of Streamlit cannot say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

STYLE_SHEET = Path(__file__).with_suffix(".css")
COLOURS = {"page": "backgroundColor", "primary": "primaryColor"}
"""Colours of the theme that the style sheet uses as `--studio-<name>`. Streamlit gives them to components only."""


def page_style() -> None:
    """Put the style sheet into the page; it takes no room there."""
    st.html(f"<style>{_colours()}{_sheet()}</style>")


def _colours() -> str:
    lines = (
        f"--studio-{name}: light-dark({_colour('light', option)}, {_colour('dark', option)});"
        for name, option in COLOURS.items()
    )
    return f".stApp {{ {' '.join(lines)} }}\n"


def _colour(theme: str, option: str) -> str:
    return str(st.get_option(f"theme.{theme}.{option}") or "Canvas")


@cache
def _sheet() -> str:
    return STYLE_SHEET.read_text(encoding="utf-8")
