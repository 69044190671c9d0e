"""Hints on a run's settings, each with the numbers it was read from, and a change: to the run, or in a new design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.notices import leave_notice, told_as_notice
from dashboard.state.session import per_tab
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_to_link
from mnist_core.hints.hint import Evidence, Hint, HintEvidence
from mnist_core.hints.live import LiveHint, live_hints
from mnist_core.jobs.adjusting import adjust
from mnist_core.runs.live import LiveView
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.training.progress import Adjustments

N_SHOWN = 3
"""More hints are folded away: the first changes will change the rest."""

PLACES = {
    Evidence.LOSS: ("See the loss", "loss"),
    Evidence.ACCURACY: ("See the accuracy", "accuracy"),
    Evidence.CONFUSION: ("See the confusion matrix", "validation"),
}
"""Where on this page the numbers of a hint are seen: the words of the link, and the anchor of the place."""


def render_run_hints(view: LiveView) -> None:
    """The hints for a run, the most important first: while it trains, those that are certain; nothing without any."""
    if view.record.status.is_active:
        _render_live(view)
    else:
        _render_final(view.record)


def epoch_marks(view: LiveView) -> Mapping[int, str]:
    """The epochs that the hints name, with what happened there, for the curves of the loss."""
    is_active = view.record.status.is_active
    found = [item.hint for item in _live(view)] if is_active else cached.hints(view.record.run_id)
    return {hint.epoch: hint.epoch_label for hint in found if hint.epoch is not None}


def _live(view: LiveView) -> tuple[LiveHint, ...]:
    """Those of a run that trains, from its finished epochs: worked out once an epoch, or when a setting is adjusted."""
    run = view.record
    if run.status not in (RunStatus.RUNNING, RunStatus.PAUSED) or not view.history:
        return ()
    known: dict[str, Any] = per_tab("train.live_hints", dict)
    key = (run.run_id, len(view.history), run.adjustments)
    if known.get("key") != key:
        evidence = HintEvidence(config=run.config_in_force, history=view.history, n_validation=0)
        known.update(key=key, found=live_hints(evidence))
    found: tuple[LiveHint, ...] = known["found"]
    return found


def _render_live(view: LiveView) -> None:
    found = _live(view)
    if not found:
        return
    with st.container(key="train.hints", gap="small"):
        st.subheader("Hints from the curves so far", anchor=False)
        for number, item in enumerate(found, 1):
            with _hint_box(item.hint, number, item.advice, is_first=False):
                if item.adjustments is not None:
                    st.button(item.action, key=f"train.hint.{item.hint.kind}.do", icon=":material/tune:",
                              on_click=_adjust, args=(view.record.run_id, item.adjustments))  # fmt: skip
                _render_evidence_link(view.record, item.hint)


def _adjust(run_id: str, wanted: Adjustments) -> None:
    """A callback; the button may be of an epoch that has ended since."""
    store = cached.run_store()
    with told_as_notice():
        if wanted.epochs is not None:
            wanted = replace(wanted, epochs=max(wanted.epochs, store.get(run_id).summary.epochs_done + 1))
        adjust(store, run_id, wanted)
        leave_notice("The change takes effect at the next batch.")


def _render_final(run: RunRecord) -> None:
    found = cached.hints(run.run_id)
    if not found:
        return
    with st.container(key="train.hints", gap="small"):
        st.subheader("Hints from the curves", anchor=False)
        for number, hint in enumerate(found[:N_SHOWN], 1):
            _render_hint(run, hint, number, is_first=number == 1 and len(found) > 1)
        rest = found[N_SHOWN:]
        if rest:
            with st.expander(f"{len(rest)} more", key="train.more_hints"):
                for number, hint in enumerate(rest, N_SHOWN + 1):
                    _render_hint(run, hint, number, is_first=False)


def _render_hint(run: RunRecord, hint: Hint, number: int, *, is_first: bool) -> None:
    with _hint_box(hint, number, hint.advice, is_first=is_first):
        _render_evidence_link(run, hint)
        _render_change_link(run, hint)


def _hint_box(hint: Hint, number: int, advice: str, *, is_first: bool) -> DeltaGenerator:
    """The words of a hint in a frame; returns the place beside them."""
    with st.container(border=True, key=f"train.hint.{hint.kind}"):
        words, actions = st.columns([7, 2], vertical_alignment="center")
        with words:
            first = " :blue-badge[:material/looks_one: Try this first]" if is_first else ""
            st.markdown(f"**{number}. {escape_markdown(hint.title)}**{first}  \n{escape_markdown(hint.evidence)}")
            st.markdown(escape_markdown(advice))
    return actions


def _render_evidence_link(run: RunRecord, hint: Hint) -> None:
    if hint.seen_in in PLACES:
        words, anchor = PLACES[hint.seen_in]
        st.markdown(f":material/query_stats: [{words}](#{anchor})")
        return
    page = page_named("inside")
    if page is not None:
        choices = {"run": run.run_id}
        if hint.layer is not None and hint.unit is not None:
            choices["channel"] = f"{hint.layer}-{hint.unit}"
        st.page_link(page, label=f"Look inside {hint.layer}", icon=":material/visibility:", query_params=choices)


def _render_change_link(run: RunRecord, hint: Hint) -> None:
    page = page_named("design")
    if page is not None and hint.changes:
        st.page_link(
            page,
            label="Open with this change",
            icon=":material/edit:",
            query_params={"design": config_to_link(hint.applied(run.config_in_force))},
            help="Open a design with these settings and this change. This run stays unchanged.",
        )
