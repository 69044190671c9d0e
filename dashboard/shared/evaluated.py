"""Which digits a page is about: a run, one of its splits, and the epoch its answers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.run_picker import render_run_picker
from dashboard.state.current import CurrentChoices, JudgedSplit, current
from dashboard.state.url_values import UrlValue
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import DIGITS, N_CLASSES, Dataset, UInt8Array
from mnist_core.data.rows import Row
from mnist_core.errors import DatasetError, PredictionsError
from mnist_core.evaluation.predictions import Position, Predictions
from mnist_core.runs.record import RunRecord, RunStatus

TEST, VALIDATION = JudgedSplit.TEST, JudgedSplit.VALIDATION
SPLIT_WORDS = {TEST: "Test", VALIDATION: "Validation"}

SPLIT_HELP = (
    "Test digits were never seen in training and decided nothing; their figures are the ones to report. "
    "Validation digits chose the best epoch, so their figures flatter a little, but they are known for every epoch."
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evaluated:
    """What a run said about a split, with the digits where they are at hand.

    Attributes:
        epoch: whose weights answered.
        dataset: None where the data set is not on this machine or has changed; `missing` then says why.
        is_own: False for another data set than the run was trained on.
    """

    run: RunRecord
    split: JudgedSplit
    epoch: int | None
    predictions: Predictions
    dataset: Dataset | None
    missing: str = ""
    is_own: bool = True

    @property
    def data_split(self) -> str:
        """The split of the data set that the row numbers count in."""
        return "train" if self.split == VALIDATION else "test"

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.dataset.class_names if self.dataset else DIGITS

    @property
    def words(self) -> str:
        """Which digits, and after which epoch: "10,000 test digits, weights of epoch 5"."""
        after = f", weights of epoch {self.epoch}" if self.epoch else ""
        return f"{len(self.predictions):,} {self.split} digits{after}"

    def images(self, positions: np.ndarray) -> UInt8Array | None:
        """The digits at these positions of `predictions`, uint8 (K, 28, 28)."""
        if self.dataset is None:
            return None
        found: UInt8Array = self.dataset.split(self.data_split).images[self.predictions.index[positions]]
        return found

    def image(self, position: Position) -> UInt8Array | None:
        """The digit at this position of `predictions`, uint8 (28, 28)."""
        images = self.images(np.array([position]))
        return None if images is None else images[0]

    def position_of(self, row: Row | None) -> Position | None:
        """Where the image with this row of the split stands in `predictions`; None if it does not."""
        return self.predictions.position_of(row)


def render_evaluated_header(
    title: str, *, name: str, resets: Sequence[UrlValue[Any]], has_split: bool = True
) -> Evaluated | None:
    """Title, run and split; returns what there is to show, or None after saying why there is nothing.

    Args:
        name: prefix of the widgets' keys.
        resets: choices that lose their meaning when the split changes.
        has_split: False for a view that says itself which digits it is about: it is given the test split.
    """
    if not any(has_something_to_show(run) for run in cached.run_store().list()):
        st.title(title, anchor=False)
        render_run_picker(name, accepts=has_something_to_show)
        return None
    titles, runs, splits = st.columns([2, 5, 2], vertical_alignment="bottom")
    with titles:
        st.title(title, anchor=False)
    with runs:
        run = render_run_picker(name, accepts=has_something_to_show)
    if run is None:
        return None
    if not has_split:
        found = _first_readable(run, TEST, is_quiet=True)
        if found is None:
            _render_nothing(run)
        return found
    with splits:
        split = linked_segments(
            "Digits",
            (TEST, VALIDATION),
            choice=CurrentChoices.judged_split,
            words=SPLIT_WORDS.__getitem__,
            resets=resets,
            help=SPLIT_HELP,
        )
    found = _first_readable(run, split)
    if found is None:
        _render_nothing(run)
    else:
        with st.container(key="origin"):
            render_origin(found)
    return found


def has_something_to_show(run: RunRecord) -> bool:
    """Whether a run has finished an epoch; one that is asked for by its link is taken anyway, to say what is wrong."""
    return run.summary.epochs_done > 0 or run.run_id == current.run


def evaluated(run: RunRecord, split: JudgedSplit, epoch: int | None = None) -> Evaluated:
    """What `run` said about a split; validation after `epoch`, or after the best one.

    Raises:
        PredictionsError: it is not there (yet) or damaged.
    """
    predictions = cached.predictions(run.run_id, split, epoch)
    dataset, missing = _dataset_of(run, predictions, "test" if split == TEST else "train")
    return Evaluated(
        run=run,
        split=split,
        epoch=epoch or run.best_epoch,
        predictions=predictions,
        dataset=dataset,
        missing=missing,
    )


def render_origin(found: Evaluated) -> None:
    """One line that says which digits and which epoch all figures below belong to, and what is not usual about them."""
    run = found.run
    best = " (the best on validation)" if found.epoch == run.best_epoch else ""
    others = f" of {run.summary.epochs_done}" if run.summary.epochs_done else ""
    others += " so far" if others and run.status.is_active else ""
    after = f" · weights of **epoch {found.epoch}**{others}{best}" if found.epoch else ""
    name = escape_markdown(found.dataset.title if found.dataset else run.config.dataset)
    with st.container(key="evaluated.origin"):
        st.markdown(f"**{len(found.predictions):,} {found.split} digits** of {name}{after}")
    if run.status.is_active:
        st.caption("This run is still training. The page shows what is there now; reload it for later epochs.")
    if found.missing:
        st.warning(found.missing, icon=":material/image_not_supported:")
    absent = np.flatnonzero(np.bincount(found.predictions.labels, minlength=N_CLASSES) == 0)
    if len(absent):
        names = ", ".join(escape_markdown(found.class_names[label]) for label in absent)
        st.caption(f"There is no digit with the label {names} here, so nothing can be said about it.")


def _first_readable(run: RunRecord, wanted: JudgedSplit, *, is_quiet: bool = False) -> Evaluated | None:
    """The wanted split; if it cannot be read the other one, after saying so."""
    try:
        return evaluated(run, wanted)
    except PredictionsError as error:
        problem = _why_not(run, wanted, error)
    for split, epoch in _instead(run, wanted):
        try:
            found = evaluated(run, split, epoch)
        except PredictionsError:
            continue
        if not is_quiet:
            st.info(f"{problem} Shown instead: {found.words}.", icon=":material/info:")
        return found
    return None


def _instead(run: RunRecord, wanted: JudgedSplit) -> list[tuple[JudgedSplit, int | None]]:
    epochs = cached.run_store().validation_epochs(run.run_id)
    later: list[tuple[JudgedSplit, int | None]] = [(VALIDATION, epoch) for epoch in reversed(epochs)]
    best: list[tuple[JudgedSplit, int | None]] = [(VALIDATION, None)] if wanted == TEST else []
    return [*best, *later, *([(TEST, None)] if wanted == VALIDATION else [])]


def _why_not(run: RunRecord, split: str, error: PredictionsError) -> str:
    store = cached.run_store()
    try:
        is_there = store.predictions_path(run.run_id, split).exists()
    except PredictionsError:
        is_there = False
    if is_there:
        return f"The {split} predictions of this run cannot be read. {escape_markdown(str(error))}"
    if split == TEST and run.status.is_active:
        return "The test digits are scored when training has ended."
    if split == TEST:
        return f"This run ({run.status.value}) ended before the test digits were scored."
    if store.validation_epochs(run.run_id):
        return f"The validation predictions after epoch {run.best_epoch}, the best, are not there."
    return "This run has no validation predictions."


def _render_nothing(run: RunRecord) -> None:
    """Say why there is nothing at all."""
    if run.status.is_active:
        text = "Its first epoch is not finished yet. This page has something to show after it."
        render_empty_state("Nothing to evaluate yet", text, page="train", link="Watch it train", icon="hourglass_empty")
    elif run.status is RunStatus.FAILED:
        text = f"It failed before an epoch was finished. {escape_markdown(run.error or '')}"
        render_empty_state("Nothing to evaluate", text, page="train", link="See the run", icon="error")
    else:
        text = "It ended before its first epoch, or its predictions cannot be read. Resume it, or pick another run."
        render_empty_state("Nothing to evaluate", text, page="train", link="See the run")


def _dataset_of(run: RunRecord, predictions: Predictions, split: str) -> tuple[Dataset | None, str]:
    name = escape_markdown(run.config.dataset)
    try:
        dataset = cached.dataset(run.config.dataset)
    except DatasetError:
        return None, f"The data set {name} is not on this machine, so its digits cannot be shown. All figures can."
    labels = dataset.split(split).labels
    rows = predictions.index
    fits = len(rows) == 0 or (rows.max() < len(labels) and np.array_equal(labels[rows], predictions.labels))
    known = run.dataset.sha256 if run.dataset else ""
    if not fits or (known and known != dataset.sha256):
        return None, f"The data set {name} is not the one this run was scored on, so its digits are not shown."
    return dataset, ""
