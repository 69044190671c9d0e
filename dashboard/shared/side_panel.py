"""The answer beside the question: a panel at the right that stays on screen while the page scrolls past it.

    question, answer = question_and_answer()
    with question:
        ...                                   # what can be clicked; takes the click
    with answer_panel(answer, name="evaluate", is_open=..., on_close=...) as panel:
        ...                                   # what was clicked

The panel has a column of its own, so nothing that can be clicked moves when it fills. It scrolls by itself: nothing in
it may scroll too. On a phone it is a sheet that comes up from below while it is open, and that can be folded to its
title. `widgets/page_style.css` has the places and sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.state.session import open_view, per_tab

WIDTHS = (6, 5)


def question_and_answer(*widths: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, for what can be clicked and for the answer; `widths` are their shares of the page."""
    question, answer = st.columns(widths or WIDTHS, gap="medium")
    return question, answer


@dataclass(slots=True)
class _Sheet:
    """The panel on a phone, where it covers half of the page.

    It is folded on a view that a person comes to with something open already: the view is what they want to see.
    """

    view: tuple[int, str] | None = None
    title: str = ""
    is_folded: bool = False

    def show(self, title: str) -> None:
        if self.view not in (None, open_view()):
            self.is_folded = True
        elif title != self.title:
            self.is_folded = False  # something else was clicked
        self.view, self.title = open_view(), title

    def fold(self) -> None:
        self.is_folded = not self.is_folded


@contextmanager
def answer_panel(
    place: DeltaGenerator,
    *,
    name: str,
    title: str = "",
    help: str | None = None,
    is_open: bool,
    on_close: Callable[[], None],
) -> Iterator[None]:
    """The panel in the second place of `question_and_answer`; draw it after the click has been taken.

    Args:
        name: prefix of the keys of what is in it: `<name>.chosen` is its title, `<name>.close` closes it.
        title: Markdown; what was clicked. `help` is its tooltip.
        is_open: whether anything was clicked. Else a hint stands in it, which on a phone stays in its place.
        on_close: forgets what was clicked.
    """
    sheet = per_tab("sheet", _Sheet)
    sheet.show(title if is_open else "")
    with place, st.container(key=f"{name}.side_panel_{'open' if is_open else 'empty'}", gap="small"):
        if is_open:
            with st.container(horizontal=True, vertical_alignment="center", key=f"{name}.chosen", gap="small"):
                # The title alone marks a folded sheet. A new key makes new elements, and a press on a button that is
                # made anew before the release is no click.
                with st.container(key=f"{name}.title_{'folded' if sheet.is_folded else 'unfolded'}"):
                    st.markdown(f"**{title}**", help=help)
                _render_fold(sheet, name)
                st.button("Close", key=f"{name}.close", icon=":material/close:", type="tertiary", on_click=on_close)
        yield


def _render_fold(sheet: _Sheet, name: str) -> None:
    """Shown on a phone only, by the style sheet."""
    label, icon = ("Unfold", "expand_less") if sheet.is_folded else ("Fold", "expand_more")
    st.button(label, key=f"{name}.fold_sheet", icon=f":material/{icon}:", type="tertiary", on_click=sheet.fold)
