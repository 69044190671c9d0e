"""What a person has chosen on the page Tune."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import UrlEnum, UrlInt, UrlText
from dashboard.state.url_values import Choices
from mnist_core.designs.links import MAX_LINK_LENGTH
from mnist_core.tuning.study import MAX_TRIALS, NAME, Cost

SETTING = r"[a-z0-9_.]{1,80}"


class TuneView(StrEnum):
    """The views of the page, in the order of their tabs."""

    NEW = "new"
    PROGRESS = "progress"
    FOUND = "found"
    VERDICT = "verdict"


class FoundFigure(StrEnum):
    """What a search found, each as a figure of its own."""

    HISTORY = "history"
    PARALLEL = "parallel"
    IMPORTANCES = "importances"
    SLICE = "slice"
    CONTOUR = "contour"
    FRONT = "front"
    EPOCHS = "epochs"


class CostAxis(StrEnum):
    """What accuracy is compared with on the Pareto front."""

    PARAMETERS = Cost.PARAMETERS.value
    MULTIPLY_ADDS = Cost.MULTIPLY_ADDS.value
    SECONDS = Cost.SECONDS.value


class TuneChoices(Choices, page="tune"):
    """The choices on the page that a link restores.

    Attributes:
        base: what a new search begins with: "design", "run", or the name of a recipe.
        design: a design that came by a link.
        study: the search that is shown.
        trial: the trial that is open.
        setting, other: the settings of slices and contours; None stands for the most important ones.
    """

    view = UrlEnum(TuneView, default=TuneView.NEW)
    base = UrlText(r"[a-z0-9-]{1,40}")
    design = UrlText(r"[A-Za-z0-9_.=-]+", max_length=MAX_LINK_LENGTH)
    study = UrlText(NAME.pattern)
    trial = UrlInt(0, 10 * MAX_TRIALS)
    figure = UrlEnum(FoundFigure, default=FoundFigure.HISTORY)
    setting = UrlText(SETTING)
    other = UrlText(SETTING)
    cost = UrlEnum(CostAxis, default=CostAxis.PARAMETERS)


tune = TuneChoices()

TITLES = {
    TuneView.NEW: "New search",
    TuneView.PROGRESS: "Progress",
    TuneView.FOUND: "Results",
    TuneView.VERDICT: "Verdict",
}
