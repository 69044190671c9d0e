"""The style sheet of the page itself: where the answer panel stands, and what the theme of Streamlit cannot say.

With it the server sends the scripts of the page: the menu on a phone, the way back, keys that are held down, the way to
the sign-in, and the library for charts.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.widgets.component import inlined

STYLE_SHEET = Path(__file__).with_suffix(".css")
SCRIPTS = tuple(Path(__file__).with_name(f"page_{name}.js") for name in ("menu", "history", "keys"))
CLASS_SCRIPT = Path(__file__).with_name("page_signed_out.js")
CHART_SCRIPT = Path(__file__).with_name("chart_library.js")
COLOURS = {"page": "backgroundColor", "secondary": "secondaryBackgroundColor", "primary": "primaryColor"}
"""Colours of the theme that the style sheet uses as `--studio-<name>`. Streamlit gives them to components only."""


_is_served = False


def styled(page: bytes, *, library: str, is_class: bool = False) -> bytes:
    """The HTML page that the server sends, with the style sheet, which thus holds from the first paint, and scripts.

    They stand at the end of the body: what Streamlit adds to the head later must not take precedence.

    Args:
        library: the address of Plotly, for charts that change in place and for their downloads.
        is_class: whether people sign in, so that a page whose session has ended leads there.
    """
    global _is_served
    start, end, rest = page.rpartition(b"</body>")
    if not end:
        return page
    _is_served = True
    scripts = "".join(
        f"<script>{_text(script)}</script>" for script in (*SCRIPTS, *((CLASS_SCRIPT,) if is_class else ()))
    )
    scripts += f'<script data-library="{library}">{_chart_script()}</script>'
    return start + f"{_style()}{scripts}".encode() + end + rest


def page_style() -> None:
    """Put the style sheet into the page if the server has not; it takes no room there."""
    if not _is_served:
        st.html(_style())


def _style() -> str:
    return f"<style>{_colours()}{_text(STYLE_SHEET)}</style>"


def _colours() -> str:
    lines = (
        f"--studio-{name}: light-dark({_colour('light', option)}, {_colour('dark', option)});"
        for name, option in COLOURS.items()
    )
    return f".stApp {{ {' '.join(lines)} }}\n"


def _colour(theme: str, option: str) -> str:
    return str(st.get_option(f"theme.{theme}.{option}") or "Canvas")


@cache
def _chart_script() -> str:
    """With the modules that it imports. As in a module, its names are its own, and no two may be the same."""
    return f'"use strict"; {{\n{inlined(CHART_SCRIPT)}}}'


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
