"""What a person has chosen on the page Class."""

from __future__ import annotations

from enum import StrEnum

from dashboard.state.url_kinds import UrlEnum, UrlText
from dashboard.state.url_values import Choices


class ClassView(StrEnum):
    """The views of the page, in the order of their tabs."""

    ASSIGNMENTS = "assignments"
    NEW = "new"
    PEOPLE = "people"


class ClassroomChoices(Choices, page="classroom"):
    """The choices on the page that a link restores.

    Attributes:
        view: a student sees the assignments only.
        assignment: the one that is open.
    """

    view = UrlEnum(ClassView, default=ClassView.ASSIGNMENTS)
    assignment = UrlText(r"a-[0-9a-f]{8}")


classroom = ClassroomChoices()

TITLES = {ClassView.ASSIGNMENTS: "Assignments", ClassView.NEW: "New assignment", ClassView.PEOPLE: "People"}
