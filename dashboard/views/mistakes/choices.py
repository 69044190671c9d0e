"""What a person has chosen on the page Mistakes."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import (
    Order,
    UrlEnum,
    UrlFlag,
    UrlInt,
    UrlLabels,
    UrlName,
    UrlOptionalEnum,
    UrlOrder,
    url_page,
)
from dashboard.state.url_ranges import UrlRanges
from dashboard.state.url_values import Choices
from mnist_core.evaluation.mistakes import MistakeSort
from mnist_core.evaluation.training_history import Category
from mnist_core.probing.flips import OPERATIONS

N_NEAREST = 8
"""Validation digits whose training histories stand for that of a test digit."""


class MistakesView(StrEnum):
    """The views of the page, in the order of their tabs."""

    GALLERY = "gallery"
    EXPLAIN = "explain"
    TRAINING_HISTORY = "training_history"
    EDIT = "edit"
    LABELS = "labels"
    EXPORT = "export"


class There(StrEnum):
    """Whether the run that is compared with gets a digit right; `ONLY_WRONG`: it does not, but this run does."""

    CORRECT = "correct"
    WRONG = "wrong"
    ONLY_WRONG = "only_wrong"


class Reviewed(StrEnum):
    """Which images the label review lists, by what was decided about them."""

    ALL = "all"
    OPEN = "open"  # nothing yet
    KEEP = "keep"
    RELABEL = "relabel"
    AMBIGUOUS = "ambiguous"


class MistakesChoices(Choices, page="mistakes"):
    """The choices on the page that a link restores."""

    view = UrlEnum(MistakesView, default=MistakesView.GALLERY)
    page = url_page()
    true = UrlLabels()
    predicted = UrlLabels()
    sort = UrlOrder(Order(MistakeSort.LOSS.value, descending=True))
    which = UrlFlag("all")
    operation = UrlName(tuple(OPERATIONS))
    fate = UrlOptionalEnum(Category)
    range = UrlRanges()
    there = UrlOptionalEnum(There)
    nearest = UrlInt(0, N_NEAREST - 1, default=0)
    reviewed = UrlEnum(Reviewed, default=Reviewed.ALL)


mistakes = MistakesChoices()

FILTERS = (
    MistakesChoices.true,
    MistakesChoices.predicted,
    MistakesChoices.which,
    MistakesChoices.fate,
    MistakesChoices.range,
    MistakesChoices.there,
)
"""The filters of the gallery."""

TITLES = {
    MistakesView.GALLERY: "Gallery",
    MistakesView.EXPLAIN: "Explain",
    MistakesView.TRAINING_HISTORY: "Training history",
    MistakesView.EDIT: "Edit",
    MistakesView.LABELS: "Label review",
    MistakesView.EXPORT: "Export",
}
