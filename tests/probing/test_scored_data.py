from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import DatasetNotFoundError, PredictionsError, RunError
from mnist_core.evaluation.predictions import load_predictions
from mnist_core.probing.scored_data import score_data, scored_data, scored_path
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage, finished_run, slow_forward


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


def test_scores_are_kept_with_the_run_and_found_again(store):
    run_id = finished_run(store, epochs=1)
    told: list[float] = []
    found = score_data(store, run_id, "optical-digits", tell=lambda share, note: told.append(share))
    data = load_dataset("optical-digits")
    assert (found.title, found.sha256, found.images) == (data.title, data.sha256, len(data.test))
    assert told[-1] == 1
    told.clear()
    assert score_data(store, run_id, "optical-digits", tell=lambda share, note: told.append(share)) == found
    assert told == []
    assert scored_data(store, store.get(run_id)) == (found,)


def test_the_stored_predictions_are_those_of_the_network(store):
    run_id = finished_run(store, epochs=1)
    found = score_data(store, run_id, "optical-digits")
    predictions = load_predictions(scored_path(store, run_id, found))
    test = load_dataset("optical-digits").test
    answer = slow_forward(store.weights(run_id), test.images[5] / 255)
    np.testing.assert_allclose(predictions.probabilities[5], answer, atol=1e-5)
    np.testing.assert_array_equal(predictions.labels, test.labels)
    assert found.accuracy == pytest.approx((predictions.probabilities.argmax(axis=1) == test.labels).mean())


def test_scores_of_other_weights_are_not_listed(store):
    run_id = finished_run(store, epochs=1)
    score_data(store, run_id, "optical-digits")
    store.update(run_id, lambda document: document["summary"].update(best_epoch=7))
    assert scored_data(store, store.get(run_id)) == ()


def test_damage_costs_only_what_is_damaged(store):
    run_id = finished_run(store, epochs=1)
    found = score_data(store, run_id, "optical-digits")
    folder = store.folder(run_id) / "scored"
    (folder / "0000000000000000-test-epoch-001.json").write_text("{")
    (folder / "1111111111111111-test-epoch-001.json").write_text('{"dataset": "x"}')
    assert scored_data(store, store.get(run_id)) == (found,)
    damage(scored_path(store, run_id, found))
    with pytest.raises(PredictionsError):
        load_predictions(scored_path(store, run_id, found))


def test_what_cannot_be_scored_is_reported(store):
    with pytest.raises(DatasetNotFoundError):
        score_data(store, finished_run(store, epochs=1), "gone")
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(RunError, match="no weights yet"):
        score_data(store, waiting, "optical-digits")
