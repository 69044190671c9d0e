"""Linear probes against scikit-learn on the activations of Keras."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import RunError
from mnist_core.network.digest import weights_sha256
from mnist_core.probing import probes
from mnist_core.probing.probes import measure_probes, probe_predictions, probes_path, read_probes, training_rows
from mnist_core.runs.store import RunStore
from tests.finished_runs import SMALL, damage, finished_run


@pytest.fixture
def store(runs_folder, sample_only, monkeypatch):
    monkeypatch.setattr(probes, "N_TRAINING", 300)
    monkeypatch.setattr(probes, "digit_rows", lambda dataset: np.arange(0, len(dataset.test), 5))
    return RunStore(runs_folder)


def by_hand(training: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    scaler = StandardScaler().fit(training)
    model = LogisticRegression(C=0.01, max_iter=1000).fit(scaler.transform(training), labels)
    return model.predict(scaler.transform(test))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_probes_are_those_of_scikit_learn_on_the_activations_of_keras(store) -> None:
    keras = pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    run_id = finished_run(store, epochs=1)
    found = measure_probes(store, run_id)
    assert found.layers == ("pixels", "conv_1", "max_pool_1", "output")
    data, weights, model = load_dataset("mnist-sample"), store.weights(run_id), build_model(SMALL)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])
    rows = training_rows(store.get(run_id), data)
    assert len(rows) == found.n_training == 300
    images = np.concatenate([data.train.images[rows], data.test.images[found.rows]]).astype(np.float32)[..., None] / 255
    layers = keras.Model(model.inputs, [model.get_layer(name).output for name in ("conv_1", "max_pool_1", "output")])
    conv, pooled, probabilities = (np.asarray(part) for part in layers([images]))
    # 26 x 26 x 4 and so on are too wide: averages over 16 x 16 parts, the edges at i * 26 // 16.
    spans = [slice(i * 26 // 16, (i + 1) * 26 // 16) for i in range(16)]
    squares = [conv[:, i, j].mean(axis=(1, 2)) for i in spans for j in spans]
    vectors = {
        "pixels": images.reshape(len(images), -1),
        "conv_1": np.stack(squares, axis=1).reshape(len(images), -1),
        "max_pool_1": pooled.reshape(len(images), -1),
        "output": np.log(probabilities),
    }
    for layer, both in vectors.items():
        expected = by_hand(both[:300], data.train.labels[rows], both[300:])
        at = found.layers.index(layer)
        assert (found.predicted[at] == expected).mean() > 0.985, layer  # what rounding and fewer iterations change
        assert found.accuracy(layer) == pytest.approx((expected == found.labels).mean(), abs=0.01)
        low, high = found.interval(layer)
        assert low < found.accuracy(layer) < high
    np.testing.assert_array_equal(found.network, probabilities[300:].argmax(axis=1))


def test_probes_are_stored_layer_by_layer_and_not_trained_again(store) -> None:
    run_id = finished_run(store, epochs=1)
    digest, run = weights_sha256(store.weights(run_id)), store.get(run_id)

    def stop(share: float, note: str) -> None:
        if note == "max_pool_1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_probes(store, run_id, tell=stop)
    partial = read_probes(store, run, digest)
    assert partial is not None
    assert partial.layers == ("pixels", "conv_1")
    notes: list[str] = []
    found = measure_probes(store, run_id, tell=lambda share, note: notes.append(note))
    assert "conv_1" not in notes
    np.testing.assert_array_equal(found.predicted[:2], partial.predicted)
    notes.clear()
    measure_probes(store, run_id, tell=lambda share, note: notes.append(note))
    assert notes == []
    assert read_probes(store, run, "0" * 64) is None
    damage(probes_path(store, run, digest))
    assert read_probes(store, run, digest) is None


def test_the_probes_never_see_validation_images(store) -> None:
    run_id = finished_run(store, epochs=1)
    run = store.get(run_id)
    rows = training_rows(run, load_dataset("mnist-sample"))
    assert not np.isin(rows, store.predictions(run_id, "validation", 1).index).any()


def test_digits_of_one_class_only_are_all_predicted_as_that_class() -> None:
    vectors = np.random.default_rng(0).random((30, 5)).astype(np.float32)
    assert probe_predictions(vectors, np.full(30, 7, np.uint8), vectors[:4]).tolist() == [7] * 4


def test_a_run_without_weights_is_refused(store) -> None:
    from mnist_core.training.config import config_from_recipe

    with pytest.raises(RunError, match="first epoch"):
        measure_probes(store, store.create(config_from_recipe("two-conv", dataset="mnist-sample")))
