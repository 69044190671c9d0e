"""When another run or data set is looked at: what was chosen for the one before is dropped."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import per_tab
from dashboard.state.url_values import UrlValue, about_dataset
from mnist_core.data.image_ref import Drawing, ImageRef


class LookedAt(NamedTuple):
    """The run and the data set that the choices of the tab were made for."""

    run: str | None
    dataset: str


def drop_what_is_about_another(kept: Collection[UrlValue[Any]] = ()) -> None:
    """Forget what is meaningless if the run or the data set is another one now than when this was last called.

    Each full rerun calls it before the page is drawn, so that a box, a button or a link that chooses a run or a data
    set need not know what depends on it. The URL follows in that rerun.

    Args:
        kept: choices that were made for the new one, such as those that a link names.
    """
    before, now = _before(), LookedAt(current.run, current_dataset())
    if before and now.run != before[0].run:
        # The data set is that of the new run. Without a run it stays: there is none to take it from.
        _forget([CurrentChoices.epoch], kept)
        if now.run is not None:
            _forget([CurrentChoices.data], kept)
        now = LookedAt(current.run, current_dataset())
    if before and now.dataset != before[0].dataset:
        # A drawing belongs to no data set.
        _forget([choice for choice in about_dataset() if not isinstance(choice.get(), Drawing)], kept)
    if current.compared == current.run:
        CurrentChoices.compared.forget()
    before[:] = [now]


def begin_with(run_id: str | None) -> None:
    """Look at a run that nobody has chosen: an image that is open stays open, as one of its own data set."""
    dataset = current_dataset()
    current.run = run_id
    if isinstance(current.image, ImageRef) and current_dataset() != dataset:
        current.data = dataset
    drop_what_is_about_another(kept=(CurrentChoices.epoch, CurrentChoices.data))


def _forget(choices: Collection[UrlValue[Any]], kept: Collection[UrlValue[Any]]) -> None:
    for choice in choices:
        if choice not in kept:
            choice.forget()


def _before() -> list[LookedAt]:
    """What was looked at when the last rerun began; empty in a new tab."""
    return per_tab("looked_at", list)
