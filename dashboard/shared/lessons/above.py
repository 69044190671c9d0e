"""The open lesson stands above every page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.state.current import current
from dashboard.state.held_back import hold_back


@contextmanager
def lesson_above() -> Iterator[None]:
    """Draw the lesson that is open, if one is, and then the page.

    What the lesson has seen is added when the page has run: a click on the page counts in the same rerun. Without a
    lesson nothing of them is loaded.
    """
    if current.lesson is None:
        hold_back(())
        yield
        return
    from dashboard.shared.lessons.panel import render_panel
    from dashboard.shared.lessons.progress import open_lesson

    opened = open_lesson()
    hold_back(opened.hides if opened is not None else ())
    fill = render_panel(opened) if opened is not None else None
    yield
    if fill is not None:
        fill()
