"""The choices that are in the URL of each page, and how they are restored when a page is opened."""

from __future__ import annotations

from typing import Any

from dashboard.state.current import CurrentChoices
from dashboard.state.session import enter_page, is_new_address, is_step_in_history, note_link
from dashboard.state.url_values import Choices, UrlValue, restore
from dashboard.views.draw.choices import DrawChoices
from dashboard.views.evaluate.choices import EvaluateChoices
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.export.choices import ExportChoices
from dashboard.views.inside.choices import InsideChoices
from dashboard.views.mistakes.choices import MistakesChoices
from dashboard.views.runs.choices import RunsChoices
from dashboard.views.tune.choices import TuneChoices

ALL: tuple[type[Choices], ...] = (
    CurrentChoices,
    ExploreChoices,
    EvaluateChoices,
    MistakesChoices,
    InsideChoices,
    DrawChoices,
    RunsChoices,
    TuneChoices,
    ExportChoices,
)


def choices_of(page: str) -> tuple[UrlValue[Any], ...]:
    """The choices that are in the URL of a page."""
    return tuple(choice for choices in ALL for choice in choices.values if page in choice.pages)


def restore_choices(page: str) -> None:
    """Restore the choices of `page` from the URL that the person has opened, or put the remembered ones into it."""
    restore(
        choices_of(page),
        is_new_address=is_new_address(page),
        is_whole=is_step_in_history(),
        without=note_link(),
    )
    enter_page(page)  # last: if a click interrupts this, the next rerun reads the URL again
