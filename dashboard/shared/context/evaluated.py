"""The predictions that a page shows: those of a run for one of its splits after an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.bar import Context
from dashboard.shared.context.compared import render_comparison
from dashboard.shared.context.digit import open_digit, open_digit_of
from dashboard.shared.empty_state import render_empty_state, render_no_runs
from dashboard.shared.runs.images import dataset_of_predictions
from dashboard.shared.runs.status import status_word
from dashboard.state.current import JudgedSplit, current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import N_CLASSES, Dataset, SplitName, UInt8Array
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.rows import Row
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.comparison import Outcome
from mnist_core.evaluation.predictions import Position, Predictions
from mnist_core.runs.record import RunRecord, RunStatus

TEST, VALIDATION = JudgedSplit.TEST, JudgedSplit.VALIDATION


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evaluated:
    """The predictions of a run for a split, with the images where they are available.

    Attributes:
        epoch: after which the predictions were made.
        dataset: None where the data set is not on this machine or has changed; `missing` then says why.
        is_own: False for another data set than the run was trained on.
        compared: another run on the same images, which this one is compared with.
        instead_of: why these are not the predictions that are chosen; empty if they are.
        together: the runs whose mean these predictions are; `run` is one of them. Empty for those of `run` alone.
    """

    run: RunRecord
    split: JudgedSplit
    epoch: int | None
    predictions: Predictions
    dataset: Dataset | None
    missing: str = ""
    is_own: bool = True
    compared: RunRecord | None = None
    instead_of: str = ""
    together: tuple[RunRecord, ...] = ()

    @property
    def file_stem(self) -> str:
        """What files about these predictions are named after."""
        if self.together:
            return f"ensemble-of-{len(self.together)}-runs-{self.run.run_id}-{self.split}"
        data = "" if self.is_own or self.dataset is None else f"-{self.dataset.name}"
        epoch = f"-epoch-{self.epoch}" if self.epoch and self.epoch != self.run.best_epoch else ""
        return f"{self.run.run_id}{data}-{self.split}{epoch}"

    @property
    def other_epoch(self) -> int | None:
        """The epoch of the predictions if it is another one than that of the weights, the best one; else None."""
        return None if self.epoch == self.run.best_epoch else self.epoch

    @property
    def data_split(self) -> str:
        """The split of the data set that the row numbers count in."""
        return "train" if self.split == VALIDATION else "test"

    @property
    def dataset_name(self) -> str:
        return self.dataset.name if self.dataset else self.run.config.dataset

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.dataset.class_names if self.dataset else class_names_of(self.run.config.dataset)

    @property
    def words(self) -> str:
        """Which images, and after which epoch: "10,000 test images after epoch 5"."""
        after = f" after epoch {self.epoch}" if self.epoch else ""
        return f"{len(self.predictions):,} {self.split} images{after}"

    def images(self, positions: np.ndarray) -> UInt8Array | None:
        """The images at these positions of `predictions`, uint8 (K, 28, 28)."""
        if self.dataset is None:
            return None
        found: UInt8Array = self.dataset.split(self.data_split).images[self.predictions.index[positions]]
        return found

    def image(self, position: Position) -> UInt8Array | None:
        """The image at this position of `predictions`, uint8 (28, 28)."""
        images = self.images(np.array([position]))
        return None if images is None else images[0]

    def image_ref(self, row: Row) -> ImageRef:
        """The image of this row, in its split of the data set."""
        return ImageRef(split=SplitName(self.data_split), row=row)

    @property
    def opened(self) -> Position | None:
        """The position of the open digit; None if it is not one of these."""
        image = open_digit_of(self.dataset_name)
        return None if image is None or image.split != self.data_split else self.position_of(Row(image.row))

    def open(self, position: Position) -> None:
        """Open the digit at a position."""
        open_digit(self.dataset_name, SplitName(self.data_split), self.predictions.row_at(position))

    def position_of(self, row: Row | None) -> Position | None:
        """The position in `predictions` of the image with this row of the split; None if it has none."""
        return self.predictions.position_of(row)


def find_evaluated(context: Context, *, has_split: bool = True) -> Evaluated | None:
    """The predictions of the run to show, or None after saying why there are none.

    Args:
        has_split: False for a view that chooses its own images: it gets the test split.
    """
    run = context.run
    if run is None:
        if current.run is None:
            render_no_runs()
        return None
    found = _first_readable(run, current.judged_split if has_split else TEST)
    if found is None:
        _render_nothing(run)
        return None
    return replace(found, compared=context.compared)


def evaluated(run: RunRecord, split: JudgedSplit, epoch: int | None = None) -> Evaluated:
    """The predictions of `run` for a split; for validation after `epoch`, or after the best one.

    Raises:
        PredictionsError: they do not exist (yet) or are damaged.
    """
    predictions = cached.predictions(run.run_id, split, epoch)
    read = SplitName.TEST if split == TEST else SplitName.TRAIN
    dataset, why = dataset_of_predictions(run, predictions, read)
    return Evaluated(
        run=run,
        split=split,
        epoch=epoch or run.best_epoch,
        predictions=predictions,
        dataset=dataset,
        missing=why and f"{why}, so results are shown without its images.",
    )


def render_origin(found: Evaluated, *, show: Callable[[Outcome], None] | None = None) -> None:
    """The images and the epoch that all results below belong to, in one line, and what is unusual about them.

    With another run to compare with, the line is the comparison, as high as without it: nothing below moves.
    """
    with st.container(key="origin", gap="xxsmall"):
        if found.compared is None:
            st.markdown(_origin_words(found))
        else:
            after = f", epoch {found.epoch}" if found.split == VALIDATION else ""
            render_comparison(
                found.predictions,
                found.split,
                run=found.run,
                other=found.compared,
                images=f"**{len(found.predictions):,} {found.split} images{after}**",
                epoch=found.other_epoch,
                show=show,
            )
        _render_notes(found)


def _origin_words(found: Evaluated) -> str:
    run = found.run
    start = "best checkpoint:" if found.other_epoch is None else "after"
    others = f" of {run.summary.epochs_done}" if run.summary.epochs_done else ""
    others += " so far" if others and run.status.is_active else ""
    after = f" · {start} **epoch {found.epoch}**{others}" if found.epoch else ""
    name = escape_markdown(found.dataset.title if found.dataset else run.config.dataset)
    return f"**{len(found.predictions):,} {found.split} images** of {name}{after}"


def _render_notes(found: Evaluated) -> None:
    if found.instead_of:
        st.caption(f":material/info: {found.instead_of} The {found.split} images are shown instead.")
    if found.run.status.is_active:
        st.caption("This run is not finished. Reload the page to see later epochs.")
    if found.missing:
        st.warning(found.missing, icon=":material/image_not_supported:")
    absent = np.flatnonzero(np.bincount(found.predictions.labels, minlength=N_CLASSES) == 0)
    if len(absent):
        names = ", ".join(escape_markdown(found.class_names[label]) for label in absent)
        st.caption(f"Undefined: no images with the true label {names} here.")


def _first_readable(run: RunRecord, wanted: JudgedSplit) -> Evaluated | None:
    """The wanted split; if it cannot be read, another epoch or the other split, with the reason."""
    try:
        return evaluated(run, wanted, _chosen_epoch(run) if wanted == VALIDATION else None)
    except PredictionsError as error:
        problem = _why_not(run, wanted, error)
    for split, epoch in _instead(run, wanted):
        try:
            return replace(evaluated(run, split, epoch), instead_of=problem)
        except PredictionsError:
            continue
    return None


def _chosen_epoch(run: RunRecord) -> int | None:
    """The checkpoint that is chosen, if the run has it; a link or another run may have chosen one that it has not."""
    return current.epoch if current.epoch in cached.run_store().validation_epochs(run.run_id) else None


def _instead(run: RunRecord, wanted: JudgedSplit) -> list[tuple[JudgedSplit, int | None]]:
    epochs = cached.run_store().validation_epochs(run.run_id)
    later: list[tuple[JudgedSplit, int | None]] = [(VALIDATION, epoch) for epoch in reversed(epochs)]
    if wanted == VALIDATION:
        return [*later, (TEST, None)]
    return list(dict.fromkeys([(VALIDATION, _chosen_epoch(run)), (VALIDATION, None), *later]))


def _why_not(run: RunRecord, split: str, error: PredictionsError) -> str:
    store = cached.run_store()
    try:
        is_there = store.predictions_path(run.run_id, split).exists()
    except PredictionsError:
        is_there = False
    if is_there:
        return f"The {split} predictions of this run cannot be read. {escape_markdown(str(error))}"
    if split == TEST and run.status.is_active:
        return "The test images are scored when training has ended."
    if split == TEST:
        return f"This run ({status_word(run.status)}) ended before the test images were scored."
    if store.validation_epochs(run.run_id):
        return f"The validation predictions after epoch {run.best_epoch}, the best one, are missing."
    return "This run has no validation predictions."


def _render_nothing(run: RunRecord) -> None:
    """Say why there are no predictions at all."""
    if run.status.is_active:
        text = "Results appear here when the first epoch of this run is finished."
        render_empty_state("No results yet", text, page="train", link="Watch the training", icon="hourglass_empty")
    elif run.status is RunStatus.FAILED:
        text = f"This run failed in its first epoch. {escape_markdown(run.error or '')}"
        render_empty_state("No results", text, page="train", link="Open the run", icon="error")
    else:
        text = (
            "This run ended before its first epoch was finished, or its predictions cannot be read. "
            "Resume it, or choose another run."
        )
        render_empty_state("No results", text, page="train", link="Open the run")
