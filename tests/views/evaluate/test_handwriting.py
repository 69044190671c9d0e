"""Weak groups stand with the figures of the half that had no part in finding them."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.measures.stored import compute_measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.evaluation.weak_slices import weak_slices
from mnist_core.runs.store import RunStore
from tests.pages.evaluated_runs import newest, stored
from tests.pages.finding import component, has_component
from tests.pages.opening import OpenPage


@pytest.fixture
def weak_run(store: RunStore) -> str:
    """A run that misreads most thick 8s, and others now and then."""
    run_id = newest(store)
    measures = compute_measures(load_dataset("mnist-sample")).test.to_frame()
    true = stored(store, run_id)
    thick = (measures["stroke_width"] > measures["stroke_width"].median()).to_numpy()
    chance = np.where((true.labels == 8) & thick, 0.8, 0.03)
    wrong = np.random.default_rng(3).random(len(true)) < chance
    probabilities = np.eye(10, dtype=np.float32)[(true.labels + wrong) % 10]
    save_predictions(
        store.predictions_path(run_id, "test"),
        Predictions(index=true.index, labels=true.labels, probabilities=probabilities),
    )
    return run_id


def test_only_confirmed_groups_are_called_weak_the_worst_first(
    open_page_at_rest: OpenPage, store: RunStore, weak_run: str
) -> None:
    groups = weak_slices(stored(store, weak_run), compute_measures(load_dataset("mnist-sample")).test.to_frame())
    confirmed = [group for group in groups if group.is_confirmed]
    assert len(confirmed) > 0
    app = open_page_at_rest("evaluate", view="handwriting")
    table = component(app, "evaluate.groups")["rows"]
    assert len(table) == len(confirmed)
    excesses = []
    for row, group in zip(table, confirmed, strict=True):
        other = group.confirmation
        rate, elsewhere = other.n_wrong / other.n, other.n_wrong_elsewhere / other.n_elsewhere
        assert row[0][0].lower() == group.name.lower()
        low, high = other.interval
        assert [f"{share:.2%}" in row[1][0] for share in (rate, low, high)] == [True, True, True]
        assert row[2][0] == f"{100 * (rate - elsewhere):+.2f} points"
        excesses.append(rate - elsewhere)
    assert excesses == sorted(excesses, reverse=True)
    doubtful = [group for group in groups if not group.is_confirmed and group.is_worse]
    folded = component(app, "evaluate.doubtful")["rows"] if doubtful else []
    assert [row[0][0].lower() for row in folded] == [group.name.lower() for group in doubtful]


def test_a_group_that_is_not_worse_is_in_no_list(open_page_at_rest: OpenPage, store: RunStore) -> None:
    """Mistakes at random: the search finds groups on its half, and on the other half they are like the rest."""
    run_id = newest(store)
    true, measures = stored(store, run_id), compute_measures(load_dataset("mnist-sample")).test.to_frame()
    for seed in range(20):
        wrong = np.random.default_rng(seed).random(len(true)) < 0.06
        predictions = Predictions(
            index=true.index,
            labels=true.labels,
            probabilities=np.eye(10, dtype=np.float32)[(true.labels + wrong) % 10],
        )
        groups = weak_slices(predictions, measures)
        if groups and not all(group.is_worse for group in groups):
            break
    save_predictions(store.predictions_path(run_id, "test"), predictions)
    app = open_page_at_rest("evaluate", view="handwriting", group=str(len(groups) - 1))
    keys = [key for key in ("evaluate.groups", "evaluate.doubtful") if has_component(app, key)]
    shown = [row[0][0].lower() for key in keys for row in component(app, key)["rows"]]
    assert sorted(shown) == sorted(group.name.lower() for group in groups if group.is_worse)
    assert not has_component(app, "evaluate.digits")  # a link to it opens nothing


def test_a_bin_of_the_calibration_opens_no_bin_of_a_measure(open_page_at_rest: OpenPage, store: RunStore) -> None:
    assert has_component(open_page_at_rest("evaluate", view="calibration", bin="14"), "evaluate.digits")
    assert not has_component(open_page_at_rest("evaluate", view="handwriting", bin="14"), "evaluate.digits")
    assert has_component(open_page_at_rest("evaluate", view="handwriting", measure_bin="3"), "evaluate.digits")
