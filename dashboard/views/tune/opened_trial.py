"""The trial that is open: its score and settings, and links to its run."""

from __future__ import annotations

import streamlit as st

from dashboard.charts.clicks import clicked_numbers
from dashboard.navigation import page_named
from dashboard.shared.runs.scores import score_on_validation
from dashboard.state.session import BY_WHOLE_LINK
from dashboard.state.url_values import UrlValue
from dashboard.views.tune.choices import TuneChoices, tune
from dashboard.views.tune.header import Shown
from dashboard.widgets.chart import clicked_in
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_to_link
from mnist_core.shares import shown_share
from mnist_core.tuning.positions import point_words
from mnist_core.tuning.study import MAX_TRIALS, Study
from mnist_core.tuning.trials import Trial
from mnist_core.tuning.variables import label_of

RESULT_PAGES = ("train", "evaluate", "mistakes", "inside")


def labels_of(study: Study) -> dict[str, str]:
    """The settings of a search on screen."""
    return {one.setting: label_of(study.space.base, one.setting) for one in study.space.dimensions}


def take_click(key: str) -> None:
    """Open the trial whose point was clicked in a figure; before anything that shows the open one."""
    clicked = clicked_numbers(clicked_in(key), 10 * MAX_TRIALS)
    if clicked is not None:
        choice: UrlValue[int | None] = TuneChoices.trial
        choice.choose_sent(clicked[0])


def render_opened_trial(shown: Shown) -> None:
    """The trial that was clicked, else the best one; nothing before one has ended."""
    trials = shown.trials.trials
    wanted = next((trial for trial in trials if trial.number == tune.trial), None)
    trial = wanted or shown.trials.best
    if trial is None:
        return
    with st.container(border=True, key="tune.opened_trial", gap="xsmall"):
        best = "Best so far" if shown.state.doing.is_active else "Best"
        kind = f"Trial {trial.number}" if wanted is not None else f"{best}: trial {trial.number}"
        st.markdown(" · ".join((f"**{kind}**", str(trial.state), *_scores(trial))))
        st.caption(escape_markdown(point_words(trial.point, labels_of(shown.study))))
        if trial.reason:
            st.caption(escape_markdown(trial.reason))
        _render_links(trial)


def _scores(trial: Trial) -> tuple[str, ...]:
    """The validation accuracy of a trial with its images, which only a run that is here tells; none before an epoch."""
    score = score_on_validation(trial.run) if trial.run is not None else None
    if score is None and trial.value is not None:
        score = f"validation accuracy {shown_share(trial.value)}"
    return () if score is None else (score,)


def _render_links(trial: Trial) -> None:
    if trial.run is None:
        return
    with st.container(horizontal=True, gap="small"):
        for name in RESULT_PAGES:
            if (page := page_named(name)) is not None and (name == "train" or trial.run.summary.epochs_done):
                st.page_link(page, label=page.title, icon=page.icon, query_params={"run": trial.run.run_id})
        if (page := page_named("design")) is not None:
            link = config_to_link(trial.run.config_in_force)
            st.page_link(page, label="Load into Design", icon=":material/edit:", query_params={"design": link})


def render_runs_link(study: Study) -> None:
    """A link to the runs of a search, in the table of runs."""
    if (page := page_named("runs")) is not None:
        query = {"filter": f"tag={study.tag}", **BY_WHOLE_LINK}
        st.page_link(page, label="All its runs", icon=page.icon, query_params=query)
