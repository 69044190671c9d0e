"""Knock-out: what it stores is what the network without the filter predicts, digit by digit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.evaluation.comparison import Outcome
from mnist_core.network.digest import weights_sha256
from mnist_core.probing.knock_out import knock_out
from mnist_core.probing.knock_out_result import KnockOut, MutedTo, knock_out_path, read_knock_out
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import N_FILTERS, damage, finished_run, slow_forward, softmax


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


@pytest.fixture
def run_id(store):
    return finished_run(store, epochs=1)


def stored(store: RunStore, run_id: str, muted_to: MutedTo = MutedTo.ZERO) -> KnockOut | None:
    return read_knock_out(store, store.get(run_id), weights_sha256(store.weights(run_id)), "conv_1", muted_to)


def test_every_prediction_is_that_of_the_network_without_the_filter(store, run_id) -> None:
    found = knock_out(store, run_id, "conv_1")
    data, weights = load_dataset("mnist-sample").test, store.weights(run_id)
    assert found.predicted.shape == (N_FILTERS, len(data))
    np.testing.assert_array_equal(found.rows, np.arange(len(data)))
    np.testing.assert_array_equal(found.labels, data.labels)
    for muted, row in ((0, 7), (3, 500), (2, 3)):
        changed = {name: array.copy() for name, array in weights.items()}
        changed["conv_1/kernel"][..., muted] = changed["conv_1/bias"][muted] = 0
        assert found.predicted[muted, row] == slow_forward(changed, data.images[row] / 255).argmax()
        assert found.clean[row] == slow_forward(weights, data.images[row] / 255).argmax()


def test_a_filter_at_its_mean_is_the_constant_that_its_map_has_on_average(store, run_id) -> None:
    found = knock_out(store, run_id, "conv_1", MutedTo.MEAN)
    data, weights = load_dataset("mnist-sample").test, store.weights(run_id)
    kernel, bias = weights["conv_1/kernel"], weights["conv_1/bias"]
    windows = np.lib.stride_tricks.sliding_window_view(data.images / np.float32(255), (3, 3), axis=(1, 2))
    maps = np.maximum(np.einsum("nrcij,ijf->nrcf", windows, kernel[:, :, 0]) + bias, 0)
    maps[..., 1] = maps[..., 1].mean()
    pooled = maps.reshape(len(maps), 13, 2, 13, 2, N_FILTERS).max(axis=(2, 4)).reshape(len(maps), -1)
    expected = softmax(pooled @ weights["output/kernel"] + weights["output/bias"])
    top = np.sort(expected, axis=1)
    is_clear = top[:, -1] - top[:, -2] > 1e-4
    np.testing.assert_array_equal(found.predicted[1][is_clear], expected.argmax(axis=1)[is_clear])


def test_counts_and_matrices_are_those_of_scikit_learn(store, run_id) -> None:
    found = knock_out(store, run_id, "conv_1")
    for muted in range(N_FILTERS):
        now = found.predicted[muted]
        change = accuracy_score(found.labels, now) - accuracy_score(found.labels, found.clean)
        assert found.changes[muted] == pytest.approx(change)
        matrices = [confusion_matrix(found.labels, predicted, labels=range(10)) for predicted in (now, found.clean)]
        np.testing.assert_array_equal(found.matrix_change(muted), matrices[0] - matrices[1])
        broken = [
            row
            for row, (true, before, after) in enumerate(zip(found.labels, found.clean, now, strict=True))
            if before == true != after
        ]
        comparison = found.comparison(muted)
        assert comparison.rows(Outcome.BROKEN).tolist() == broken
        assert (found.broken[muted], found.fixed[muted]) == (len(broken), comparison.counts[Outcome.FIXED])
        low, high = comparison.difference_interval
        assert low <= change <= high
    assert sorted(found.order) == list(range(N_FILTERS))
    assert (np.diff(found.changes[found.order]) >= 0).all()


def test_it_is_stored_by_its_weights_and_not_computed_again(store, run_id) -> None:
    told: list[float] = []
    first = knock_out(store, run_id, "conv_1", tell=lambda share, note: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1
    told.clear()
    again = knock_out(store, run_id, "conv_1", tell=lambda share, note: told.append(share))
    assert told == []
    np.testing.assert_array_equal(again.predicted, first.predicted)
    run = store.get(run_id)
    assert read_knock_out(store, run, "0" * 64, "conv_1", MutedTo.ZERO) is None
    assert stored(store, run_id, MutedTo.MEAN) is None


def test_what_is_done_when_it_is_cancelled_is_kept_and_not_done_again(store, run_id, monkeypatch) -> None:
    monkeypatch.setattr("mnist_core.probing.knock_out.STORE_SECONDS", 0.0)

    def stop(share: float, note: str) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        knock_out(store, run_id, "conv_1", tell=stop)
    partial = stored(store, run_id)
    assert partial is not None
    assert not partial.is_complete
    assert 0 < len(partial.rows) < partial.n_digits
    assert (np.diff(partial.rows) > 0).all()
    told: list[float] = []
    found = knock_out(store, run_id, "conv_1", tell=lambda share, note: told.append(share))
    assert min(told) > 0.4
    whole = knock_out(store, finished_run(store, epochs=1), "conv_1")  # in one go, the same network
    np.testing.assert_array_equal(found.predicted, whole.predicted)
    np.testing.assert_array_equal(partial.predicted, whole.predicted[:, partial.rows])


def test_a_damaged_result_is_computed_again(store, run_id) -> None:
    knock_out(store, run_id, "conv_1")
    digest = weights_sha256(store.weights(run_id))
    damage(knock_out_path(store, store.get(run_id), digest, "conv_1", MutedTo.ZERO))
    assert stored(store, run_id) is None
    assert knock_out(store, run_id, "conv_1").is_complete


@pytest.mark.parametrize("layer", ["output", "max_pool_1", "../../x", ""])
def test_a_layer_that_cannot_be_muted_is_refused(store, run_id, layer: str) -> None:
    with pytest.raises(ConfigError, match="conv_1"):
        knock_out(store, run_id, layer)


def test_runs_that_cannot_be_predicted_with_are_refused(store, run_id) -> None:
    with pytest.raises(RunError, match="first epoch"):
        knock_out(store, store.create(config_from_recipe("two-conv", dataset="mnist-sample")), "conv_1")
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    with np.load(best) as arrays:
        changed = {name: arrays[name].copy() for name in arrays.files}
    changed["weight:conv_1|kernel"][0, 0, 0, 0] = np.nan
    with best.open("wb") as file:
        np.savez(file, **changed)
    with pytest.raises(RunError, match="not numbers"):
        knock_out(store, run_id, "conv_1")
