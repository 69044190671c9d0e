"""The context of the page Mistakes, and the predictions that it shows."""

from __future__ import annotations

from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.context.evaluated import Evaluated, find_evaluated
from dashboard.state.current import CurrentChoices
from dashboard.views.mistakes.choices import MistakesChoices

ABOUT_SPLIT = (MistakesChoices.page,)
"""Choices that no longer apply to another split."""


def render_header() -> Evaluated | None:
    """The predictions to show, or None after a message that says why there are none."""
    uses = Uses(split=CurrentChoices.judged_split, compared=True, checkpoint=True, digit=True, resets=ABOUT_SPLIT)
    return find_evaluated(render_context_bar("Mistakes", uses))
