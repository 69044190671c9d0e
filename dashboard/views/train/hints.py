"""Hints on a run's settings, each with the numbers it was read from and a link to a design with the change."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_to_link
from mnist_core.hints.hint import Evidence, Hint
from mnist_core.runs.record import RunRecord

N_SHOWN = 3
"""More hints are folded away: the first changes will change the rest."""

PLACES = {
    Evidence.LOSS: ("See the loss", "loss"),
    Evidence.ACCURACY: ("See the accuracy", "accuracy"),
    Evidence.CONFUSION: ("See the confusion matrix", "validation"),
}
"""Where on this page the numbers of a hint are seen: the words of the link, and the anchor of the place."""


def render_run_hints(run: RunRecord) -> None:
    """Hints for a run that has ended, the most important first; nothing if there are none."""
    found = _hints(run)
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


def epoch_marks(run: RunRecord) -> Mapping[int, str]:
    """The epochs that the hints name, with what happened there, for the curves of the loss."""
    return {hint.epoch: hint.epoch_label for hint in _hints(run) if hint.epoch is not None}


def _hints(run: RunRecord) -> tuple[Hint, ...]:
    return () if run.status.is_active else cached.hints(run.run_id)


def _render_hint(run: RunRecord, hint: Hint, number: int, *, is_first: bool) -> None:
    with st.container(border=True, key=f"train.hint.{hint.kind}"):
        words, actions = st.columns([7, 2], vertical_alignment="center")
        with words:
            first = " :blue-badge[:material/looks_one: Try this first]" if is_first else ""
            st.markdown(f"**{number}. {escape_markdown(hint.title)}**{first}  \n{escape_markdown(hint.evidence)}")
            st.markdown(escape_markdown(hint.advice))
        with actions:
            _render_evidence_link(run, hint)
            _render_change_link(run, hint)


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
