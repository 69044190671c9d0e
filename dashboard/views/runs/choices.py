"""What a person has chosen on the page Runs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from dashboard.state.current import RUN_ID, CurrentChoices
from dashboard.state.session import BY_LINK
from dashboard.state.url_kinds import Order, UrlEnum, UrlFlag, UrlInt, UrlOrder, UrlPair, UrlText, UrlTexts, url_page
from dashboard.state.url_line import UrlLine
from dashboard.state.url_values import Choices
from mnist_core.evaluation.comparison import Outcome

MAX_COMPARED = 10
MAX_SMOOTHING = 9
MAX_SEARCH = MAX_FILTERS = 500
PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"


class RunsView(StrEnum):
    """The views of the page, in the order of their tabs."""

    TABLE = "table"
    COMPARE = "compare"
    LEDGER = "ledger"
    ENSEMBLE = "ensemble"
    BIN = "bin"


class CurveMeasure(StrEnum):
    """What the curves of the chosen runs show, on the validation images."""

    ACCURACY = "accuracy"
    LOSS = "loss"


class CurveAxis(StrEnum):
    """What the curves are drawn against."""

    EPOCH = "epoch"
    STEP = "step"
    SECONDS = "seconds"


class CostAxis(StrEnum):
    """What a run costs."""

    PARAMETERS = "parameters"
    SECONDS = "seconds"
    MULTIPLY_ADDS = "multiply_adds"


class LedgerOutcome(StrEnum):
    """The images of the ledger that are shown."""

    FIXED = "fixed"
    BROKEN = "broken"
    BOTH_WRONG = "both_wrong"
    BOTH_RIGHT = "both_right"


OUTCOMES = {
    LedgerOutcome.FIXED: Outcome.FIXED,
    LedgerOutcome.BROKEN: Outcome.BROKEN,
    LedgerOutcome.BOTH_WRONG: Outcome.BOTH_WRONG,
    LedgerOutcome.BOTH_RIGHT: Outcome.BOTH_RIGHT,
}


class RunsChoices(Choices, page="runs"):
    """The choices on the page that a link restores.

    Attributes:
        text: words to search for.
        filters: filters in the language of `mnist_core.runs.query`, with commas between them.
        columns: the columns of the table, if other ones than usual are chosen.
        chosen: the runs that are compared.
        repeats_as_one: whether those that differ in the seed alone are one curve.
        before, after: the two of them whose confusion matrices are compared.
        cell: of this comparison, true and predicted label.
        ensemble_cell, ensemble_line: what is open of the confusion matrix of the ensemble.
        ensemble_at: page of the gallery of its digits.
        at: page of the ledger's gallery.
    """

    view = UrlEnum(RunsView, default=RunsView.TABLE)
    page = url_page()
    text = UrlText(PRINTABLE + f"{{1,{MAX_SEARCH}}}", param="search", max_length=MAX_SEARCH)
    filters = UrlText(PRINTABLE + f"{{1,{MAX_FILTERS}}}", param="filter", max_length=MAX_FILTERS)
    sort = UrlOrder(Order("created", descending=True))
    columns = UrlTexts(r"[a-z_]{1,40}", max_items=50)
    archived = UrlFlag("yes")
    repeats = UrlFlag("grouped")
    chosen = UrlTexts(RUN_ID, param="runs", max_items=MAX_COMPARED)
    measure = UrlEnum(CurveMeasure, default=CurveMeasure.ACCURACY)
    axis = UrlEnum(CurveAxis, default=CurveAxis.EPOCH)
    smoothing = UrlInt(0, MAX_SMOOTHING, default=0)
    repeats_as_one = UrlFlag("yes", param="as_one")
    cost = UrlEnum(CostAxis, default=CostAxis.PARAMETERS)
    before = UrlText(RUN_ID)
    after = UrlText(RUN_ID)
    cell = UrlPair(0, 9)
    ensemble_cell = UrlPair(0, 9)
    ensemble_line = UrlLine()
    ensemble_at = url_page()
    outcome = UrlEnum(LedgerOutcome, default=LedgerOutcome.FIXED)
    at = url_page()


runs = RunsChoices()


def ledger_address(run_ids: Sequence[str]) -> dict[str, str]:
    """The query of a link to the ledger of two runs: the newer one is compared with the older one."""
    older, newer = sorted(run_ids)
    both = {CurrentChoices.run.param: newer, CurrentChoices.compared.param: older}
    return {RunsChoices.view.param: RunsView.LEDGER.value, **both, **BY_LINK}


TITLES = {
    RunsView.TABLE: "Table",
    RunsView.COMPARE: "Compare",
    RunsView.LEDGER: "Ledger",
    RunsView.ENSEMBLE: "Ensemble",
    RunsView.BIN: "Bin",
}

FURTHER = (RunsView.LEDGER, RunsView.ENSEMBLE)
"""Views that a plain page leaves out."""
