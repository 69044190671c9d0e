"""Title, run and split of the page Evaluate."""

from __future__ import annotations

from dashboard.shared.evaluated import Evaluated, render_evaluated_header
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, EvaluateView, evaluate

ABOUT_SPLIT = (*ABOUT_SHOWN_DIGITS, EvaluateChoices.bin, EvaluateChoices.group)
"""Choices that mean nothing once another split is looked at."""

HAS_OWN_DIGITS = (EvaluateView.BY_EPOCH, EvaluateView.ROBUSTNESS, EvaluateView.OTHER_DATA)
"""Views that say themselves which digits they are about."""


def render_header() -> Evaluated | None:
    """Returns what there is to show, or None after saying why there is nothing."""
    return render_evaluated_header(
        "Evaluate", name="evaluate", resets=ABOUT_SPLIT, has_split=evaluate.view not in HAS_OWN_DIGITS
    )
