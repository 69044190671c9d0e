"""The networks that answer for a drawing: that of the run, and others beside it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import cached
from dashboard.shared.answers.network import BUNDLED, MAX_OTHERS, Answering, has_weights, labelled
from dashboard.shared.context.bar import Context
from dashboard.shared.runs.names import run_labels
from dashboard.state.session import widget_key, widget_value
from dashboard.views.draw.choices import DrawChoices, draw
from mnist_core.runs.record import RunRecord


def render_networks(context: Context) -> tuple[Answering, ...]:
    """A box of networks to ask as well; returns all that answer, those of the bar above first."""
    named = [Answering(run=run) for run in (context.run, context.compared) if run is not None and has_weights(run)]
    first = named or [Answering(run=None)]
    known = {answering.network_id for answering in first}
    runs = {run.run_id: run for run in cached.newest_runs() if has_weights(run)}
    offered = [name for name in (BUNDLED, *runs) if name not in known]
    others = [name for name in draw.networks or () if name in offered][: MAX_OTHERS + 1 - len(first)]
    if offered:
        _render_box(offered, others, runs)
    return labelled([*first, *(Answering(run=runs.get(name)) for name in others)])


def _render_box(offered: list[str], others: list[str], runs: Mapping[str, RunRecord]) -> None:
    labels = {BUNDLED: "Bundled network", **run_labels(runs.values())}
    key = widget_key(f"linked.{DrawChoices.networks.name}", others)
    st.multiselect(
        "Compare with other networks",
        offered,
        default=others,
        format_func=lambda name: labels.get(name, name),
        key=key,
        max_selections=MAX_OTHERS,
        placeholder="Compare with other networks",
        label_visibility="collapsed",
        on_change=_take,
        args=(key,),
    )


def _take(key: str) -> None:
    DrawChoices.networks.choose_sent(tuple(widget_value(key) or ()))
