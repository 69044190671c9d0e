"""My handwriting: collect digits, look through them, and see how the networks do with them."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.shared.answers.network import Answering
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.draw.choices import DrawChoices, HandwritingView
from dashboard.views.draw.collecting import render_collecting
from dashboard.views.draw.handwriting_gallery import render_handwriting_gallery
from dashboard.views.draw.handwriting_scores import render_handwriting_scores

PARTS = {
    HandwritingView.COLLECT: ":material/add: Collect",
    HandwritingView.GALLERY: ":material/grid_view: Gallery",
    HandwritingView.SCORES: ":material/fact_check: Results",
}


def render_handwriting(networks: Sequence[Answering]) -> None:
    """One of the three parts."""
    part = linked_segments(
        "My handwriting", tuple(PARTS), choice=DrawChoices.part, words=PARTS.__getitem__, label_visibility="collapsed"
    )
    match part:
        case HandwritingView.COLLECT:
            render_collecting()
        case HandwritingView.GALLERY:
            render_handwriting_gallery()
        case HandwritingView.SCORES:
            render_handwriting_scores(networks)
