"""The tabs of a page; the open one is in the link."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dashboard.shared.linked_choice import linked_segments
from dashboard.state.current import current
from dashboard.state.session import enter_view
from dashboard.state.url_kinds import E
from dashboard.state.url_values import UrlValue


def render_view_picker(choice: UrlValue[E], titles: Mapping[E, str], *, further: Collection[E] = ()) -> E:
    """The view that is open; the code of the others does not run.

    Args:
        further: views that a plain page leaves out, unless one of them is open.
    """
    left_out = {view for view in further if view != choice.get()} if current.is_plain else set()
    offered = tuple(view for view in titles if view not in left_out)
    view = linked_segments(
        "View", offered, choice=choice, words=titles.__getitem__, label_visibility="collapsed", wrap=True
    )
    enter_view(view)
    return view
