"""The foot of every page: its terms with their meaning, and the choice of a plain view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import streamlit as st

from dashboard.settings import ROOT
from dashboard.state.current import CurrentChoices
from dashboard.state.session import widget_key, widget_value

GLOSSARY = ROOT / "docs" / "glossary.md"
"""The one place that says what a term means; without it, pages do without."""


PAGES_TABLE = "Names on screen"
"""A section that has no terms."""


class Term(NamedTuple):
    """A term and its meaning, in Markdown."""

    name: str
    meaning: str


def render_foot(sections: Sequence[str]) -> None:
    """Below a page, in one line: its terms, and whether it is plain.

    Args:
        sections: headings of the glossary whose terms the page uses.
    """
    st.space("medium")
    with st.container(horizontal=True, vertical_alignment="center", key="foot"):
        found = [(section, terms()[section]) for section in sections if section in terms()]
        if found:
            popover = st.popover("Terms", icon=":material/menu_book:", key="foot.terms", on_change="rerun",
                                 help="What the words on this page mean.")  # fmt: skip
            if popover.open:
                with popover:
                    _render_terms(found)
        _render_plain()


def _render_terms(found: Sequence[tuple[str, Sequence[Term]]]) -> None:
    wanted = st.text_input("Find a term", key="foot.wanted", placeholder="of any page").casefold().strip()
    is_any = False
    for section, known in [*found, *(_others(found) if wanted else ())]:
        shown = [term for term in known if wanted in term.name.casefold() or wanted in term.meaning.casefold()]
        if shown:
            is_any = True
            shown.sort(key=lambda term: wanted not in term.name.casefold())  # names before meanings
            st.markdown(f"**{section}**")
            st.markdown("\n".join(f"- **{term.name}**: {term.meaning}" for term in shown))
    if not is_any:
        st.caption("No term matches.")


def _others(found: Sequence[tuple[str, Sequence[Term]]]) -> Sequence[tuple[str, Sequence[Term]]]:
    """The sections that the page does not use, of terms alone."""
    used = {section for section, _ in found}
    return [(section, known) for section, known in terms().items() if section not in used and section != PAGES_TABLE]


def _render_plain() -> None:
    key = widget_key("foot.plain", CurrentChoices.is_plain.get())
    st.toggle(
        "Plain view",
        value=CurrentChoices.is_plain.get(),
        key=key,
        on_change=lambda: CurrentChoices.is_plain.choose_sent(widget_value(key)),
        help="Leaves out tabs, figures and settings that a first look does not need. Links that lead to a tab still "
        "open it.",
    )


@cache
def terms() -> Mapping[str, tuple[Term, ...]]:
    """The terms of the glossary by its headings, in its order."""
    try:
        lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    found: dict[str, list[Term]] = {}
    section: list[Term] = []
    for line in lines:
        if line.startswith("## "):
            section = found.setdefault(line.removeprefix("## "), [])
        elif line.startswith("| ") and not line.startswith(("| term", "| ---")):
            name, meaning = (cell.strip() for cell in line.strip("|").split(" | ")[:2])
            section.append(Term(name, meaning))
    return {heading: tuple(known) for heading, known in found.items() if known}
