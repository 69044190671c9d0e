"""Models from elsewhere that are accepted: their stored predictions are those that Keras gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.cli import main
from mnist_core.data.scaling import Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.export.capsule.writing import write_capsule
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.store import RunStore
from tests.export.incoming.keras_files import (
    conv,
    dense,
    flatten,
    hdf5,
    input_layer,
    keras_file,
    plain_weights,
    pool,
    sequential,
)
from tests.export.random_runs import random_run
from tests.finished_runs import finished_run, slow_forward
from tests.network.every_step import NETWORKS
from tests.thorough import some_of

FILTERS = 4


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


def imported(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, Any]:
    assert main(["import", str(path), "--dataset", "mnist-sample", *options, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_a_model_becomes_a_run_that_is_scored(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written by hand, and computed pixel by pixel."""
    config = sequential(input_layer(), conv(filters=FILTERS), pool(), flatten(), dense())
    path, weights = keras_file(tmp_path / "mine.keras", config, hdf5(plain_weights(FILTERS))), plain_weights(FILTERS)
    document = imported(capsys, path, "--name", "Mine", "--pixels", "unit")
    run = store.get(document["run_id"])
    assert (run.title, run.status, run.config.scaling) == ("Mine", "completed", "unit")
    test, stored = load_dataset("mnist-sample").test, store.predictions(run.run_id)
    named = {
        "conv_1/kernel": weights["layers/conv2d/vars/0"], "conv_1/bias": weights["layers/conv2d/vars/1"],
        "output/kernel": weights["layers/dense/vars/0"], "output/bias": weights["layers/dense/vars/1"],
    }  # fmt: skip
    for row in (0, 7):
        expected = slow_forward(named, test.images[row] / 255)
        np.testing.assert_allclose(stored.probabilities[row], expected, atol=1e-5)
    assert run.summary.test_accuracy == pytest.approx(stored.accuracy)
    assert run.summary.parameters == sum(value.size for value in weights.values())
    assert "mine.keras" in run.note


