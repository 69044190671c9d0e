"""How each network does with the collected digits: accuracy with its interval, and the digits it gets wrong."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.settings import data_folder
from dashboard.shared.answers.network import Answering, has_weights, labelled
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import leave_notice, show_notices
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.last_press import LastPress
from dashboard.state.session import per_tab
from dashboard.views.draw.choices import draw
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.joining import join_training
from mnist_core.data.collected.source import NAME
from mnist_core.data.collected.store import collection_file
from mnist_core.data.sources.known import SOURCES
from mnist_core.errors import DatasetError, MnistCoreError
from mnist_core.evaluation.intervals import LEVEL, wilson_interval
from mnist_core.evaluation.leakage import find_leakage
from mnist_core.shares import shown_level, shown_range, shown_share
from mnist_core.words import counted, listed

MAX_RUNS = 20
MAX_CAPTION = 8
COLUMNS = (
    Column(title="Network", is_text=True),
    Column(title="Accuracy"),
    Column(title=f"{shown_level(LEVEL)} interval", help="Wilson interval; the fewer digits, the wider it is."),
    Column(title="Wrong"),
    Column(title="Seen in training", help="Digits of the collection among the training or validation images of a run."),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Result:
    """What one network predicts for the collection.

    Attributes:
        predicted: int64 (N,).
        n_seen: how many of the digits were used in its training; None if that is not known.
    """

    network: Answering
    predicted: np.ndarray
    n_seen: int | None

    def wrong(self, found: Collection) -> np.ndarray:
        """Positions of the digits that it gets wrong."""
        return np.flatnonzero(self.predicted != found.labels)


def render_handwriting_scores(networks: Sequence[Answering]) -> None:
    """A line for each network; the digits that the open one gets wrong beside it."""
    show_notices()
    found = cached.collection()
    if not len(found):
        st.info("Nobody has written a digit yet. Open Collect to write the first ones.", icon=":material/draw:")
        return
    results = [result for network in _asked(networks) if (result := _result(network, found)) is not None]
    question, answer = question_and_answer(7, 4)
    with question:
        st.markdown(f"**{counted(len(found), 'digit')}** by {_writers(found)}, scored by each network.")
        opened = _opened(results)
        picked = number_table(
            COLUMNS,
            [_row(result, found) for result in results],
            key="draw.scores",
            label="Results on the collected digits",
            name="my handwriting scores",
            selected=(results.index(opened), 0),
        )
        if picked is not None:
            opened = results[picked[0]]
            draw.scored = opened.network.network_id
        _render_seen(results)
        _render_joining(found)
    title, is_open = escape_markdown(opened.network.title), draw.scored is not None
    with answer_panel(answer, name="draw", title=title, is_open=is_open, on_close=_close):
        if not is_open:
            st.markdown(f"**{title}**")
        _render_wrong(opened, found)


def _asked(networks: Sequence[Answering]) -> list[Answering]:
    """The networks that answer on this page, then the newest other runs."""
    known = {network.network_id for network in networks}
    runs = (run for run in cached.newest_runs() if has_weights(run) and run.run_id not in known)
    bundled = [] if any(network.run is None for network in networks) else [Answering(run=None)]
    return list(labelled([*networks, *bundled, *(Answering(run=run) for run in itertools.islice(runs, MAX_RUNS))]))


def _result(network: Answering, found: Collection) -> Result | None:
    of_data = cached.changed(collection_file(data_folder()))
    of_weights = None if network.run is None else network.run.best_epoch
    key = (str(data_folder()), of_data, network.network_id, of_weights)
    try:
        predicted = cached.kept("collected", *key, make=lambda: network.predict(found.images).argmax(axis=1))
    except MnistCoreError:
        return None
    return Result(network=network, predicted=predicted, n_seen=_n_seen(network, found, key))


def _n_seen(network: Answering, found: Collection, key: tuple[object, ...]) -> int | None:
    """How many digits a run was trained on or chosen by; those of the known data sets are of other hands."""
    run = network.run
    if run is None or run.config.dataset in SOURCES:
        return 0
    if run.is_foreign:
        return None
    try:
        own = cached.dataset(run.config.dataset)
    except DatasetError:
        return None
    # A collection that has grown since is still compared: which of its digits are for training is fixed.
    if run.config.dataset != NAME and (run.dataset is None or run.dataset.sha256 not in ("", own.sha256)):
        return None
    leak = cached.kept("collected leakage", *key, own.sha256, make=lambda: find_leakage(run.config, own, found.images))
    return leak.n_trained + leak.n_validated


def _row(result: Result, found: Collection) -> list[Number]:
    n_wrong = len(result.wrong(found))
    n = len(found)
    accuracy = 1 - n_wrong / n
    interval = wilson_interval(n - n_wrong, n)
    return [
        Number(text=result.network.title, opens=True, note=f"Digits that {result.network.title} gets wrong"),
        Number(text=shown_share(accuracy), share=accuracy),
        Number(text=shown_range(interval.low, interval.high)),
        Number(text=f"{n_wrong:,}"),
        Number(text="–" if result.n_seen is None else f"{result.n_seen:,}"),
    ]


def _opened(results: Sequence[Result]) -> Result:
    return next((result for result in results if result.network.network_id == draw.scored), results[0])


def _render_wrong(result: Result, found: Collection) -> None:
    wrong = result.wrong(found)
    if not len(wrong):
        st.success(f"All {len(found):,} digits are correct.")
        return
    names = result.network.class_names
    st.caption(f"{len(wrong):,} of {len(found):,} are wrong: the label that was asked for, then the predicted one.")
    digit_grid(
        found.images[wrong],
        [f"{found.labels[row]}→{_shortened(names[result.predicted[row]])}" for row in wrong],
        key=f"draw.wrong.{result.network.network_id}",
        label="Collected digits that are wrong",
        ids=found.ids[wrong],
        show_captions=True,
        notes=[f"{found.labels[row]} by {found.writers[row]}" for row in wrong],
        marks=[True] * len(wrong),
        cell=52,
    )


def _shortened(name: str) -> str:
    """A class name short enough for the line below a digit."""
    return name if len(name) <= MAX_CAPTION else f"{name[: MAX_CAPTION - 1]}…"


def _render_seen(results: Sequence[Result]) -> None:
    for result in results:
        if result.n_seen:
            st.warning(
                f"{escape_markdown(result.network.title)} has seen {result.n_seen:,} of these digits in its training: "
                "its accuracy here is no estimate for unseen handwriting.",
                icon=":material/visibility:",
            )


def _render_joining(found: Collection) -> None:
    n_train = int((~found.is_test).sum())
    base = cached.default_dataset()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Add {n_train:,} digits to the training images",
            key="draw.join",
            icon=":material/library_add:",
            on_click=_join,
            args=(base,),
            disabled=n_train == 0,
            help="Makes a new data set: all of the default one, with the training half of the collection added. Choose "
            "it on Design for the next run. The other half stays unseen.",
        )
    st.caption(
        f"Half of the collection is kept for tests. It is also a data set called {NAME}, on Explore and in Other data "
        "on Evaluate."
    )


@explain_errors()
def _join(base: str) -> None:
    found = cached.collection()

    def work() -> str:
        name = join_training(data_folder(), cached.dataset(base), found)
        cached.forget_datasets()
        return name

    name = per_tab("draw.joined", LastPress[str]).once((base, found.ids.tobytes(), found.labels.tobytes()), work)
    leave_notice(f"The data set {name} was made. Choose it on Design to train on it.")


def _writers(found: Collection) -> str:
    return listed([escape_markdown(name) for name in found.known_writers()])


def _close() -> None:
    draw.scored = None
