"""The answer beside the question: a panel at the right that stays on screen while the page scrolls past it.

    question, answer = question_and_answer()
    with question:
        ...                                   # what can be clicked; takes the click
    with answer_panel(answer, name="evaluate", is_open=..., on_close=...) as panel:
        ...                                   # what was clicked

The panel has a column of its own, so nothing that can be clicked moves when it fills. It scrolls by itself: nothing in
it may scroll too. On a phone it is a sheet that comes up from below while it is open. `widgets/page_style.css` has the
places and sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

WIDTHS = (6, 5)


def question_and_answer(*widths: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, for what can be clicked and for the answer; `widths` are their shares of the page."""
    question, answer = st.columns(widths or WIDTHS, gap="medium")
    return question, answer


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
    state = "open" if is_open else "empty"
    with place, st.container(key=f"{name}.side_panel_{state}", gap="small"):
        if is_open:
            with st.container(horizontal=True, vertical_alignment="center", key=f"{name}.chosen", gap="small"):
                st.markdown(f"**{title}**", width="stretch", help=help)
                st.button("Close", key=f"{name}.close", icon=":material/close:", type="tertiary", on_click=on_close)
        yield
