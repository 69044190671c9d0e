"""The bar above the views of every page, and what is chosen in it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.shared.context.digit_box import place_digit_box
from dashboard.shared.context.no_run import show_no_run
from dashboard.shared.dataset_labels import dataset_labels
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.runs.change import begin_with
from dashboard.shared.runs.current_dataset import current_dataset
from dashboard.shared.runs.names import dataset_title
from dashboard.shared.runs.picker import listed_runs, render_compared_box, render_run_box
from dashboard.shared.runs.readable import has_predictions
from dashboard.state.current import CurrentChoices, JudgedSplit, current
from dashboard.state.session import widget_key
from dashboard.state.url_values import UrlValue
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName
from mnist_core.runs.record import RunRecord

HIDDEN = "position: absolute; width: 1px; height: 1px; margin: 0; padding: 0; overflow: hidden; opacity: 0"
"""The style of what only screen readers need. It is part of the element, so that it holds from the first moment."""
DATA_WIDTH, SPLIT_WIDTH, CHECKPOINT_WIDTH = 140, 115, 138
TEST, VALIDATION = JudgedSplit.TEST, JudgedSplit.VALIDATION
NO_SPLIT = "–"
JUDGED_WORDS = {TEST: "Test", VALIDATION: "Validation"}
BROWSED_WORDS = {SplitName.TRAIN: "Training", SplitName.TEST: "Test"}
JUDGED_HELP = (
    "Test images are scored once, when training has ended; no choice is based on them: report these results. "
    "Validation images are used to choose the best epoch: slightly optimistic results, but for every epoch."
)
BROWSED_HELP = "Networks are trained on the training images; the test images are scored when training has ended."
CHECKPOINT_HELP = "Test images are scored with the best checkpoint only; validation images after every epoch."


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a page is to show.

    Attributes:
        run: None if none is chosen, or if the chosen one does not exist.
        compared: another run on the same images.
    """

    run: RunRecord | None
    compared: RunRecord | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uses:
    """Which parts of the bar change what a page shows. The others are shown as well, but cannot be changed there.

    Attributes:
        is_about_data: the page is about the data set itself: it can be chosen, and a run is optional.
        split: the choice of the split, if the page has one.
        shown_split: the split that a page without that choice shows; None if it shows none.
        resets: choices that are meaningless for another split.
        is_by_epoch: the page has a choice of the epoch of its own.
        needs_results: without a choice, only a run that has results is taken.
        leads_to_runs: the page is the way to a first run: until there is one, the bar holds nothing, and a phone has no
            room for that.
    """

    is_about_data: bool = False
    split: UrlValue[Any] | None = None
    shown_split: JudgedSplit | None = None
    compared: bool = False
    checkpoint: bool = False
    is_by_epoch: bool = False
    digit: bool = False
    needs_results: bool = True
    leads_to_runs: bool = False
    resets: Sequence[UrlValue[Any]] = ()


def render_context_bar(title: str, uses: Uses) -> Context:
    """The title of the page, for those who cannot see which page is marked above, and the bar."""
    st.html(f"<h1 style='{HIDDEN}'>{html.escape(title)}</h1>")
    runs = listed_runs()
    is_empty = uses.leads_to_runs and not runs
    if is_empty:
        current.run = None  # a link may name a run that was deleted, or is on another machine
    if current.run is None and not uses.is_about_data:
        begin_with(newest(runs, needs_results=uses.needs_results))
    place = st.container(key="context_without_runs") if is_empty else nullcontext()
    with place, st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="context"):
        run = render_run_box(runs, is_optional=uses.is_about_data)
        compared = render_compared_box(run, is_used=uses.compared)
        _render_data_box(run, uses)
        _render_split_box(run, uses)
        _render_checkpoint_box(run, uses)
        place_digit_box(run, compared, is_used=uses.digit)
    if run is None and current.run is not None:
        st.warning(f"There is no run {escape_markdown(current.run)} on this machine. Choose another one.")
    show_no_run(current.run)
    return Context(run=run, compared=compared)


