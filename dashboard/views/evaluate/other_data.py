"""Scores on the test digits of other data sets with ten classes, stored with the run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.server.background import Job
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.dataset_labels import dataset_labels
from dashboard.shared.digits.matrix_digits import render_matrix_digits, render_opening_matrix
from dashboard.shared.job_progress import job_result, render_job
from dashboard.shared.runs.jobs import start_analysis
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import JudgedSplit
from dashboard.state.session import widget_value
from dashboard.views.evaluate.choices import evaluate
from dashboard.views.evaluate.digits import MATRIX
from dashboard.views.evaluate.scores import render_metrics
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.sources.catalogue import DatasetInfo, load_dataset
from mnist_core.errors import DatasetError, PredictionsError
from mnist_core.evaluation.leakage import Leakage
from mnist_core.evaluation.scores import scores
from mnist_core.probing.scored_data import ScoredData, scored_data
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share
from mnist_core.words import counted, listed

Overlaps = Mapping[str, Leakage]

PICKED = "evaluate.other_data"
COLUMNS = (
    Column(title="Data set", is_text=True),
    Column(title="Test digits"),
    Column(title="Accuracy"),
    Column(title="Loss", help="Mean cross-entropy in nats."),
    Column(title="Seen in training", help="Test digits that are among the training or validation images of this run."),
)


def render_other_data(found: Evaluated) -> None:
    """The data sets scored so far, a box to score another one, and the matrix and digits of the open one."""
    run = found.run
    known = scored_data(cached.run_store(), run)
    st.markdown(
        "Score this network on the test digits of other data sets. "
        f"The weights are those of the best checkpoint: **epoch {run.best_epoch}**."
    )
    seen = _overlaps(found)
    if seen is not None:  # else the first one offered might be one that this run has seen
        _render_box(run, known, seen)
    if not known:
        return
    opened = _opened(known)
    picked = number_table(
        COLUMNS,
        [_row(item, (seen or {}).get(item.dataset)) for item in known],
        key="evaluate.scored",
        label="Data sets scored with this run",
        name=f"{found.run.title} scores on other data",
        selected=(known.index(opened), 0),
    )
    if picked is not None:
        opened = known[picked[0]]
        evaluate.other = opened.dataset
    _render_scored(found, opened)


def _render_box(run: RunRecord, known: tuple[ScoredData, ...], seen: Overlaps) -> None:
    done = {item.dataset for item in known}
    offered = {info.name: info for info in _others(run) if info.name not in done}
    if not offered:
        st.caption(
            "All other data sets on this machine are scored. Get or import another on Explore, tab Data sets."
            if known
            else "There is no other data set on this machine to score. Get or import one on Explore, tab Data sets."
        )
        return
    labels = dataset_labels()
    names = sorted(offered, key=lambda name: (n_seen(seen.get(name)), list(offered).index(name)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Data set",
            names,
            format_func=lambda name: _offered_words(labels, offered[name], seen.get(name)) if name in offered else name,
            key=PICKED,
            width=460,
            help="The best checkpoint of the run predicts the test images of this data set. Those with few images that "
            "the run has seen come first.",
        )
        st.button("Score", key="evaluate.score", icon=":material/play_arrow:", on_click=_start, args=(run,))
    leak = seen.get(name)
    if leak is not None and not leak.is_clean:
        st.caption(
            f":material/warning: {n_seen(leak):,} of its {leak.n:,} test digits are among the training or validation "
            "images of this run: a score on them is no estimate for unseen digits."
        )
    render_job(_key(run, name), title="Scoring", name="evaluate.scoring", can_cancel=True)


def _others(run: RunRecord) -> list[DatasetInfo]:
    return [info for info in cached.datasets() if info.available and info.name != run.config.dataset]


def _overlaps(found: Evaluated) -> Overlaps | None:
    """By name, how many test digits of the other data sets this run has seen; None while images are compared."""
    run, own = found.run, found.dataset
    if own is None:
        return {}
    others = {info.name: info.sha256 for info in _others(run)}

    def compare(job: Job) -> Overlaps:
        counted = {}
        for place, name in enumerate(others):
            job.tell(place / len(others), name)
            with suppress(DatasetError):
                leak = answers.leakage(run, own, load_dataset(name), SplitName.TEST)
                if leak is not None:
                    counted[name] = leak
        return counted

    key = ("overlaps", run.run_id, own.sha256, tuple(others.items()))
    return job_result(key, compare, title="Looking for digits this run has seen", name="evaluate.overlaps")


def n_seen(leak: Leakage | None) -> int:
    """How many digits a run has seen; 0 if that is not known."""
    return 0 if leak is None else leak.n_trained + leak.n_validated


def _offered_words(labels: Mapping[str, str], info: DatasetInfo, leak: Leakage | None) -> str:
    words = f"{labels.get(info.name, info.title)} · {info.test_images:,} test digits"
    return words if leak is None or leak.is_clean else f"{words}, {n_seen(leak):,} seen in training"


def _key(run: RunRecord, name: str | None) -> tuple[str, str, int | None, str | None]:
    return ("score", run.run_id, run.best_epoch, name)


def _start(run: RunRecord) -> None:
    name = widget_value(PICKED)
    if name not in {info.name for info in cached.datasets() if info.available}:
        return
    start_analysis(_key(run, name), run, "score", name)
    evaluate.other = name


def _opened(known: tuple[ScoredData, ...]) -> ScoredData:
    return next((item for item in known if item.dataset == evaluate.other), known[0])


def _row(item: ScoredData, leak: Leakage | None) -> list[Number]:
    return [
        Number(text=item.title, opens=True, note=f"Open {item.title}"),
        Number(text=f"{item.images:,}"),
        Number(text=shown_share(item.accuracy), share=item.accuracy),
        Number(text=f"{item.loss:.4f}"),
        Number(text="–" if leak is None else f"{n_seen(leak):,}"),
    ]


def _render_scored(found: Evaluated, item: ScoredData) -> None:
    run = found.run
    try:
        predictions = answers.scored_predictions(run.run_id, item)
    except PredictionsError as error:
        st.warning(f"The predictions for {escape_markdown(item.title)} cannot be read. {escape_markdown(str(error))}")
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
    st.markdown(f"**{len(predictions):,} test images** · weights of **epoch {item.epoch}**")
    if missing:
        st.caption(missing)
    with st.container(key="evaluate.leakage"):
        _render_leakage(found, other)
    render_metrics(other, scores(predictions))
    question, answer = question_and_answer()
    with question:
        name = f"{found.run.title} confusion on {item.dataset}"
        render_opening_matrix(other, MATRIX, key="evaluate.other_matrix", name=name, only_wrong=evaluate.only)
    render_matrix_digits(answer, other, MATRIX, hint="Click a cell to see its digits here.")


def _dataset(item: ScoredData) -> tuple[Dataset | None, str]:
    name = escape_markdown(item.title)
    try:
        dataset = cached.dataset(item.dataset)
    except DatasetError:
        return None, f"{name} is no longer on this machine, so its digits cannot be shown. The scores can."
    if dataset.sha256 != item.sha256:
        return None, f"{name} has changed since it was scored, so its digits are not shown."
    return dataset, ""


def _render_leakage(found: Evaluated, other: Evaluated) -> None:
    """Say whether the run has seen the digits: scores on its own training images say nothing about unseen ones."""
    if found.dataset is None or other.dataset is None:
        st.caption("Leakage cannot be checked here: it takes the images of both data sets.")
        return
    leak = answers.leakage(found.run, found.dataset, other.dataset, other.split)
    if leak is None:
        st.caption("Leakage cannot be checked: on which images an imported model was trained is not known.")
        return
    own = escape_markdown(found.dataset.title)
    if leak.is_clean:
        st.caption(f"No leakage: none of these digits is among the training or validation images of this run ({own}).")
        return
    parts = []
    if leak.n_trained:
        parts.append(counted(leak.n_trained, "is among the training images", "are among the training images"))
    if leak.n_validated:
        parts.append(counted(leak.n_validated, "is among the validation images", "are among the validation images"))
    st.warning(
        f"Leakage: of these {leak.n:,} digits, {listed(parts)} of this run ({own}). "
        "The scores below are no estimate for unseen digits.",
        icon=":material/visibility:",
    )
