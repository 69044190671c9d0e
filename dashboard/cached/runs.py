"""Runs: the store, and what each run has stored."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import settings
from dashboard.cached.data import dataset
from dashboard.cached.keeping import changed
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DatasetError

if TYPE_CHECKING:  # these load pandas and scikit-learn, which the first page does without
    import numpy as np

    from mnist_core.designs.library import Library
    from mnist_core.evaluation.predictions import Predictions
    from mnist_core.hints.hint import Hint
    from mnist_core.network.filters import FilterBank
    from mnist_core.pricing.past_runs import EarlierTime
    from mnist_core.runs.query import Condition
    from mnist_core.runs.record import RunRecord
    from mnist_core.runs.store import RunStore
    from mnist_core.training.progress import EpochMetrics


MAX_NETWORKS = 8
"""Runs whose weights are in memory: as many as answer side by side on Draw, and some that other tabs look at."""
MAX_STORES = 256
"""Those of a large class; one that is not looked at costs next to nothing."""
MAX_LISTED = 200
"""Longer lists are of no use on screen: the page Runs shows all runs, and opens each of them on the other pages."""


def run_store() -> RunStore:
    """The runs of this machine; in a class, of whoever is looked at."""
    return run_store_in(settings.runs_folder())


def run_store_in(folder: Path) -> RunStore:
    """The runs in a folder; one store, and so one index, for all reruns."""
    return _run_store(str(folder))


def deleted_runs() -> RunStore:
    """The runs in the bin."""
    from mnist_core.runs.bin import bin_of

    return run_store_in(bin_of(run_store()).root)


def newest_runs(*conditions: Condition) -> Iterator[RunRecord]:
    """The runs to choose from, the newest first: those that are not archived, and fulfil the conditions."""
    from mnist_core.runs.query import RunQuery, equal

    return run_store().find(RunQuery(conditions=(*conditions, equal("archived", 0)), limit=MAX_LISTED))


def runs_on(dataset: Dataset) -> Mapping[str, RunRecord]:
    """The runs of exactly this data set by id, the newest first; at most three seconds old."""
    return _runs_on(str(settings.runs_folder()), dataset.sha256)


def recipe_results() -> Mapping[str, RunRecord]:
    """The best finished run of each recipe; at most five seconds old."""
    return _recipe_results(str(settings.runs_folder()))


def recipe_times(dataset: str) -> Mapping[str, EarlierTime]:
    """How long the recipes took that were trained on a data set, by name; at most five seconds old."""
    return _recipe_times(str(settings.runs_folder()), dataset)


def saved_designs() -> Library:
    """The designs that were saved by name."""
    from mnist_core.designs.library import Library, library_folder

    return Library(library_folder(settings.runs_folder()))


def predictions(run_id: str, split: str = "test", epoch: int | None = None) -> Predictions:
    """Stored predictions of a run: of the `test` split, or `validation` after `epoch` (None: the best epoch).

    Raises:
        RunError: there is no such run.
        PredictionsError: they do not exist (yet), or are damaged.
    """
    path = run_store().predictions_path(run_id, split, epoch)
    return _predictions(str(path), changed(path))


def history(run_id: str) -> tuple[EpochMetrics, ...]:
    """Metrics of every finished epoch of a run."""
    store = run_store()
    return _history(str(store.root), run_id, changed(store.folder(run_id) / "events.jsonl"))


def weights(run_id: str, which: str = "best") -> Mapping[str, np.ndarray]:
    """Weights of a run by name, of its `best` or `last` checkpoint, read-only."""
    store = run_store()
    return _weights(str(store.root), run_id, which, changed(store.folder(run_id) / "checkpoints" / f"{which}.npz"))


def epoch_weights(run_id: str, epoch: int) -> Mapping[str, np.ndarray]:
    """Weights of a run by name after an epoch, read-only, where they are kept.

    Raises:
        RunError: they are not kept (any more), or damaged.
    """
    store = run_store()
    return _epoch_weights(str(store.root), run_id, epoch, changed(store.epoch_weights_path(run_id, epoch)))


def filter_banks(run_id: str) -> tuple[FilterBank, ...]:
    """The filters of every convolution of a run's best checkpoint, with their statistics."""
    store = run_store()
    return _filter_banks(str(store.root), run_id, changed(store.folder(run_id) / "checkpoints" / "best.npz"))


