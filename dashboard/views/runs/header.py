"""The context of the page Runs, and the runs that its views compare."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Context, Uses, render_context_bar
from dashboard.shared.empty_state import Remedy, render_empty_state
from dashboard.shared.runs.names import run_labels, short_labels
from dashboard.shared.runs.picker import are_comparable, comparable_runs
from dashboard.state.current import JudgedSplit, current
from dashboard.state.session import (
    is_link_followed,
    is_step_in_history,
    per_tab,
    visit,
    widget_key,
    widget_value,
)
from dashboard.views.runs.choices import MAX_COMPARED, RunsChoices, RunsView, runs
from dashboard.views.runs.selection import selected_now
from mnist_core.errors import RunError
from mnist_core.runs.record import RunRecord
from mnist_core.words import counted


def render_header() -> Context:
    """The bar of all pages; here the run and the one it is compared with are those of the ledger."""
    _give_pair_to_ledger()
    uses = Uses(shown_split=JudgedSplit.TEST, compared=True, digit=True, needs_results=False, leads_to_runs=True)
    return render_context_bar("Runs", uses)


def render_chosen_runs(context: Context) -> tuple[RunRecord, ...]:
    """The box of the runs that are compared; returns them, the oldest first, without those that are gone.

    Until some are chosen they are those of the context.
    """
    in_context = tuple(run.run_id for run in (context.run, context.compared) if run is not None)
    found = _found(runs.chosen or in_context)
    offered = {run.run_id: run for run in (*found, *cached.newest_runs())}
    labels = run_labels(offered.values())
    shown = [run.run_id for run in found]
    key = widget_key("linked.runs_chosen", shown, is_same=lambda sent, value: set(sent or []) == set(value))
    st.multiselect(
        "Runs",
        tuple(offered),
        default=shown,
        format_func=lambda run_id: labels.get(run_id, run_id),
        key=key,
        max_selections=MAX_COMPARED,
        placeholder="Choose runs, here or in the table",
        help=f"The runs that are shown side by side, {MAX_COMPARED} at most.",
        on_change=_take,
        args=(key,),
    )
    gone = len(runs.chosen) - len(found) if runs.chosen else 0
    if gone > 0:
        are = counted(gone, "of these runs is", "of these runs are")
        st.warning(f"{are} deleted or damaged.", icon=":material/info:")
    return found


def _give_pair_to_ledger() -> None:
    """Let the ledger show the two runs that are chosen, when its tab is opened: they become those of the bar.

    Not if its address says which two it shows.
    """
    drawn: list[tuple[int, RunsView]] = per_tab("runs.drawn", list)
    before, drawn[:] = drawn[:], [(visit(), runs.view)]
    if runs.view is not RunsView.LEDGER:
        return
    came_from = before[0][1] if before and before[0][0] == visit() else None
    is_tab_opened = came_from not in (None, RunsView.LEDGER) and not (is_link_followed() or is_step_in_history())
    pair = _pair(came_from)
    is_open = current.compared is None and current.run in (None, *pair)
    if len(pair) == 2 and (is_tab_opened or is_open) and len(found := _found(pair)) == 2 and are_comparable(*found):
        current.compared, current.run = pair


def _pair(came_from: RunsView | None) -> tuple[str, ...]:
    """The two runs that are selected in the table, where a person came from, or those that are compared."""
    selected = selected_now() if came_from is RunsView.TABLE else ()
    return selected if len(selected) == 2 else tuple(sorted(runs.chosen))


def render_too_few(found: Sequence[RunRecord], *, words: str) -> None:
    """What to do where two runs are needed: a button takes the newest other one.

    Args:
        words: what the button does with them, as in `with_newest_other`.
    """
    text = "Choose at least two runs above, or select them in the table."
    run = found[0] if found else None
    remedy = with_newest_other(run, lambda ids: RunsChoices.chosen.choose(ids), words=words)
    render_empty_state("Too few runs are chosen", text, icon="compare", remedy=remedy)


def with_newest_other(run: RunRecord | None, choose: Callable[[tuple[str, str]], None], *, words: str) -> Remedy | None:
    """The button that takes a run and the newest other one on the same images; None if there is none.

    Args:
        choose: takes their ids, that of `run` first.
        words: what is done with them, with two places for their names: "Compare {} with {}".
    """
    other = next(comparable_runs(run), None) if run is not None else None
    if run is None or other is None:
        return None
    label = words.format(*short_labels((run, other)))
    ids = (run.run_id, other.run_id)
    return Remedy(label=label, on_click=lambda: choose(ids))


def _found(run_ids: tuple[str, ...]) -> tuple[RunRecord, ...]:
    found = []
    for run_id in sorted(run_ids):
        with contextlib.suppress(RunError):
            found.append(cached.run_store().get(run_id))
    return tuple(found)


def _take(key: str) -> None:
    RunsChoices.chosen.choose_sent(tuple(widget_value(key) or ()))
