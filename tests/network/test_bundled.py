"""The network that comes trained: plain Keras with the same weights is the oracle for what it predicts and claims."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.bundled import FILE, bundled_network
from tests.conftest import ROOT

MAX_BYTES = 200_000


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    with np.load(FILE, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.fixture(scope="module")
def lenet(stored: dict[str, np.ndarray]) -> Any:
    """LeNet-5 written down layer by layer, with the stored weights."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    names = ("conv_1", "conv_2", "dense_1", "dense_2", "output")
    model.set_weights([stored[f"{name}|{part}"].astype(np.float32) for name in names for part in ("kernel", "bias")])
    return model


def probabilities_of(model: Any, images: np.ndarray) -> np.ndarray:
    return np.asarray(model(images[..., np.newaxis].astype(np.float32) / 255))


@pytest.mark.slow
def test_it_predicts_what_keras_predicts_with_the_same_weights(lenet: Any, sample_data_folder: Path) -> None:
    images = load_dataset("mnist-sample", sample_data_folder).test.images
    np.testing.assert_allclose(bundled_network().predict(images), probabilities_of(lenet, images), atol=1e-5)


@pytest.mark.slow
def test_its_accuracy_on_all_test_images_of_mnist_is_the_one_it_states(lenet: Any, full_mnist_folder: Path) -> None:
    images = idx(full_mnist_folder / "mnist" / "t10k-images-idx3-ubyte", 16).reshape(-1, 28, 28)
    labels = idx(full_mnist_folder / "mnist" / "t10k-labels-idx1-ubyte", 8)
    parts = [probabilities_of(lenet, images[start : start + 1000]).argmax(axis=1) for start in range(0, 10_000, 1000)]
    n_correct = int((np.concatenate(parts) == labels).sum())
    network = bundled_network()
    assert network.test_images == len(labels) == 10_000
    assert abs(network.test_accuracy * 10_000 - n_correct) <= 1  # a tie may be rounded either way
    assert n_correct >= 9_850


def idx(path: Path, header: int) -> np.ndarray:
    packed = path.with_name(f"{path.name}.gz")
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    return np.frombuffer(content, np.uint8, offset=header)


def test_its_file_is_small_and_says_where_it_comes_from(stored: dict[str, np.ndarray]) -> None:
    assert FILE.stat().st_size < MAX_BYTES
    meta = json.loads(stored["meta"].tobytes())
    assert meta["config"]["recipe"] == "lenet-5"
    assert (ROOT / meta["script"]).is_file()
    assert str(ROOT) not in stored["meta"].tobytes().decode()


def test_it_predicts_without_tensorflow() -> None:
    script = (
        "import sys, numpy as np\n"
        "from mnist_core.network.bundled import bundled_network\n"
        "assert abs(bundled_network().predict(np.zeros((1, 28, 28), np.uint8)).sum() - 1) < 1e-5\n"
        "print(sorted({'tensorflow', 'keras', 'pandas', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