def newest(runs: Mapping[str, RunRecord], *, needs_results: bool) -> str | None:
    """The newest run; if there are some with results, or some that no search has made, one of these."""
    scored = [run_id for run_id, run in runs.items() if run.summary.epochs_done > 0 or not needs_results]
    own = (run_id for run_id in scored if not runs[run_id].is_trial)
    return next(own, next(iter(scored), next(iter(runs), None)))


def _render_data_box(run: RunRecord | None, uses: Uses) -> None:
    if uses.is_about_data:
        default = current_dataset()
        labels = dataset_labels(default)
        linked_select(
            "Data set",
            tuple(labels),
            choice=CurrentChoices.data,
            default=default,
            words=labels.__getitem__,
            width=DATA_WIDTH,
        )
        return
    name = run.config.dataset if run is not None else current_dataset()
    _render_fixed("Data set", dataset_title(name), DATA_WIDTH)


def _render_split_box(run: RunRecord | None, uses: Uses) -> None:
    if uses.split is None:
        is_browsed = uses.is_about_data
        judged = JUDGED_WORDS[uses.shown_split] if uses.shown_split is not None else NO_SPLIT
        words = BROWSED_WORDS[current.browsed_split] if is_browsed else judged
        _render_fixed("Split", words, SPLIT_WIDTH)
        return
    is_browsed = uses.split is CurrentChoices.browsed_split
    options: Mapping[Any, str] = BROWSED_WORDS if is_browsed else _judged_words(run)
    linked_select(
        "Split",
        tuple(options),
        choice=uses.split,
        default=None if uses.split.get() in options else next(iter(options)),
        words=options.__getitem__,
        resets=(*uses.resets, CurrentChoices.epoch),
        width=SPLIT_WIDTH,
        disabled=run is None and not is_browsed,
        help=BROWSED_HELP if is_browsed else JUDGED_HELP,
    )


def _judged_words(run: RunRecord | None) -> Mapping[JudgedSplit, str]:
    """The splits to choose from: only the other one, where the chosen one cannot be read and that is shown instead."""
    wanted = current.judged_split
    other = VALIDATION if wanted is TEST else TEST
    if run is None or has_predictions(run, wanted) or not has_predictions(run, other):
        return JUDGED_WORDS
    return {other: JUDGED_WORDS[other]}


def _render_checkpoint_box(run: RunRecord | None, uses: Uses) -> None:
    best = run.best_epoch if run is not None else None
    words = f"Best: epoch {best}" if best is not None else "Best"
    if uses.is_by_epoch:
        _render_fixed("Checkpoint", "By epoch", CHECKPOINT_WIDTH, "The slider below chooses the epoch.")
        return
    is_by_epoch = uses.checkpoint and uses.split is CurrentChoices.judged_split and current.judged_split is VALIDATION
    epochs = cached.run_store().validation_epochs(run.run_id) if run is not None and is_by_epoch else ()
    if not epochs:
        _render_fixed("Checkpoint", words, CHECKPOINT_WIDTH, CHECKPOINT_HELP if uses.checkpoint else "")
        return
    linked_select(
        "Checkpoint",
        (None, *epochs),
        choice=CurrentChoices.epoch,
        words=lambda epoch: words if epoch is None else f"Epoch {epoch}",
        width=CHECKPOINT_WIDTH,
        help="The epoch after which the predictions were made. The best one has the highest validation accuracy, "
        "unless the design keeps the weights of the last one.",
    )


def _render_fixed(label: str, words: str, width: int, help: str = "") -> None:
    """A part of the context that cannot be chosen on this page."""
    key = widget_key(f"context.{label.lower()}.fixed", words)
    st.selectbox(label, (words,), key=key, disabled=True, width=width, help=help or None)
