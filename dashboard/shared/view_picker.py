"""The tabs of a page; the open one is in the link."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.shared.linked_choice import linked_segments
from dashboard.state.session import enter_view
from dashboard.state.url_kinds import E
from dashboard.state.url_values import UrlValue


def render_view_picker(choice: UrlValue[E], titles: Mapping[E, str]) -> E:
    """The view that is open; the code of the others does not run."""
    view = linked_segments(
        "View", tuple(titles), choice=choice, words=titles.__getitem__, label_visibility="collapsed", wrap=True
    )
    enter_view(view)
    return view
