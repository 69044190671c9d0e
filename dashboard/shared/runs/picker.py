"""The boxes of the context bar that choose the run and the one it is compared with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.shared.runs.names import run_labels
from dashboard.state.current import CurrentChoices, current
from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_values import UrlValue
from mnist_core.errors import RunError
from mnist_core.runs.query import Condition, equal
from mnist_core.runs.record import RunRecord, is_run_id

NO_RUN = ""
"""The option that stands for no run."""
SCORED = Condition(field="epochs_done", comparison=">", value=0)


def listed_runs() -> dict[str, RunRecord]:
    """The runs to choose from by id, the newest first: the last ones that are not archived, and the chosen one.

    The chosen one is read from its directory, as the page reads it: the index may be a second older, and a page that is
    at rest would go on naming the status of before.
    """
    runs = {run.run_id: run for run in cached.newest_runs()}
    if current.run is not None:
        try:
            runs[current.run] = cached.run_store().get(current.run)
        except RunError:
            runs.pop(current.run, None)
    return runs


def render_run_box(runs: Mapping[str, RunRecord], *, is_optional: bool) -> RunRecord | None:
    """The box of the run that is looked at; returns it, or None if none is chosen or the chosen one does not exist.

    Args:
        runs: the runs of this machine by id, the newest first.
        is_optional: whether the page has something to show without a run, and "No run" is one of the options.
    """
    _render_box(
        "Run",
        CurrentChoices.run,
        runs,
        run_labels(runs.values()),
        none="No run" if is_optional or not runs else None,
        is_disabled=not runs,
        width="stretch",
    )
    return runs.get(current.run or NO_RUN)


def render_compared_box(run: RunRecord | None, *, is_used: bool) -> RunRecord | None:
    """The box of the run that `run` is compared with; returns it, or None. Only runs on the same images are offered.

    One that is not offered is no longer chosen: it was deleted, or compared with a run on other images.
    """
    others = {other.run_id: other for other in comparable_runs(run)} if run is not None else {}
    if current.compared not in others:
        current.compared = None
    _render_box(
        "Compared with",
        CurrentChoices.compared,
        others,
        run_labels((run, *others.values())) if run is not None else {},
        none="No other run",
        is_disabled=not (is_used and others),
        help="Another run on the same images; its predictions are shown beside those of this run."
        if is_used
        else "One run is shown here.",
        width=190,
    )
    return others.get(current.compared or NO_RUN)


def comparable_runs(run: RunRecord) -> Iterator[RunRecord]:
    """The newest other runs with results on the same images, and the one that is compared with."""
    if run.dataset is None:
        return
    same = cached.newest_runs(equal("sha256", run.dataset.sha256), SCORED)
    found = {other.run_id: other for other in same}
    if current.compared is not None and current.compared not in found:
        with contextlib.suppress(RunError):
            found[current.compared] = cached.run_store().get(current.compared)
    yield from (other for other in found.values() if are_comparable(run, other))


def are_comparable(run: RunRecord, other: RunRecord) -> bool:
    """Whether both have results on the same images."""
    if run.dataset is None or other.dataset is None or run.run_id == other.run_id:
        return False
    return other.summary.epochs_done > 0 and run.dataset.sha256 == other.dataset.sha256


def _render_box(
    label: str,
    choice: UrlValue[str | None],
    runs: Mapping[str, RunRecord],
    labels: Mapping[str, str],
    *,
    none: str | None,
    is_disabled: bool,
    **more: Any,
) -> None:
    wanted = choice.get() or NO_RUN
    listed = list(runs)
    if none is not None:
        listed, labels = [NO_RUN, *listed], {NO_RUN: none, **labels}
    key = widget_key(f"context.{choice.name}", wanted, words=labels.get(wanted))
    st.selectbox(
        label,
        listed,
        index=listed.index(wanted) if wanted in listed else None,
        format_func=lambda run_id: labels.get(run_id, run_id),
        key=key,
        on_change=_take,
        args=(key, choice),
        placeholder="Choose a run",
        disabled=is_disabled,
        **more,
    )


def _take(key: str, choice: UrlValue[str | None]) -> None:
    picked = widget_value(key)
    choice.choose(picked if is_run_id(picked) else None)