def test_a_capsule_is_imported_by_the_same_command(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = finished_run(store)
    path = write_capsule(store, run_id, tmp_path)
    document = imported(capsys, path)
    assert document["run_id"] != run_id
    assert store.get(document["run_id"]).summary == store.get(run_id).summary
    assert document["imported"]["run_id"] == run_id


SCALES = {"unit": (0, 255), "pixels": (0, 1), "signed": (127.5, 127.5), "standardised": None}
"""Mean and standard deviation of the pixels by what a model expects: None for those of all training pixels."""


def network_on(scale: str, store: RunStore, *, sureness: float = 1.0) -> bytes:
    """A finished network of `FILTERS` filters, rewritten so that it expects pixels of another scale.

    Its answers to the same digits stay: a pixel p is s * std + mean of its scaled value s. Less sure: with all its
    logits smaller, as after a training that was too short.
    """
    weights = store.weights(finished_run(store, seed=1))
    pixels = load_dataset("mnist-sample").train.images.astype(float)
    mean, std = SCALES[scale] or (pixels.mean(), pixels.std())
    kernel, bias = weights["conv_1/kernel"].astype(float) / 255, weights["conv_1/bias"].astype(float)
    named = {
        "layers/conv2d/vars/0": kernel * std, "layers/conv2d/vars/1": bias + kernel.sum(axis=(0, 1, 2)) * mean,
        "layers/dense/vars/0": weights["output/kernel"] * sureness,
        "layers/dense/vars/1": weights["output/bias"] * sureness,
    }  # fmt: skip
    return hdf5({path: value.astype(np.float32) for path, value in named.items()})


def small_model(path: Path, weights: bytes) -> Path:
    return keras_file(path, sequential(input_layer(), conv(filters=FILTERS), pool(), flatten(), dense()), weights)


@pytest.mark.parametrize("sureness", some_of([1.0, 0.15], always=[0.15]))
@pytest.mark.parametrize("expected", some_of(SCALES, always=list(SCALES)[:2]))
def test_the_scaling_that_a_model_expects_is_found_however_sure_it_is(
    expected: str, sureness: float, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small_model(tmp_path / "m.keras", network_on(expected, store, sureness=sureness))
    found, chosen = imported(capsys, path), imported(capsys, path, "--pixels", expected)
    assert found["scaler"] == chosen["scaler"]
    assert found["summary"]["test_loss"] == chosen["summary"]["test_loss"]
    assert found["summary"]["test_accuracy"] > 0.85
    assert len(found["notes"]) == len(chosen["notes"]) == 1
    assert "training digits" in found["notes"][0]
    assert "as chosen" in chosen["notes"][0]


def test_a_model_that_knows_no_digit_is_stored_on_request_and_says_so(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small_model(tmp_path / "m.keras", hdf5(plain_weights(FILTERS)))
    document = imported(capsys, path, "--pixels", "unit")
    assert document["summary"]["test_accuracy"] < 0.2
    assert "guessing" in document["notes"][-1]
    assert "guessing" in store.get(document["run_id"]).note


@pytest.mark.parametrize("scaling", list(Scaling))
def test_weights_are_scored_with_the_scaling_of_their_configuration(
    scaling: Scaling, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = random_run(store, Architecture(layers=(Flatten(),)), scaling)
    weights, config = store.weights(run_id), tmp_path / "config.json"
    arrays = {"layers/dense/vars/0": weights["output/kernel"], "layers/dense/vars/1": weights["output/bias"]}
    (tmp_path / "a.weights.h5").write_bytes(hdf5(arrays))
    config.write_text(json.dumps(store.get(run_id).config.to_dict()))
    document = imported(capsys, tmp_path / "a.weights.h5", "--config", str(config))
    assert document["config"]["scaling"] == scaling
    found, stored = store.predictions(document["run_id"]), store.predictions(run_id)
    tolerance = 0.02 if scaling is Scaling.STANDARDISED else 1e-6  # the random run is scaled by all training images
    np.testing.assert_allclose(found.probabilities[: len(stored)], stored.probabilities, atol=tolerance)


@pytest.mark.thorough
def test_weights_need_the_network_they_belong_to(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, config = tmp_path / "a.weights.h5", tmp_path / "config.json"
    path.write_bytes(hdf5(plain_weights(FILTERS)))
    assert main(["import", str(path), "--dataset", "mnist-sample"]) == 2
    assert main(["import", str(path), "--dataset", "mnist-sample", "--recipe", "two-conv"]) == 2
    config.write_text(json.dumps(store.get(finished_run(store)).config.to_dict()))
    document = imported(capsys, path, "--config", str(config))
    assert store.weights(document["run_id"])["conv_1/kernel"].shape == (3, 3, 1, FILTERS)


def test_a_claim_of_gigabytes_takes_no_memory(store: RunStore, tmp_path: Path) -> None:
    """The process that reads the file, by what the system has counted for it."""

    def claim(file: Any) -> None:
        file.create_dataset("optimizer/vars/0", (10**9,), np.float32, chunks=(1_000,))

    path = keras_file(tmp_path / "m.keras", weights=hdf5(plain_weights(), claim))
    code = (
        "import sys; from mnist_core.export.incoming.process import main; main(sys.argv[1:]); "
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    request = {"root": str(store.root), "file": str(path), "title": "m.keras", "name": "", "dataset": "mnist-sample",
               "pixels": "auto", "config": None}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(request)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=True,
    )
    refused, kilobytes = done.stdout.splitlines()
    assert "claims more" in json.loads(refused)["problem"]
    assert int(kilobytes) < 400_000


# Files that Keras writes ---------------------------------------------------------------------------------------------


def mlp() -> Any:
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((784,)), layers.Dense(20, activation="tanh"), layers.Dropout(0.2), layers.BatchNormalization(),
            layers.Dense(10),
        ]
    )  # fmt: skip
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    images = load_dataset("mnist-sample").train.images[:64].reshape(64, 784) / 255
    model.fit(images, np.arange(64) % 10, verbose=0)
    return model


def tutorial() -> Any:
    """As tutorials write it: pixels reshaped, augmented and scaled within, biases left out here and there."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28)), layers.Reshape((28, 28, 1)), layers.RandomRotation(0.1),
            layers.Rescaling(1 / 127.5, offset=-1), layers.Conv2D(6, 3, activation="relu", use_bias=False),
            layers.SeparableConv2D(5, 3, strides=2, padding="same", use_bias=False), layers.ReLU(),
            layers.AveragePooling2D(2), layers.GlobalAveragePooling2D(), layers.Dense(7, use_bias=False),
            layers.Activation("silu"), layers.Dense(10), layers.Softmax(),
        ]
    )  # fmt: skip


def of_ours(name: str) -> Callable[[], Any]:
    def make() -> Any:
        from mnist_core.models.build import build_model

        return build_model({**NETWORKS, **{key: recipe.architecture for key, recipe in RECIPES.items()}}[name])

    return make


def halved() -> Any:
    """As the policy for graphics cards makes it: it computes in half precision on weights of full precision."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3, dtype="mixed_float16"),
            layers.Flatten(), layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )  # fmt: skip


@pytest.mark.slow
def test_a_model_in_half_precision_says_so(store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = halved()
    model.save(tmp_path / "m.keras")
    images = load_dataset("mnist-sample").test.images
    expected = model.predict(images[..., None].astype(np.float32), verbose=0)
    document = imported(capsys, tmp_path / "m.keras")
    found = store.predictions(document["run_id"])
    np.testing.assert_allclose(found.probabilities, expected, atol=2e-3)
    assert "mixed_float16" in store.get(document["run_id"]).note


MODELS = {"mlp": mlp, "tutorial": tutorial, **{name: of_ours(name) for name in (*NETWORKS, *RECIPES)}}


@pytest.mark.slow
@pytest.mark.parametrize("name", some_of(MODELS, always=("convolutions", "residual")))
def test_predictions_are_those_of_keras(
    name: str, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = MODELS[name]()
    for variable in model.weights:
        if "moving_variance" in variable.path:
            variable.assign(np.random.uniform(0.5, 1.5, variable.shape))
    model.save(tmp_path / "m.keras")
    images = load_dataset("mnist-sample").test.images
    own_scaling = any(isinstance(layer, keras.layers.Rescaling) for layer in model.layers)
    inputs = images.astype(np.float32) / (1 if own_scaling else 255)
    expected = model.predict(inputs.reshape(-1, *model.input_shape[1:]), verbose=0)
    if model.layers[-1].get_config().get("activation") == "linear":
        expected = np.asarray(keras.ops.softmax(expected))
    document = imported(capsys, tmp_path / "m.keras", "--pixels", "unit")
    found = store.predictions(document["run_id"])
    np.testing.assert_allclose(found.probabilities, expected, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", some_of((*NETWORKS, *RECIPES), always=("residual",)))
def test_weights_alone_fit_the_network_that_wrote_them(
    name: str, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mnist_core.models.build import weight_name
    from mnist_core.training.config import ExperimentConfig

    model = of_ours(name)()
    model.save_weights(tmp_path / "m.weights.h5")
    architecture = {**NETWORKS, **{key: recipe.architecture for key, recipe in RECIPES.items()}}[name]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(ExperimentConfig(dataset="mnist-sample", architecture=architecture).to_dict()))
    document = imported(capsys, tmp_path / "m.weights.h5", "--config", str(config), "--pixels", "unit")
    weights = store.weights(document["run_id"])
    for variable in model.weights:
        np.testing.assert_array_equal(weights[weight_name(variable)], variable.numpy())
