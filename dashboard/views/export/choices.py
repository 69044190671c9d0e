"""What a person has chosen on the page Export."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import UrlEnum, UrlFlag, UrlName
from dashboard.state.url_values import Choices
from mnist_core.export.formats import MODELS


class ExportView(StrEnum):
    """The views of the page, in the order of their tabs."""

    MODEL = "model"
    RUN = "run"
    REPORT = "report"
    TOOLS = "tools"
    IMPORT = "import"


class ExportChoices(Choices, page="export"):
    """The choices on the page that a link restores.

    Attributes:
        format: of the model.
        scaled: whether the model takes scaled inputs instead of pixels.
    """

    view = UrlEnum(ExportView, default=ExportView.MODEL)
    format = UrlName(tuple(item.name for item in MODELS))
    scaled = UrlFlag("yes")


export = ExportChoices()

TITLES = {
    ExportView.MODEL: "Model",
    ExportView.RUN: "Run",
    ExportView.REPORT: "Report",
    ExportView.TOOLS: "Tools",
    ExportView.IMPORT: "Import",
}
