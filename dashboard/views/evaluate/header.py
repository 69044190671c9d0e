"""Title, run and split of the page Evaluate."""

from __future__ import annotations

from dashboard.shared.evaluated import Evaluated, render_evaluated_header
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, EvaluateChoices, EvaluateView, evaluate

ABOUT_SPLIT = (*ABOUT_SHOWN_DIGITS, EvaluateChoices.bin, EvaluateChoices.group)
"""Choices that no longer apply to another split."""

HAS_OWN_DIGITS = (EvaluateView.BY_EPOCH, EvaluateView.ROBUSTNESS, EvaluateView.OTHER_DATA)
"""Views that show other digits than those of the chosen split, and say which."""


def render_header() -> Evaluated | None:
    """The predictions to show, or None after a message that says why there are none."""
    return render_evaluated_header(
        "Evaluate", name="evaluate", resets=ABOUT_SPLIT, has_split=evaluate.view not in HAS_OWN_DIGITS
    )
