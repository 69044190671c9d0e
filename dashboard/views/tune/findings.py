"""What a search found, a figure at a time; a click on a point opens its trial."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from dashboard import cached
from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.search_history import epochs_figure, history_figure
from dashboard.charts.search_results import front_figure
from dashboard.charts.search_settings import contour_figure, importance_figure, parallel_figure, slice_figure
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.errors import explain_errors
from dashboard.shared.linked_choice import linked_segments, linked_select
from dashboard.state.url_values import UrlValue
from dashboard.views.tune.choices import CostAxis, FoundFigure, TuneChoices, tune
from dashboard.views.tune.header import Shown, render_study_box, shown_now, state_of
from dashboard.views.tune.opened_trial import labels_of, render_opened_trial, render_runs_link, take_click
from dashboard.views.tune.words import HISTORY_WORDS
from dashboard.widgets.chart import chart, clicked_in
from mnist_core.tuning.space import Dimension
from mnist_core.tuning.study import Cost, Study
from mnist_core.tuning.trials import FEW_COMPLETED, Trials, TrialState
from mnist_core.words import counted

TICK_SECONDS = 5.0
MAX_LINES = 60
"""More lines in one figure could not be told apart."""
MAX_AXES = 6
MIN_FOR_CONTOUR = 3
FIGURES = {
    FoundFigure.HISTORY: "History",
    FoundFigure.PARALLEL: "Parallel coordinates",
    FoundFigure.IMPORTANCES: "Importances",
    FoundFigure.SLICE: "Slice",
    FoundFigure.CONTOUR: "Contour",
    FoundFigure.FRONT: "Pareto front",
    FoundFigure.EPOCHS: "Epochs",
}
LIVE = (FoundFigure.HISTORY, FoundFigure.EPOCHS)
"""They show trials from their first epoch on; the others compare what was trained to the end."""
ACROSS_HELP = "The setting on the horizontal axis; the most important one is the first."
UP_HELP = "The setting on the vertical axis."
COSTS = {
    CostAxis.PARAMETERS: "Parameters",
    CostAxis.MULTIPLY_ADDS: "Multiply-adds",
    CostAxis.SECONDS: "Seconds",
}
COST_TITLES = {
    CostAxis.PARAMETERS: "Parameters",
    CostAxis.MULTIPLY_ADDS: "Multiply-adds for one image",
    CostAxis.SECONDS: "Seconds of training",
}


def render_findings() -> None:
    """The figure that is chosen, updated while the search is at work."""
    study = render_study_box()
    if study is None:
        return
    is_live = state_of(study).doing.is_active
    figure = linked_segments("Figure", tuple(FIGURES), choice=TuneChoices.figure, words=FIGURES.__getitem__,
                             label_visibility="collapsed", wrap=True)  # fmt: skip
    st.fragment(_render_now, run_every=TICK_SECONDS if is_live else None)(study, figure, is_live)


@explain_errors()
def _render_now(study: Study, figure: FoundFigure, was_live: bool) -> None:
    found = shown_now(study, was_live=was_live)
    has_begun = figure in LIVE and any(trial.value is not None for trial in found.trials.trials)
    if not found.trials.completed and not has_begun:
        n = len(found.trials.trials)
        text = f"{counted(n, 'trial')} begun so far. Figures appear once one is trained to its last epoch." if n else (
            "This search has no trials yet. Start it under Progress."
        )  # fmt: skip
        render_empty_state("No completed trial yet", text, icon="query_stats")
        return
    if figure is FoundFigure.IMPORTANCES:
        _take_setting(found)
    else:
        take_click(_key(figure))
    RENDERERS[figure](found)
    render_opened_trial(found)
    render_runs_link(study)


def _take_setting(found: Shown) -> None:
    """Open the slice of the setting whose bar was clicked."""
    settings = list(found.trials.importances)
    clicked = clicked_numbers(clicked_in(_key(FoundFigure.IMPORTANCES)), len(settings))
    if clicked is not None:
        TuneChoices.setting.choose_sent(settings[clicked[0]])
        TuneChoices.figure.choose_sent(FoundFigure.SLICE)
        st.rerun()  # the buttons of the figures are above this part of the page


def _render_history(found: Shown) -> None:
    _figure(found, history_figure(found.trials, opened=tune.trial), FoundFigure.HISTORY,
            "Validation accuracy of each trial, and the best so far")  # fmt: skip
    st.caption(HISTORY_WORDS)


def _render_parallel(found: Shown) -> None:
    if _is_single(found):
        return
    dimensions = _ranked(found.study, found.trials)[:MAX_AXES]
    best = sorted(found.trials.completed, key=lambda trial: -(trial.value or 0.0))[:MAX_LINES]
    titles = [labels_of(found.study)[one.setting] for one in dimensions]
    _figure(found, parallel_figure(best, dimensions, titles=titles, opened=tune.trial), FoundFigure.PARALLEL,
            "A line for each trial through its settings to its accuracy")  # fmt: skip
    shown_words = f" The best {MAX_LINES} are shown." if len(found.trials.completed) > MAX_LINES else ""
    n_left = len(found.study.space.dimensions) - len(dimensions)
    axes_words = f" The {MAX_AXES} most important of {MAX_AXES + n_left} settings are shown." if n_left else ""
    st.caption(
        "A line for each trial, through its settings to its accuracy on the right. Solid: the best quarter of the "
        f"completed trials. Dotted: the others.{shown_words}{axes_words}"
    )


def _render_importances(found: Shown) -> None:
    importances = found.trials.importances
    if not importances:
        _missing(f"Importances need at least {FEW_COMPLETED} completed trials, with different accuracies.")
        return
    _figure(found, importance_figure(importances, labels_of(found.study)), FoundFigure.IMPORTANCES,
            "Share of each setting in being among the best trials")  # fmt: skip
    st.caption(
        "Importance of each setting for being among the best trials (PED-ANOVA). With few trials this is uncertain; it "
        "holds only within the search space. Click a bar to open the slice of its setting."
    )


def _render_slice(found: Shown) -> None:
    if _is_single(found):
        return
    dimension = _dimension(found, "Setting", TuneChoices.setting, 0, help=ACROSS_HELP)
    title = labels_of(found.study)[dimension.setting]
    _figure(found, slice_figure(found.trials.completed, dimension, title=title, opened=tune.trial), FoundFigure.SLICE,
            f"Validation accuracy against {title}")  # fmt: skip
    st.caption(
        "A point for each completed trial, which differ in the other settings too. Where the points are high, values "
        "of this setting are good; if they scatter as much everywhere, it matters little."
    )


def _render_contour(found: Shown) -> None:
    if len(found.study.space.dimensions) < 2:
        _missing("A contour needs two settings, and this search varies one. The slice shows it.")
        return
    if len(found.trials.completed) < MIN_FOR_CONTOUR:
        _missing(f"A contour needs {MIN_FOR_CONTOUR} completed trials.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        across = _dimension(found, "x axis", TuneChoices.setting, 0, help=ACROSS_HELP)
        up = _dimension(found, "y axis", TuneChoices.other, 1, without=across.setting, help=UP_HELP)
    labels = labels_of(found.study)
    _figure(found, contour_figure(found.trials.completed, (across, up), opened=tune.trial,
                                  titles=(labels[across.setting], labels[up.setting]),
                                  page=st.context.theme.type or "light"), FoundFigure.CONTOUR,
            f"Validation accuracy over {labels[across.setting]} and {labels[up.setting]}")  # fmt: skip
    st.caption(
        "Points are trials. The colour between them is interpolated: a guide to where to look, not a measurement."
    )


def _render_front(found: Shown) -> None:
    cost = linked_segments("Cost", tuple(COSTS), choice=TuneChoices.cost, words=COSTS.__getitem__,
                           label_visibility="collapsed")  # fmt: skip
    measure = Cost(cost.value)
    _figure(found, front_figure(found.trials, measure, title=COST_TITLES[cost], opened=tune.trial), FoundFigure.FRONT,
            f"Validation accuracy against {COST_TITLES[cost]}")  # fmt: skip
    n = len(found.trials.front(measure))
    are = counted(n, "trial is", "trials are")
    st.caption(
        f"Accuracy against cost: the best trials are at the top left. {are} on the front: no other is both cheaper and "
        "at least as accurate."
    )


def _render_epochs(found: Shown) -> None:
    trained = [trial for trial in found.trials.trials if trial.run is not None and trial.run.summary.epochs_done]
    chosen = trained[-MAX_LINES:]
    if (best := found.trials.best) is not None and best not in chosen:
        chosen.append(best)
    curves = {trial.number: [one.val_accuracy for one in cached.history(str(trial.run_id))] for trial in chosen}
    _figure(found, epochs_figure(curves, found.trials, opened=tune.trial), FoundFigure.EPOCHS,
            "Validation accuracy of each trial after every epoch")  # fmt: skip
    n_pruned = found.trials.count(TrialState.PRUNED)
    stopped = f"{counted(n_pruned, 'trial')} stopped early. " if n_pruned else ""
    is_cut = any(trial.state is not TrialState.COMPLETED for trial in chosen)
    dotted = f" {stopped}Dotted lines are trials that were not trained to the end." if is_cut else ""
    st.caption(
        "A line for each trial: the higher it ends, the better; a line that still rises may gain by more epochs."
        f"{dotted}"
    )


RENDERERS: dict[FoundFigure, Callable[[Shown], None]] = {
    FoundFigure.HISTORY: _render_history,
    FoundFigure.PARALLEL: _render_parallel,
    FoundFigure.IMPORTANCES: _render_importances,
    FoundFigure.SLICE: _render_slice,
    FoundFigure.CONTOUR: _render_contour,
    FoundFigure.FRONT: _render_front,
    FoundFigure.EPOCHS: _render_epochs,
}


def _key(figure: FoundFigure) -> str:
    return f"tune.found.{figure}"


def _figure(found: Shown, drawn: go.Figure, figure: FoundFigure, alt: str) -> None:
    chart(drawn, key=_key(figure), alt=alt, name=f"{found.study.name} {figure}", takes_clicks=True)


def _is_single(found: Shown) -> bool:
    """Whether one trial is all there is to show, after saying so."""
    is_single = len(found.trials.completed) == 1
    if is_single:
        _missing("One trial is completed. A comparison of settings needs at least two.")
    return is_single


def _missing(text: str) -> None:
    st.info(text, icon=":material/info:")


def _dimension(
    found: Shown, label: str, choice: UrlValue[str | None], place: int, *, help: str, without: str = ""
) -> Dimension:
    """A setting to draw against; until one is chosen, the most important ones."""
    ranked = _ranked(found.study, found.trials)
    options = [one.setting for one in ranked if one.setting != without]
    default = options[min(place if not without else 0, len(options) - 1)]
    labels = labels_of(found.study)
    name = linked_select(label, options, choice=choice, default=default, words=labels.__getitem__, width=260, help=help)
    return next(one for one in ranked if one.setting == name)


def _ranked(study: Study, trials: Trials) -> list[Dimension]:
    """The settings, the most important first."""
    order = {name: place for place, name in enumerate(trials.importances)}
    return sorted(study.space.dimensions, key=lambda one: order.get(one.setting, len(order)))
