"""The choices that several pages share."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import UrlEnum, UrlText
from dashboard.state.url_values import Choices


class JudgedSplit(StrEnum):
    """The split whose predictions are shown."""

    TEST = "test"
    VALIDATION = "validation"


class CurrentChoices(Choices):
    """The run and the split that the pages show."""

    run = UrlText(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", pages=("explore", "train", "evaluate", "mistakes", "inside"))
    judged_split = UrlEnum(JudgedSplit, default=JudgedSplit.TEST, param="split", pages=("evaluate", "mistakes"))


current = CurrentChoices()
