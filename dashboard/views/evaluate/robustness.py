"""Robustness: accuracy on corrupted digits."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.robustness import robustness_figure, strength_text
from dashboard.server.background import jobs
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.errors import explain_errors
from dashboard.shared.job_progress import render_job
from dashboard.shared.runs.jobs import start_analysis
from dashboard.shared.runs.names import run_labels
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.current import current
from dashboard.state.url_values import reset
from dashboard.views.evaluate.choices import ABOUT_SHOWN_DIGITS, DEFAULT_STRENGTH, EvaluateChoices, evaluate
from dashboard.views.evaluate.corrupted_digits import render_corrupted_digits
from dashboard.widgets.chart import chart, clicked_in
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.errors import RunError
from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.probing.corruptions import CORRUPTIONS, N_STRENGTHS
from mnist_core.probing.robustness import DROP, N_DIGITS, Robustness, robustness_path
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_points, shown_share

CHART = "evaluate.robustness"
MAX_COMPARED = 5
DROP_POINTS = f"{100 * DROP:g}"
REDRAW_SECONDS = 1.0
"""How often results are looked for while the test runs."""


def render_robustness(found: Evaluated) -> None:
    """A button to test it, if that was not done before; then a curve per corruption, and the digits of each point."""
    run = found.run
    if found.dataset is None:
        st.info("Robustness is tested on corrupted images, and the images are not available.", icon=":material/grain:")
        return
    result = answers.robustness(run, found.dataset)
    if result is not None:
        _render_result(found, result)
        return
    is_running = _render_offer(run, min(N_DIGITS, len(found.dataset.test)))
    st.fragment(_render_so_far, run_every=REDRAW_SECONDS if is_running else None)(found, is_running)


@explain_errors()
def _render_so_far(found: Evaluated, is_running: bool) -> None:
    """The corruptions that are tested already, while the others are tested or after that was cancelled."""
    assert found.dataset is not None
    result = answers.robustness(found.run, found.dataset, is_partial=True)
    if result is not None:
        with st.container(key="evaluate.robustness_so_far"):
            _render_result(found, result, has_digits=not is_running)  # a second is too short to look at digits


def _render_result(found: Evaluated, result: Robustness, *, has_digits: bool = True) -> None:
    of = "" if len(result.names) == len(CORRUPTIONS) else f" of {len(CORRUPTIONS)}"
    question, answer = question_and_answer()
    with question:
        st.markdown(
            f"**{len(result.rows):,} test images**, corrupted in {len(result.names)}{of} ways at {N_STRENGTHS} "
            f"strengths · best checkpoint: **epoch {result.epoch}** · accuracy without corruption "
            f"**{shown_share(result.clean_accuracy)}**"
        )
        name = _render_table(found, result)
        _render_chart(found, result, name)
    if not has_digits:
        return
    is_chosen = evaluate.corruption is not None or evaluate.strength != DEFAULT_STRENGTH
    title = CORRUPTIONS[name].title
    panel = answer_panel(answer, name="evaluate", title=title, is_open=is_chosen, on_close=_forget_choice)
    with panel, st.container(key="evaluate.corrupted_digits"):
        render_corrupted_digits(found, result, name, evaluate.strength)


def _forget_choice() -> None:
    reset(EvaluateChoices.corruption, EvaluateChoices.strength, *ABOUT_SHOWN_DIGITS)


def _render_offer(run: RunRecord, n_digits: int) -> bool:
    """The progress of the test, or a button that starts it; returns whether it runs."""
    key = ("robustness", run.run_id, run.best_epoch)
    if render_job(key, title="Testing robustness", name="evaluate.measuring_robustness", can_cancel=True):
        job = jobs().get(key)
        return job is not None and job.is_running
    st.markdown(
        f"Accuracy on corrupted test images: {n_digits:,} of them are changed in "
        f"{len(CORRUPTIONS)} ways at {N_STRENGTHS} strengths: rotated, shifted, scaled, sheared, noisy, blurred, with "
        "less contrast, occluded, with thicker or thinner strokes, and adversarially perturbed. "
        "This runs in the background; the result is stored with the run."
    )
    if not run.status.is_finished:
        st.caption("This run is still training. Its best checkpoint so far is tested.")
    is_begun = robustness_path(cached.run_store(), run, is_partial=True).is_file()
    st.button(
        "Continue the test" if is_begun else "Test robustness",
        type="primary",
        key="evaluate.measure",
        icon=":material/grain:",
        on_click=_start,
        args=(run,),
    )
    return False


def _start(run: RunRecord) -> None:
    start_analysis(("robustness", run.run_id, run.best_epoch), run, "robustness")


def _render_table(found: Evaluated, result: Robustness) -> str:
    """Show every corruption with its mean accuracy; returns the chosen one."""
    names = result.names
    chosen = evaluate.corruption if evaluate.corruption in names else names[0]
    columns = (
        Column(title="Corruption", is_text=True),
        Column(title="Mean accuracy", help=f"Over the {N_STRENGTHS} strengths."),
        Column(
            title=f"{DROP_POINTS} points lower at",
            help=f"The lowest strength at which accuracy is more than {DROP_POINTS} points below that without "
            "corruption.",
        ),
    )
    picked = number_table(
        columns,
        [_row(result, name) for name in names],
        key="evaluate.corruptions",
        label="Accuracy under each corruption",
        name=f"{found.run.title} robustness",
        selected=(names.index(chosen), 0),
    )
    if picked is not None:
        chosen = evaluate.corruption = names[picked[0]]
        evaluate.page = 1
    st.caption("Click a corruption to see its curve and its digits.")
    return chosen


def _row(result: Robustness, name: str) -> list[Number]:
    corruption = CORRUPTIONS[name]
    mean = result.mean_accuracy(name)
    dropped = result.first_drop(name)
    falls = "never" if dropped is None else strength_text(corruption.strengths[dropped], corruption.unit)
    return [
        Number(text=corruption.title, opens=True, note=f"{corruption.title}: {corruption.help}"),
        Number(text=shown_share(mean), share=mean),
        Number(text=falls, note=drop_words(result, name)),
    ]


def drop_words(result: Robustness, name: str) -> str:
    """Where the accuracy has dropped, with both numbers, in a sentence."""
    corruption, dropped = CORRUPTIONS[name], result.first_drop(name)
    clean = shown_share(result.clean_accuracy)
    if dropped is None:
        most = strength_text(corruption.strengths[-1], corruption.unit)
        return f"Up to {most}, accuracy is at most {DROP_POINTS} points below the {clean} without corruption."
    accuracy = result.accuracies(name)[dropped]
    return (
        f"At {strength_text(corruption.strengths[dropped], corruption.unit)}, accuracy is {shown_share(accuracy)}: "
        f"{shown_points(accuracy - result.clean_accuracy).lstrip('+-')} below the {clean} without corruption."
    )


def _render_chart(found: Evaluated, result: Robustness, name: str) -> None:
    others = _render_compared(found)
    corruption = CORRUPTIONS[name]
    st.markdown(f"**{corruption.title}**", help=corruption.help)
    shown = [(found.run, result), *((run, other) for run, other in others if name in other.names)]
    labels = run_labels(run for run, _ in shown)
    curves = {labels[run.run_id]: item for run, item in shown}
    figure = robustness_figure(
        (0, *corruption.strengths),
        {title: (item.clean_accuracy, *item.accuracies(name)) for title, item in curves.items()},
        {title: _intervals(item, name) for title, item in curves.items()},
        unit=corruption.unit,
        shown=evaluate.strength,
        limit=result.clean_accuracy - DROP,
    )
    key = f"{CHART}.{name}"
    chart(
        figure,
        key=key,
        name=f"{found.run.title} robustness {name}",
        on_click=lambda: _take_strength(key),
        alt=f"Accuracy against {corruption.title.lower()}",
    )
    with st.container(key="evaluate.drop"):
        st.caption(f"{drop_words(result, name)} The dashed line is {DROP_POINTS} points below.")


def _intervals(result: Robustness, name: str) -> list[tuple[float, float]]:
    n = len(result.rows)
    clean = wilson_interval(int((result.clean == result.labels).sum()), n)
    return [clean, *(result.interval(name, strength) for strength in range(N_STRENGTHS))]


def _take_strength(key: str) -> None:
    clicked = clicked_numbers(clicked_in(key), N_STRENGTHS + 1)
    if clicked is not None:
        evaluate.strength, evaluate.page = clicked[0], 1


def _render_compared(found: Evaluated) -> list[tuple[RunRecord, Robustness]]:
    """The runs to compare with: those on the same data set that were tested too and that the person selects."""
    tested = dict(_tested(found))
    if not tested:
        st.caption("Test the robustness of other runs on this data set to compare them here.")
        return []
    labels = run_labels(tested)  # the browser sends the label
    picked = st.multiselect(
        "Compare with",
        tuple(labels),
        format_func=lambda run_id: labels.get(run_id, run_id),
        default=[current.compared] if current.compared in labels else [],
        key="evaluate.compared",
        max_selections=MAX_COMPARED,
        persist_state="session",
        placeholder="Other tested runs",
        help="Draws a curve for each of these runs. Offered are the runs on this data set whose robustness was tested.",
    )
    return [(run, tested[run]) for run in tested if run.run_id in picked]


def _tested(found: Evaluated) -> list[tuple[RunRecord, Robustness]]:
    assert found.dataset is not None
    result = []
    query = RunQuery(conditions=(equal("dataset", found.run.config.dataset),), limit=cached.MAX_LISTED)
    for run in cached.run_store().find(query):
        if run.run_id == found.run.run_id or run.best_epoch is None:
            continue
        try:
            other = answers.robustness(run, found.dataset)
        except RunError:
            continue
        if other is not None:
            result.append((run, other))
    return result
