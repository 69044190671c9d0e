"""A search while it runs: how far it is, its trials, and buttons to pause, resume and stop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.charts.search_history import history_figure
from dashboard.shared.data_table import data_table
from dashboard.shared.digits.digit_list import digest_of_texts
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import leave_notice, show_notices, told_as_notice
from dashboard.shared.runs.names import images_words
from dashboard.shared.runs.scores import score_on_validation
from dashboard.state.session import per_tab, widget_value
from dashboard.views.tune.choices import TuneChoices, tune
from dashboard.views.tune.deleting import render_delete
from dashboard.views.tune.header import Shown, render_study_box, shown_now, state_of
from dashboard.views.tune.opened_trial import labels_of, render_opened_trial, render_runs_link, take_click
from dashboard.views.tune.words import BADGES, HISTORY_WORDS, progress_of
from dashboard.widgets.chart import chart
from dashboard.widgets.markdown import escape_markdown
from mnist_core.fields import from_dict, spec_of, to_dict
from mnist_core.shares import shown_share
from mnist_core.tuning.control import Doing, request_pause, request_stop, start_tuner
from mnist_core.tuning.finals import is_pending
from mnist_core.tuning.positions import value_words
from mnist_core.tuning.study import Study, StudySettings, set_settings
from mnist_core.tuning.trials import TrialState

TICK_SECONDS = 2.0
MAX_ROWS = 200
FEW_ROWS, TABLE_HEIGHT = 8, 320
FIGURE = "tune.progress.history"
LOG_BYTES = 400
BUDGET = ("trials", "minutes")


def render_progress() -> None:
    """The search that is chosen; updated while it is at work."""
    study = render_study_box()
    if study is None:
        return
    is_live = state_of(study).doing.is_active
    st.fragment(_render_now, run_every=TICK_SECONDS if is_live else None)(study, is_live)


@explain_errors()
def _render_now(study: Study, was_live: bool) -> None:
    found = shown_now(study, was_live=was_live)
    show_notices()
    _render_state(found)
    _render_controls(found)
    if not found.trials.trials:
        st.caption("Its trials appear here: the tuner loads Optuna first, then every trial loads TensorFlow.")
        return
    take_click(FIGURE)
    _render_figures(found)
    chart(
        history_figure(found.trials, opened=tune.trial),
        key=FIGURE,
        alt="Validation accuracy of each trial, and the best so far",
        name=f"{study.name} history",
        takes_clicks=True,
    )
    st.caption(HISTORY_WORDS)
    render_opened_trial(found)
    _render_trials(found)


def _render_state(found: Shown) -> None:
    state = found.state
    words, icon, colour = BADGES[state.doing]
    fraction, progress = progress_of(found)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tune.state"):
        st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]
        data = escape_markdown(images_words(found.study.space.base))
        st.markdown(f"On {data}. {escape_markdown(state.reason)}")
    st.progress(fraction, text=progress)
    if state.doing is Doing.INTERRUPTED:
        st.caption(f"The tuner ended early. Press Resume to continue. {_last_words(found.folder)}")


def _last_words(folder: Path) -> str:
    """The last line that the tuner printed, if it printed any."""
    try:
        lines = (folder / "tuner.log").read_bytes()[-LOG_BYTES:].decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return escape_markdown(f"Its last message: {lines[-1]}") if lines else ""


def _render_controls(found: Shown) -> None:
    folder, doing = found.folder, found.state.doing
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tune.controls"):
        if doing in (Doing.SEARCHING, Doing.REPEATING):
            _button("Pause", "pause", request_pause, folder, help="Trials in training save a checkpoint and wait.")
        elif not doing.is_active or doing in (Doing.PAUSING, Doing.PAUSED):
            is_used = progress_of(found)[0] >= 1 and not doing.is_active
            is_over = is_used and not is_pending(cached.run_store(), found.study, folder)
            _button("Resume" if doing is not Doing.NEW else "Start", "play_arrow", start_tuner, folder, is_off=is_over,
                    help="The budget is used. Give it more trials or minutes under Budget." if is_over else
                    "Continue until the budget is used.")  # fmt: skip
        if doing in (Doing.SEARCHING, Doing.REPEATING, Doing.PAUSING, Doing.PAUSED, Doing.WAITING):
            _button("Stop", "stop", request_stop, folder, help="Trials save a checkpoint; they can be resumed.")
        if doing is not Doing.REPEATING:
            _render_budget(found.study)
        if not doing.is_active:
            render_delete(found.study.name)
        render_runs_link(found.study)


def _render_budget(study: Study) -> None:
    """More trials or minutes; a search that is at work takes them at its next look."""
    with st.popover("Budget", icon=":material/more_time:", key="tune.budget"):
        keys = {name: f"tune.budget.{name}.{study.name}" for name in BUDGET}
        for name, key in keys.items():
            spec = spec_of(StudySettings, name)
            value = getattr(study.settings, name)
            whole: type = int if spec.kind == "integer" else float
            st.number_input(spec.label, value=None if value is None else whole(value), key=key, placeholder="any",
                            step=whole(spec.step or 1), help=spec.help)  # fmt: skip
        st.button("Apply", key="tune.budget.apply", type="primary", on_click=_set_budget, args=(study, keys))


def _set_budget(study: Study, keys: dict[str, str]) -> None:
    given = {name: widget_value(key) for name, key in keys.items()}
    with told_as_notice():
        changed = from_dict(StudySettings, to_dict(study.settings) | given, "settings")
        set_settings(cached.run_store().root, study.name, changed)
        is_active = state_of(study).doing.is_active
        leave_notice("The budget is changed." if is_active else "The budget is changed. Resume the search to use it.")


def _button(
    label: str, icon: str, act: Callable[[Path], None], folder: Path, *, help: str, is_off: bool = False
) -> None:
    st.button(label, icon=f":material/{icon}:", key=f"tune.{icon}", on_click=_do, args=(act, folder), help=help,
              disabled=is_off)  # fmt: skip


def _do(act: Callable[[Path], None], folder: Path) -> None:
    with told_as_notice():
        act(folder)


def _render_figures(found: Shown) -> None:
    trials = found.trials
    best = trials.best
    score = shown_share(best.value) if best is not None and best.value is not None else "–"
    on_images = score_on_validation(best.run) if best is not None and best.run is not None else None
    luck = "The best of many is partly lucky: the verdict repeats it."
    with st.container(horizontal=True, gap="small", key="tune.figures"):
        st.metric("Best validation accuracy", score, help=f"{on_images}. {luck}" if on_images else luck)
        st.metric("Completed", f"{trials.count(TrialState.COMPLETED):,}")
        st.metric("Pruned", f"{trials.count(TrialState.PRUNED):,}", help="Stopped early, by the search or by a person.")
        st.metric("Failed", f"{trials.count(TrialState.FAILED):,}")
        st.metric(
            "Refused",
            f"{trials.count(TrialState.REFUSED):,}",
            help="Designs that cannot be built. They are not trained and do not count towards the budget.",
        )


def _render_trials(found: Shown) -> None:
    """The newest trials as a table; a row opens its trial."""
    labels, trials = labels_of(found.study), found.trials.trials[::-1][:MAX_ROWS]
    rows = [
        {
            "Trial": trial.number,
            "State": str(trial.state),
            "Validation": "–" if trial.value is None else shown_share(trial.value),
            "Epochs": "–" if trial.run is None else f"{trial.run.summary.epochs_done} of {trial.run.epochs}",
            **{label: value_words(trial.point.get(name)) for name, label in labels.items()},
            "Note": trial.reason,
        }
        for trial in trials
    ]
    key = f"tune.trials.{digest_of_texts((found.study.name, str(len(found.trials.trials))))}"
    event = data_table(
        pd.DataFrame(rows),
        key=key,
        name=f"{found.study.name} trials",
        on_select="rerun",
        selection_mode="single-row",
        height=TABLE_HEIGHT if len(rows) > FEW_ROWS else "content",
    )
    picked = [place for place in event["selection"]["rows"] if isinstance(place, int) and 0 <= place < len(trials)]
    seen: dict[str, tuple[str, int]] = per_tab("tune.picked", dict)
    if picked and seen.get("row") != (key, picked[0]):
        seen["row"] = (key, picked[0])
        TuneChoices.trial.choose_sent(trials[picked[0]].number)
        st.rerun()
