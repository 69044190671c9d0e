"""The context of the page Evaluate, and the predictions that it shows."""

from __future__ import annotations

from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.context.evaluated import Evaluated, find_evaluated
from dashboard.state.current import CurrentChoices, JudgedSplit
from dashboard.views.evaluate.choices import EvaluateChoices, EvaluateView, evaluate

ABOUT_SPLIT = (EvaluateChoices.page, EvaluateChoices.bin, EvaluateChoices.measure_bin, EvaluateChoices.group)
"""Choices that no longer apply to another split."""

HAS_OWN_DIGITS = (EvaluateView.BY_EPOCH, EvaluateView.ROBUSTNESS, EvaluateView.OTHER_DATA)
"""Views that show other digits than those of the chosen split, and say which."""


def render_header() -> Evaluated | None:
    """The predictions to show, or None after a message that says why there are none."""
    has_split = evaluate.view not in HAS_OWN_DIGITS
    is_by_epoch = evaluate.view is EvaluateView.BY_EPOCH
    uses = Uses(
        split=CurrentChoices.judged_split if has_split else None,
        shown_split=JudgedSplit.VALIDATION if is_by_epoch else JudgedSplit.TEST,
        compared=True,
        checkpoint=has_split,
        is_by_epoch=is_by_epoch,
        digit=True,
        resets=ABOUT_SPLIT,
    )
    return find_evaluated(render_context_bar("Evaluate", uses), has_split=has_split)
