"""The finalists trained again with other seeds: who wins, what is a tie, and how much of the gain was luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.charts.search_results import verdict_figure
from dashboard.navigation import page_named
from dashboard.shared.data_table import data_table
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import show_notices, told_as_notice
from dashboard.shared.runs.names import dataset_title
from dashboard.state.session import widget_value
from dashboard.views.tune.header import Shown, render_study_box, shown_now, state_of
from dashboard.views.tune.opened_trial import render_runs_link
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_seconds
from mnist_core.designs.links import config_to_link
from mnist_core.evaluation.repeats import MedianInterval
from mnist_core.evaluation.significance import p_words
from mnist_core.shares import shown_range, shown_share
from mnist_core.tuning.control import request_stop, start_tuner
from mnist_core.tuning.estimate import seconds_of_repeats
from mnist_core.tuning.finals import (
    DEFAULT_FINALISTS,
    DEFAULT_SEEDS,
    MAX_FINALISTS,
    MAX_SEEDS,
    MIN_SEEDS,
    Contender,
    Finals,
    Repeats,
    choose_finals,
    design_of,
    has_open,
    is_over,
    read_finals,
    repeats_of,
    write_finals,
)
from mnist_core.tuning.study import Study
from mnist_core.tuning.verdict import Standing, Verdict, sentences, verdict_of
from mnist_core.words import counted

TICK_SECONDS = 3.0
FINALISTS, SEEDS = "tune.finalists", "tune.seeds"


def render_verdict() -> None:
    """The verdict, or what it needs; updated while finalists are trained."""
    study = render_study_box()
    if study is None:
        return
    is_live = state_of(study).doing.is_active
    st.fragment(_render_now, run_every=TICK_SECONDS if is_live else None)(study, is_live)


@explain_errors()
def _render_now(study: Study, was_live: bool) -> None:
    found = shown_now(study, was_live=was_live)
    show_notices()
    finals = read_finals(found.folder)
    if finals is None:
        _render_offer(found, is_live=was_live)
        return
    repeats = repeats_of(cached.run_store(), study)
    verdict = verdict_of(finals, repeats)
    _render_repeats(found, finals, repeats, is_live=was_live)
    if verdict is None:
        st.caption("The verdict appears here once two of them are trained with two seeds.")
    else:
        _render_words(verdict, dataset_title(study.space.base.dataset))
        chart(verdict_figure(verdict), key="tune.verdict", name=f"{study.name} verdict",
              alt="Accuracy of the finalists with other seeds, and the scores that chose them")  # fmt: skip
        st.caption(
            "A line for each finalist: its accuracy with each seed, and their median with its interval. Further to the "
            "right is better. The diamond is the score that chose it, which is partly luck."
        )
        _render_standings(study, verdict)
    again = st.expander("Choose finalists again", key="tune.again", on_change="rerun")
    if again.open:
        with again:
            _render_offer(found, is_live=was_live)
    render_runs_link(study)


def _render_offer(found: Shown, *, is_live: bool) -> None:
    n = len(found.trials.completed)
    if n < 2:
        text = "The verdict compares the best trials, trained again with other seeds. It needs two completed trials; "
        render_empty_state("Nothing to compare yet", f"{text}this search has {n}.", icon="balance")
        return
    st.markdown(
        "The best score of many trials is partly luck. Train the best ones again with other seeds, and the base design "
        "beside them, to see which one is better."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        finalists = st.number_input("Finalists", 1, min(MAX_FINALISTS, n), min(DEFAULT_FINALISTS, n), key=FINALISTS,
                                    width=130, help="The best trials by validation accuracy.")  # fmt: skip
        seeds = st.number_input("Seeds", MIN_SEEDS, MAX_SEEDS, DEFAULT_SEEDS, key=SEEDS, width=130,
                                help="The same for all of them. With few, only large differences show.")  # fmt: skip
        st.button("Train them again", type="primary", icon=":material/repeat:", key="tune.repeat", on_click=_start,
                  args=(found,), disabled=is_live)  # fmt: skip
    wanted = choose_finals(found.study, found.trials, finalists=finalists, n_seeds=seeds).wanted
    st.caption(f"{counted(len(wanted), 'training')}{_time_words(wanted, ', about')}.")
    if is_live:
        st.caption("The search is at work. Stop it, or wait until it is done.")


def _time_words(wanted: Sequence[tuple[Contender, int]], before: str) -> str:
    """How long these repeats take, by their runs in the search; empty if one of those is missing."""
    seconds = seconds_of_repeats(cached.run_store(), wanted)
    return "" if seconds is None else f"{before} {shown_seconds(seconds)}"


def _start(found: Shown) -> None:
    finalists, seeds = widget_value(FINALISTS), widget_value(SEEDS)
    if not isinstance(finalists, int) or not isinstance(seeds, int):
        return
    with told_as_notice():
        write_finals(found.folder, choose_finals(found.study, found.trials, finalists=finalists, n_seeds=seeds))
        start_tuner(found.folder)


def _do(act: Callable[[Path], None], folder: Path) -> None:
    with told_as_notice():
        act(folder)


def _render_repeats(found: Shown, finals: Finals, repeats: Repeats, *, is_live: bool) -> None:
    """How many repeats are trained, and a button to stop or resume them."""
    over = {pair for pair, run in repeats.items() if is_over(run)}
    left = [(contender, seed) for contender, seed in finals.wanted if (contender.trial, seed) not in over]
    newer = len(found.trials.completed) - finals.chosen_from
    if left:
        n, done = len(finals.wanted), len(finals.wanted) - len(left)
        st.progress(done / n, text=f"{done} of {n} repeats are trained{_time_words(left, ' · the others take about')}")
    if is_live:
        st.button("Stop", icon=":material/stop:", key="tune.stop_repeats", on_click=_do,
                  args=(request_stop, found.folder))  # fmt: skip
    elif has_open(cached.run_store(), finals, repeats):
        st.button("Resume", icon=":material/play_arrow:", key="tune.resume_repeats", on_click=_do,
                  args=(start_tuner, found.folder))  # fmt: skip
    if newer > 0:
        st.caption(f"{counted(newer, 'more trial')} completed since the finalists were chosen.")


def _render_words(verdict: Verdict, title: str) -> None:
    first, *others = sentences(verdict, title=title)
    with st.container(key="tune.sentences"):
        st.markdown(f"**{escape_markdown(first)}**")
        for sentence in others:
            st.markdown(escape_markdown(sentence))
    _render_winner_link(verdict.winner)


def _render_winner_link(winner: Standing) -> None:
    page, design = page_named("design"), design_of(cached.run_store(), winner.contender)
    if page is not None and design is not None:
        st.page_link(page, label=f"Load trial {winner.contender.trial} into Design", icon=":material/edit:",
                     query_params={"design": config_to_link(design)})  # fmt: skip


def _render_standings(study: Study, verdict: Verdict) -> None:
    rows = [
        {
            "Trial": f"{one.contender.trial}{' (base)' if one.contender.is_base else ''}",
            "Validation, median": shown_share(one.on_validation.median),
            "Interval": shown_range(one.on_validation.low, one.on_validation.high),
            "In the search": shown_share(one.contender.first),
            "Against the winner": "–" if one.p_value is None else _against(one),
            "Test, median": _median(one.on_test),
            "Test interval": "–" if one.on_test is None else shown_range(one.on_test.low, one.on_test.high),
            "Parameters": f"{one.parameters:,}",
            "Seeds": len(one.validation),
        }
        for one in verdict.standings
    ]
    data_table(pd.DataFrame(rows), height="content", key="tune.standings", name=f"{study.name} standings")
    st.caption("Chosen by validation, reported on test. p-values are of exact permutation tests on the scores of the "
               "seeds, adjusted for the number of comparisons by Holm's method.")  # fmt: skip


def _against(standing: Standing) -> str:
    words = p_words(standing.p_value or 0.0)
    return f"tie ({words})" if standing.is_tied else f"worse ({words})"


def _median(found: MedianInterval | None) -> str:
    return "–" if found is None else shown_share(found.median)
