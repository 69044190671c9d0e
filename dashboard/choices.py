"""The choices that are in the URL of each page, and how they are restored when a page is opened."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from dashboard.shared.runs.current_dataset import close_digit_of, current_dataset
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import (
    enter_page,
    is_new_address,
    is_step_in_history,
    is_whole_link,
    note_link,
    url_text,
)
from dashboard.state.url_values import Choices, UrlValue, restore

WITH_CHOICES = ("draw", "evaluate", "explore", "export", "inside", "mistakes", "runs", "tune")
"""The pages that have choices of their own: a class in `choices.py` of their views, such as `DrawChoices`."""


def choices_of(page: str) -> tuple[UrlValue[Any], ...]:
    """The choices that are in the URL of a page."""
    shared = tuple(choice for choice in CurrentChoices.values if page in choice.pages)
    return (*shared, *_own_choices(page))


def _own_choices(page: str) -> tuple[UrlValue[Any], ...]:
    """Those that only this page has. Only they are imported: the first page of a server need not wait for others."""
    if page not in WITH_CHOICES:
        return ()
    found: type[Choices] = getattr(import_module(f"dashboard.views.{page}.choices"), f"{page.capitalize()}Choices")
    return found.values


def restore_choices(page: str) -> None:
    """Restore the choices of `page` from the URL that the person has opened, or put the remembered ones into it."""
    choices, is_new, run = choices_of(page), is_new_address(page), current.run
    dataset = current_dataset() if is_new and run is not None else ""
    is_named = {choice: url_text(choice.param) is not None for choice in (CurrentChoices.epoch, CurrentChoices.image)}
    restore(choices, is_new_address=is_new, stated=_stated(choices), without=note_link())
    if is_new and run not in (None, current.run) and not is_step_in_history():
        # Unless the address names them, the epoch and the digit that are open are those of the run before.
        if not is_named[CurrentChoices.epoch]:
            CurrentChoices.epoch.reset()
        if not is_named[CurrentChoices.image]:
            close_digit_of(dataset)
    enter_page(page)  # last: if a click interrupts this, the next rerun reads the URL again


def _stated(choices: Sequence[UrlValue[Any]]) -> Sequence[UrlValue[Any]]:
    """The choices of which this address says everything: the page wrote it, or a link that promises what it shows."""
    if is_step_in_history():
        return choices
    if is_whole_link():
        return [choice for choice in choices if len(choice.pages) == 1 or choice is CurrentChoices.epoch]
    return ()
