"""Deleting a search, with or without its runs, and undoing it."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.notices import leave_notice, told_as_notice
from dashboard.state.current import forget_runs
from dashboard.state.session import per_tab, widget_value
from dashboard.state.url_values import reset
from dashboard.views.tune.choices import TuneChoices
from mnist_core.runs.bin import deleted_studies
from mnist_core.tuning.deleting import delete_study, left_in_bin, restore_study
from mnist_core.words import counted


def render_delete(name: str) -> None:
    """A button that asks first."""
    with st.popover("Delete", icon=":material/delete:", key=f"tune.delete.{name}"):
        st.markdown("The search goes into the bin. Its runs stay in the table of runs.")
        runs = f"tune.delete.{name}.runs"
        st.checkbox("Delete its runs too", key=runs, help="Trials and finalists go into the bin, as on the page Runs.")
        st.button("Delete search", type="primary", key=f"tune.delete.{name}.confirm", on_click=_delete,
                  args=(name, runs))  # fmt: skip


def render_undo() -> None:
    """A button that brings back what this tab has deleted last, while the bin has it."""
    deleted = _last_deleted()
    if deleted and any(study.name == deleted[0] for study in deleted_studies(cached.run_store())):
        st.button(f"Undo: restore {deleted[0]}", icon=":material/undo:", key="tune.undo", on_click=_undo,
                  help="Moves the search back from the bin, with the runs that went there with it.")  # fmt: skip


def _delete(name: str, runs: str) -> None:
    with told_as_notice():
        gone = delete_study(cached.run_store(), name, with_runs=widget_value(runs) is True)
        _last_deleted()[:] = [name]
        reset(TuneChoices.study, TuneChoices.trial)
        forget_runs(gone)
        with_runs = f" with {counted(len(gone), 'run')}" if gone else ""
        leave_notice(f"The search {name} is in the bin{with_runs}.")


def _undo() -> None:
    (name,) = _last_deleted()
    _last_deleted().clear()
    with told_as_notice():
        restore_study(cached.run_store(), name)
        TuneChoices.study.choose_sent(name)
        if older := left_in_bin(cached.run_store(), name):
            leave_notice(older)


def _last_deleted() -> list[str]:
    """The search that this tab has deleted last."""
    return per_tab("tune.deleted", list)
