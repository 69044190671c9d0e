"""The choices that are in the URL of each page, and how they are restored when a page is opened."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from dashboard.shared.context.no_run import note_no_run
from dashboard.shared.runs.change import drop_what_is_about_another
from dashboard.state.current import CurrentChoices
from dashboard.state.session import (
    enter_page,
    is_new_address,
    is_step_in_history,
    is_whole_link,
    note_link,
    url_text,
)
from dashboard.state.url_values import Choices, UrlValue, read_url, write_url

WITH_CHOICES = ("classroom", "draw", "evaluate", "explore", "export", "inside", "mistakes", "runs", "tune")
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
    choices = choices_of(page)
    told: set[UrlValue[Any]] = set()
    is_new = is_new_address(page)
    no_run = CurrentChoices.run.unreadable() if is_new else None
    # On a page that is open, what the tab remembers counts: the URL may be from before the last choice, however long
    # ago the server made it, since a click is faster than a slow line.
    if is_new:
        stated = _stated(choices)
        read_url(_read(choices), stated=stated)
        told = {*stated, *(choice for choice in choices if url_text(choice.param) is not None)}
    drop_what_is_about_another(kept=told)
    write_url(choices, without=note_link())
    enter_page(page)  # last: if a click interrupts this, the next rerun reads the URL again
    if is_new:
        note_no_run(no_run)


def _read(choices: Sequence[UrlValue[Any]]) -> Sequence[UrlValue[Any]]:
    """The choices that this address can change."""
    if is_step_in_history():
        return [choice for choice in choices if choice not in CurrentChoices.beside_pages]
    return choices


def _stated(choices: Sequence[UrlValue[Any]]) -> Sequence[UrlValue[Any]]:
    """The choices of which this address says everything: the page wrote it, or a link that promises what it shows."""
    if is_step_in_history():
        return choices
    if is_whole_link():
        return [choice for choice in choices if len(choice.pages) == 1 or choice is CurrentChoices.epoch]
    return ()
