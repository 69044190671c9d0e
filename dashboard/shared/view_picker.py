"""The views of a page, side by side; the open one is in the link."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.shared.linked_choice import linked_segments

EVALUATE_VIEWS: Mapping[str, str] = {
    "scores": "Scores",
    "confusion": "Confusion",
    "calibration": "Calibration",
    "time": "Through time",
    "handwriting": "Handwriting",
    "robustness": "Robustness",
    "other": "Other data",
}

MISTAKES_VIEWS: Mapping[str, str] = {
    "gallery": "Gallery",
    "case": "Case file",
    "biography": "Biography",
    "operate": "Operate",
    "export": "Export",
}

VIEWS = {"evaluate": EVALUATE_VIEWS, "mistakes": MISTAKES_VIEWS}


def render_view_picker(page: str) -> str:
    """The name of the view that is open."""
    views = VIEWS[page]
    return linked_segments(
        "View",
        tuple(views),
        choice=f"{page}_view",
        default=next(iter(views)),
        words=lambda name: views[name],
        label_visibility="collapsed",
        wrap=True,
    )
