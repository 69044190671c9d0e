"""What a person has chosen on the page Evaluate."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import (
    UrlEnum,
    UrlFlag,
    UrlInt,
    UrlName,
    UrlPair,
    url_dataset_name,
    url_page,
)
from dashboard.state.url_line import UrlLine
from dashboard.state.url_values import Choices
from mnist_core.data.measures.registry import MEASURES
from mnist_core.probing.corruptions import CORRUPTIONS, N_STRENGTHS

DEFAULT_STRENGTH = 3


class EvaluateView(StrEnum):
    """The views of the page, in the order of their tabs."""

    SCORES = "scores"
    CONFUSION = "confusion"
    CALIBRATION = "calibration"
    BY_EPOCH = "by_epoch"
    HANDWRITING = "handwriting"
    ROBUSTNESS = "robustness"
    OTHER_DATA = "other_data"


class CellUnit(StrEnum):
    """What the cells of the confusion matrix show."""

    COUNTS = "counts"
    ROW_SHARES = "true"
    COLUMN_SHARES = "predicted"


class Curve(StrEnum):
    """One-vs-rest curves."""

    ROC = "roc"
    PRECISION_RECALL = "precision"


class EvaluateChoices(Choices, page="evaluate"):
    """The choices on the page that a link restores."""

    view = UrlEnum(EvaluateView, default=EvaluateView.SCORES)
    cell = UrlPair(0, 9)
    line = UrlLine()
    rates = UrlEnum(CellUnit, default=CellUnit.COUNTS)
    only = UrlFlag("wrong")
    page = url_page()
    curve = UrlEnum(Curve, default=Curve.ROC)
    bins = UrlInt(2, 100, default=15)
    measure = UrlName(tuple(MEASURES))
    bin = UrlInt(0, 99)
    measure_bin = UrlInt(0, 99)
    group = UrlInt(0, 99)
    corruption = UrlName(tuple(CORRUPTIONS))
    strength = UrlInt(0, N_STRENGTHS, default=DEFAULT_STRENGTH)
    other = url_dataset_name()


evaluate = EvaluateChoices()

ABOUT_SHOWN_DIGITS = (EvaluateChoices.page,)
"""Choices that no longer apply when other digits are shown."""
TITLES = {
    EvaluateView.SCORES: "Scores",
    EvaluateView.CONFUSION: "Confusion",
    EvaluateView.CALIBRATION: "Calibration",
    EvaluateView.BY_EPOCH: "By epoch",
    EvaluateView.HANDWRITING: "Handwriting",
    EvaluateView.ROBUSTNESS: "Robustness",
    EvaluateView.OTHER_DATA: "Other data",
}

FURTHER = (EvaluateView.CALIBRATION, EvaluateView.HANDWRITING, EvaluateView.ROBUSTNESS, EvaluateView.OTHER_DATA)
"""Views that a plain page leaves out."""
