"""Any other data set with ten classes as a test set; its scores are kept with the run."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.server.background import Job, jobs
from dashboard.shared.confusion_matrix import render_confusion_matrix
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.job_progress import render_job
from dashboard.state.current import JudgedSplit
from dashboard.state.session import widget_value
from dashboard.views.evaluate.choices import evaluate
from dashboard.views.evaluate.chosen_digits import choose_cell, chosen, render_chosen_digits
from dashboard.views.evaluate.scores import render_figures
from dashboard.widgets.confusion_grid import NOTHING
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import DatasetInfo
from mnist_core.errors import DatasetError, PredictionsError
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.scores import scores
from mnist_core.probing.run_job import follow
from mnist_core.probing.scored_data import ScoredData, scored_data
from mnist_core.runs.record import RunRecord

PICKED = "evaluate.other_data"
COLUMNS = (
    Column(title="Data set", is_text=True),
    Column(title="Test digits"),
    Column(title="Accuracy"),
    Column(title="Loss", help="Mean cross-entropy in nats."),
)


def render_other_data(found: Evaluated) -> None:
    """What was scored before, a box to score more, and the matrix and digits of the one that is open."""
    run = found.run
    known = scored_data(cached.run_store(), run)
    st.markdown(
        "How does this network read digits from elsewhere? Each data set's test digits are scored with the weights of "
        f"**epoch {run.best_epoch}**."
    )
    _render_box(run, known)
    if not known:
        return
    opened = _opened(known)
    picked = number_table(
        COLUMNS,
        [_row(item) for item in known],
        key="evaluate.scored",
        label="Data sets scored with this run",
        selected=(known.index(opened), 0),
    )
    if picked is not None:
        opened = known[picked[0]]
        evaluate.data = opened.dataset
    _render_scored(found, opened)


def _render_box(run: RunRecord, known: tuple[ScoredData, ...]) -> None:
    done = {item.dataset for item in known}
    offered = {
        info.name: info
        for info in cached.datasets()
        if info.available and info.name not in done and info.name != run.config.dataset
    }
    if not offered:
        st.caption("No further data set is on this machine. Explore, under Data sets, says how to get or import more.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Data set",
            tuple(offered),
            format_func=lambda name: _offered_words(offered[name]) if name in offered else name,
            key=PICKED,
            width=360,
        )
        st.button("Score", key="evaluate.score", icon=":material/play_arrow:", on_click=_start, args=(run,))
    render_job(_key(run, name), title="Scoring", name="evaluate.scoring", can_cancel=True)


def _offered_words(info: DatasetInfo) -> str:
    return f"{info.title} · {info.test_images:,} test digits"


def _key(run: RunRecord, name: str | None) -> tuple[str, str, int | None, str | None]:
    return ("score", run.run_id, run.best_epoch, name)


def _start(run: RunRecord) -> None:
    name = widget_value(PICKED)
    if name not in {info.name for info in cached.datasets() if info.available}:
        return
    folder = cached.run_store().folder(run.run_id)
    jobs().forget(_key(run, name))
    jobs().start(_key(run, name), lambda job: _work(job, folder, name))
    evaluate.data = name


def _work(job: Job, folder: Path, name: str) -> None:
    follow("score", folder, name, tell=job.tell, is_cancelled=job.is_cancelled)


def _opened(known: tuple[ScoredData, ...]) -> ScoredData:
    return next((item for item in known if item.dataset == evaluate.data), known[0])


def _row(item: ScoredData) -> list[Number]:
    return [
        Number(text=item.title, opens=True, note=f"Open {item.title}"),
        Number(text=f"{item.images:,}"),
        Number(text=f"{item.accuracy:.2%}", share=item.accuracy),
        Number(text=f"{item.loss:.4f}"),
    ]


def _render_scored(found: Evaluated, item: ScoredData) -> None:
    run = found.run
    try:
        predictions = answers.scored_predictions(run.run_id, item)
    except PredictionsError as error:
        st.warning(f"The answers for {escape_markdown(item.title)} cannot be read. {escape_markdown(str(error))}")
        return
    dataset, missing = _dataset(item)
    other = Evaluated(
        run=run,
        split=JudgedSplit(item.split),
        epoch=item.epoch,
        predictions=predictions,
        dataset=dataset,
        missing=missing,
        is_own=False,
    )
    st.subheader(escape_markdown(item.title), anchor=False)
    st.markdown(f"**{len(predictions):,} test digits** · weights of **epoch {item.epoch}**")
    if missing:
        st.caption(missing)
    with st.container(key="evaluate.leakage"):
        _render_leakage(found, other)
    render_figures(other, scores(predictions))
    choice = chosen()
    picked = render_confusion_matrix(
        ConfusionMatrix.from_predictions(predictions),
        key="evaluate.other_matrix",
        label=f"Confusion matrix of {other.words}",
        only_wrong=evaluate.only,
        class_names=other.class_names,
        selected=choice[0] if choice else NOTHING,
    )
    if picked is not None:
        choose_cell(picked)
    render_chosen_digits(other)


def _dataset(item: ScoredData) -> tuple[Dataset | None, str]:
    name = escape_markdown(item.title)
    try:
        dataset = cached.dataset(item.dataset)
    except DatasetError:
        return None, f"{name} is not on this machine any more, so its digits cannot be shown. The figures can."
    if dataset.sha256 != item.sha256:
        return None, f"{name} has changed since it was scored, so its digits are not shown."
    return dataset, ""


def _render_leakage(found: Evaluated, other: Evaluated) -> None:
    """Say whether the digits are new to the run: a score on those it was trained on tells nothing about others."""
    if found.dataset is None or other.dataset is None:
        st.caption("Whether some of these digits were among its training images cannot be checked here.")
        return
    leak = answers.leakage(found.run, found.dataset, other.dataset, other.split)
    own = escape_markdown(found.dataset.title)
    if leak.is_clean:
        st.caption(f"None of these digits is among the training images of this run ({own}), pixel by pixel.")
        return
    parts = []
    if leak.n_trained:
        parts.append(f"{leak.n_trained:,} of these {leak.n:,} digits are among the images this run was trained on")
    if leak.n_validated:
        subject = f"{leak.n_validated:,} more" if parts else f"{leak.n_validated:,} of these {leak.n:,} digits are"
        parts.append(f"{subject} among those its best epoch was chosen by")
    st.warning(
        f"{' and '.join(parts)} ({own}). The figures below say little about digits it has never seen.",
        icon=":material/visibility:",
    )