def hints(run_id: str) -> tuple[Hint, ...]:
    """Hints from the curves of a run that has ended."""
    store = run_store()
    return _hints(str(store.root), run_id, changed(store.folder(run_id) / "events.jsonl"))


@st.cache_resource(max_entries=MAX_STORES, show_spinner=False)
def _run_store(folder: str) -> RunStore:
    from mnist_core.runs.store import RunStore

    return RunStore(Path(folder))


@st.cache_resource(max_entries=8, ttl=3, show_spinner=False)
def _runs_on(folder: str, sha256: str) -> Mapping[str, RunRecord]:
    from mnist_core.runs.query import RunQuery, equal

    query = RunQuery(conditions=(equal("sha256", sha256),), limit=MAX_LISTED)
    return {run.run_id: run for run in _run_store(folder).find(query)}


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _recipe_results(folder: str) -> Mapping[str, RunRecord]:
    from mnist_core.runs.best_runs import best_run_of_each_recipe, recipe_candidates

    return best_run_of_each_recipe(recipe_candidates(_run_store(folder)))


@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _recipe_times(folder: str, dataset: str) -> Mapping[str, EarlierTime]:
    from mnist_core.models.recipes import RECIPES
    from mnist_core.pricing.past_runs import past_time
    from mnist_core.training.config import config_from_recipe

    store = _run_store(folder)
    times = {name: past_time(store, config_from_recipe(name, dataset=dataset)) for name in RECIPES}
    return {name: time for name, time in times.items() if time is not None}


@st.cache_resource(max_entries=64, show_spinner=False)
def _predictions(path: str, time_of_change: tuple[int, int]) -> Predictions:
    from mnist_core.evaluation.predictions import load_predictions

    return load_predictions(Path(path))


@st.cache_resource(max_entries=512, show_spinner=False)  # the page Runs draws a curve in each row
def _history(folder: str, run_id: str, time_of_change: tuple[int, int]) -> tuple[EpochMetrics, ...]:
    return _run_store(folder).history(run_id)


@st.cache_resource(max_entries=MAX_NETWORKS, show_spinner=False)
def _weights(folder: str, run_id: str, which: str, time_of_change: tuple[int, int]) -> Mapping[str, np.ndarray]:
    found = _run_store(folder).weights(run_id, which)
    for array in found.values():
        array.setflags(write=False)
    return found


@st.cache_resource(max_entries=80, show_spinner=False)  # the epochs of a film: 1 MB each for a usual network
def _epoch_weights(folder: str, run_id: str, epoch: int, time_of_change: tuple[int, int]) -> Mapping[str, np.ndarray]:
    return _run_store(folder).epoch_weights(run_id, epoch)


@st.cache_resource(max_entries=4, show_spinner=False)
def _filter_banks(folder: str, run_id: str, time_of_change: tuple[int, int]) -> tuple[FilterBank, ...]:
    from mnist_core.network.filters import filter_banks

    weights = _weights(folder, run_id, "best", time_of_change)
    return filter_banks(_run_store(folder).get(run_id).config.architecture, weights)


@st.cache_resource(max_entries=64, show_spinner=False)
def _hints(folder: str, run_id: str, time_of_change: tuple[int, int]) -> tuple[Hint, ...]:
    from mnist_core.hints.evidence import collect_evidence
    from mnist_core.hints.rules import hints
    from mnist_core.runs.predicted_images import may_be_of

    store = _run_store(folder)
    run = store.get(run_id)
    digits: Dataset | None = None
    with contextlib.suppress(DatasetError):
        digits = dataset(run.config.dataset)
    return hints(collect_evidence(store, run, digits if digits is not None and may_be_of(run, digits) else None))
