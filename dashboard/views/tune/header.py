"""Which search is shown, and what is missing where there is none."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import cached
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.linked_choice import linked_select
from dashboard.views.tune.choices import TuneChoices
from dashboard.views.tune.deleting import render_delete, render_undo
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import StudyError
from mnist_core.tuning.control import StudyState, read_state
from mnist_core.tuning.study import DamagedStudy, Study, list_studies, read_study, study_folder
from mnist_core.tuning.trials import Trials, read_trials


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The search that is shown, with its folder, what it does, and its trials."""

    study: Study
    folder: Path
    state: StudyState
    trials: Trials


def render_study_box() -> Study | None:
    """The box of searches, the newest first; None after saying why there is none to show."""
    root = cached.run_store().root
    found = list_studies(root)
    studies = {study.name: study for study in found if isinstance(study, Study)}
    for damaged in (study for study in found if isinstance(study, DamagedStudy)):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f":material/warning: {escape_markdown(damaged.reason)}", width="content")
            render_delete(damaged.name)
    if not studies:
        render_undo()
        text = (
            "A search trains many variants of a design and keeps those that validate best. Start one under New search."
        )
        render_empty_state("No searches yet", text, icon="manage_search")
        return None
    names = tuple(studies)
    wanted = TuneChoices.study.get()
    if wanted is not None and wanted not in studies:
        st.warning(f"There is no search {escape_markdown(wanted)} on this machine.", icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="tune.study_box"):
        name = linked_select(
            "Search",
            names,
            choice=TuneChoices.study,
            default=names[0],
            resets=(TuneChoices.trial,),
            width=260,
            help="The search that this page shows; the newest is the first.",
        )
        render_undo()
    return studies[name]


def state_of(study: Study) -> StudyState:
    """What a search does now."""
    return read_state(study_folder(cached.run_store().root, study.name))


def shown_now(study: Study, *, was_live: bool) -> Shown:
    """A search as it is now, for the part of the page that follows it.

    The whole page is drawn again once the search has begun or ended, because only that starts or stops the timer, and
    once it has been deleted.
    """
    store = cached.run_store()
    folder = study_folder(store.root, study.name)
    state = read_state(folder)
    if was_live is not state.doing.is_active or not folder.is_dir():
        st.rerun()
    with contextlib.suppress(StudyError):  # its budget may have been changed since the page was drawn
        study = read_study(store.root, study.name)
    return Shown(study=study, folder=folder, state=state, trials=read_trials(store, study, folder))
