"""The maps against what can be computed by other means: by hand, by finite differences, by a tape written here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import write_arrays
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.models.recipes import RECIPES
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import forward
from mnist_core.probing.attribute import attribute
from mnist_core.probing.attribution import (
    Attribution,
    Method,
    asked_attribution,
    cam_layer,
    read_attribution,
    similarity,
)
from mnist_core.probing.helper.networks import Network, Networks
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run
from tests.inspected_runs import of_layers, run_of
from tests.thorough import some_of

pytestmark = pytest.mark.slow

STANDARDISED = Scaler(kind=Scaling.STANDARDISED, mean=33.0, std=78.0)
SCALERS = {
    "unit": Scaler(kind=Scaling.UNIT),
    "standardised": STANDARDISED,
    "rows": Scaler(kind=Scaling.L2_ROWS),
}
LINEAR = Architecture(layers=(Flatten(),))
DEEP = Architecture(
    layers=(Conv(filters=6), Residual(filters=8), MaxPool(), BatchNorm(), SeparableConv(filters=8), Flatten(),
            Dense(units=16))
)  # fmt: skip


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def image(sample_only: Path) -> np.ndarray:
    return load_dataset("mnist-sample").test.images[11]


def drawn_weights(architecture: Architecture) -> dict[str, np.ndarray]:
    """Weights of both signs, of a size that keeps the logits moderate."""
    rng = np.random.default_rng(5)
    found = {}
    for name, shape in weight_shapes(architecture).items():
        fan_in = max(1, int(np.prod(shape[:-1])))
        found[name] = rng.normal(0, fan_in**-0.5, shape).astype(np.float32)
        if name.endswith(("variance", "gamma")):
            found[name] = rng.uniform(0.5, 1.5, shape).astype(np.float32)
    return found


def network_of(store: RunStore, architecture: Architecture, scaler: Scaler) -> tuple[Network, dict[str, np.ndarray]]:
    """The network as the helper has it, and its weights."""
    run_id = run_of(store, of_layers(architecture), scaler=scaler)
    weights = drawn_weights(architecture)
    stored = {f"weight:{name.replace('/', '|')}": value for name, value in weights.items()}
    best = store.folder(run_id) / "checkpoints" / "best.npz"
    write_arrays(best, {"meta": np.frombuffer(b'{"epoch": 1}', np.uint8), **stored})
    return Networks().of_run(store.folder(run_id)), weights


def explained(network: Network, image: np.ndarray, towards: int, against: int | None = None) -> Attribution:
    return read_attribution(attribute(network, image, towards=towards, against=against))


@pytest.mark.parametrize("scaling", some_of(SCALERS, always=("standardised",)))
def test_of_a_linear_network_every_map_is_known(store: RunStore, image: np.ndarray, scaling: str) -> None:
    scaler = SCALERS[scaling]
    network, weights = network_of(store, LINEAR, scaler)
    found = explained(network, image, 7, 1)
    slope = (weights["output/kernel"][:, 7] - weights["output/kernel"][:, 1]).reshape(28, 28)
    inputs = scaler.apply(image[None])[0, ..., 0]
    start = scaler.apply(np.zeros((1, 28, 28), np.uint8))[0, ..., 0]
    shares = slope * (inputs - start)
    np.testing.assert_allclose(found.maps[Method.SALIENCY], slope, atol=1e-6)
    np.testing.assert_allclose(found.maps[Method.INTEGRATED], shares, atol=1e-5)
    np.testing.assert_allclose(found.integrated_sum, shares.sum(), atol=1e-4)
    if scaling != "rows":  # there a covered pixel changes its column
        lost = np.zeros((28, 28))
        times = np.zeros((28, 28))
        for top in range(-4, 28, 2):
            for left in range(-4, 28, 2):
                rows, columns = slice(max(0, top), top + 5), slice(max(0, left), left + 5)
                lost[rows, columns] += shares[rows, columns].sum()
                times[rows, columns] += 1
        np.testing.assert_allclose(found.maps[Method.OCCLUSION], lost / times, atol=1e-4)
    assert Method.GRAD_CAM not in found.maps


def test_grad_cam_of_a_global_average_is_the_class_activation_map(store: RunStore, image: np.ndarray) -> None:
    """Zhou et al. (2016): the weights of the class, on the maps themselves."""
    network, weights = network_of(
        store,
        Architecture(layers=(Conv(filters=5, activation=Activation.LINEAR), GlobalAveragePool())),
        SCALERS["unit"],
    )
    maps = np.zeros((26, 26, 5))
    for row in range(26):
        for column in range(26):
            window = image[row : row + 3, column : column + 3] / 255
            maps[row, column] = np.einsum("ij,ijk->k", window, weights["conv_1/kernel"][:, :, 0])
    maps += weights["conv_1/bias"]
    slope = weights["output/kernel"][:, 9] - weights["output/kernel"][:, 2]
    expected = np.maximum(maps @ slope, 0) / 26**2
    found = explained(network, image, 9, 2).maps[Method.GRAD_CAM]
    assert found.min() >= 0
    assert expected.max() > 0
    assert found.max() == pytest.approx(expected.max(), rel=0.05)  # enlarged from 26 to 28 pixels
    inside = expected[(np.arange(28) * 26 // 28)][:, (np.arange(28) * 26 // 28)]
    assert similarity(found, inside) > 0.8  # the rows in between are a mean of two


@pytest.mark.parametrize("scaling", some_of(SCALERS, always=("standardised",)))
def test_gradients_agree_with_finite_differences(store: RunStore, image: np.ndarray, scaling: str) -> None:
    """Of the forward pass in numpy, which shares no line with Keras; in float64 it would not be ours."""
    scaler = SCALERS[scaling]
    network, weights = network_of(store, DEEP, scaler)
    found = explained(network, image, 4).maps[Method.SALIENCY]
    inputs = scaler.apply(image[None])
    places = [(9, 9), (14, 14), (14, 15), (20, 12), (16, 13)]  # not where all is background: pooling has ties there
    step = 1e-2
    moved = np.repeat(inputs, 2 * len(places), axis=0)
    for i, (row, column) in enumerate(places):
        moved[2 * i, row, column] += step
        moved[2 * i + 1, row, column] -= step
    logits = np.log(forward(DEEP, weights, moved).astype(np.float64))
    margins = logits[:, 4] - logits[:, 0]
    against = explained(network, image, 4, 0).maps[Method.SALIENCY]
    differences = (margins[::2] - margins[1::2]) / (2 * step)
    np.testing.assert_allclose([against[place] for place in places], differences, atol=0.02 * np.abs(against).max())
    assert found.shape == (28, 28)


def test_gradients_and_grad_cam_agree_with_a_tape_written_here(store: RunStore, image: np.ndarray) -> None:
    import keras
    import tensorflow as tf

    from mnist_core.models.build import build_model

    network, weights = network_of(store, DEEP, SCALERS["unit"])
    plain = build_model(DEEP)
    for variable in plain.weights:
        variable.assign(weights["/".join(variable.path.split("/")[-2:])])
    head = plain.get_layer("output")
    inputs = tf.constant(image[None, ..., None] / np.float32(255))
    before = keras.Model(plain.inputs, [plain.get_layer("separable_conv_1").output, plain.layers[-2].output])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        maps, hidden = before([inputs])
        logit = (hidden @ head.kernel + head.bias)[0, 6]
    gradient = tape.gradient(logit, inputs).numpy()[0, ..., 0]
    alphas = tape.gradient(logit, maps).numpy().mean(axis=(1, 2))[0]
    cam = np.maximum((maps.numpy()[0] * alphas).sum(axis=-1), 0)
    found = explained(network, image, 6)
    np.testing.assert_allclose(found.maps[Method.SALIENCY], gradient, atol=1e-5)
    enlarged = tf.image.resize(cam[..., None], (28, 28)).numpy()[..., 0]
    np.testing.assert_allclose(found.maps[Method.GRAD_CAM], enlarged, atol=1e-5)
    assert found.score == pytest.approx(float(logit), abs=1e-4)


@pytest.mark.parametrize("scaling", some_of(SCALERS, always=("rows",)))
def test_integrated_gradients_add_up(store: RunStore, image: np.ndarray, scaling: str) -> None:
    network, _ = network_of(store, DEEP, SCALERS[scaling])
    for towards, against in ((3, None), (3, 8)):
        found = explained(network, image, towards, against)
        difference = found.score - found.empty_score
        assert abs(found.integrated_sum - difference) <= 0.01 * abs(difference)


def test_a_drawn_image_is_explained_like_a_stored_one(store: RunStore) -> None:
    network, _ = network_of(store, DEEP, SCALERS["unit"])
    empty = explained(network, np.zeros((28, 28), np.uint8), 3)
    assert not empty.maps[Method.INTEGRATED].any()
    assert not empty.maps[Method.OCCLUSION].any()
    assert empty.score == empty.empty_score


def test_occlusion_is_the_mean_fall_of_the_score(store: RunStore, image: np.ndarray) -> None:
    network, weights = network_of(store, DEEP, SCALERS["unit"])
    found = explained(network, image, 7, 1).maps[Method.OCCLUSION]

    def score(pixels: np.ndarray) -> float:
        logits = np.log(forward(DEEP, weights, pixels[None, ..., None] / np.float32(255)).astype(np.float64))[0]
        return float(logits[7] - logits[1])

    row, column, falls = 13, 14, []
    for top in range(-4, 28, 2):
        for left in range(-4, 28, 2):
            if top <= row < top + 5 and left <= column < left + 5:
                covered = image.copy()
                covered[max(0, top) : top + 5, max(0, left) : left + 5] = 0
                falls.append(score(image) - score(covered))
    assert found[row, column] == pytest.approx(np.mean(falls), abs=1e-3)


@pytest.mark.parametrize("recipe", some_of(RECIPES, always=("lenet-5",)))
def test_every_recipe_is_explained(store: RunStore, image: np.ndarray, recipe: str) -> None:
    architecture = RECIPES[recipe].architecture
    network, _ = network_of(store, architecture, SCALERS["unit"])
    found = explained(network, image, 5)
    assert (Method.GRAD_CAM in found.maps) == (cam_layer(architecture) is not None)
    assert all(np.isfinite(values).all() for values in found.maps.values())


def test_random_weights_are_the_same_for_the_same_seed_and_give_another_picture(
    store: RunStore, image: np.ndarray
) -> None:
    networks = Networks()
    trained = networks.of_run(store.folder(finished_run(store, epochs=1)))
    first, second, other = (explained(Networks().random(trained, seed), image, 3) for seed in (0, 0, 1))
    real = explained(trained, image, 3)
    for method in Method:
        np.testing.assert_allclose(first.maps[method], second.maps[method], atol=1e-6)
    signed = similarity(real.maps[Method.SALIENCY], first.maps[Method.SALIENCY])
    assert signed is not None
    assert abs(signed) < 0.5
    assert not np.allclose(first.maps[Method.SALIENCY], other.maps[Method.SALIENCY])


def test_similarity_is_the_rank_correlation() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(-5, 5, (28, 28)), rng.normal(size=(28, 28))
    assert similarity(first, second) == pytest.approx(stats.spearmanr(first.ravel(), second.ravel()).statistic)
    expected = stats.spearmanr(np.abs(first).ravel(), np.abs(second).ravel()).statistic
    assert similarity(first, second, is_signed=False) == pytest.approx(expected)
    assert similarity(first, np.zeros((28, 28))) is None


def test_weights_that_are_not_numbers_are_refused(store: RunStore, image: np.ndarray) -> None:
    network, _ = network_of(store, LINEAR, SCALERS["unit"])
    network.model.get_layer("output").kernel.assign(np.full((784, 10), np.nan))
    with pytest.raises(RunError, match="not numbers"):
        explained(network, image, 3)


@pytest.mark.parametrize("labels", [(10, None), (-1, None), (3, 3), (3, 10)])
def test_a_question_has_different_labels(image: np.ndarray, labels: tuple[int, int | None]) -> None:
    with pytest.raises(ConfigError, match="labels"):
        asked_attribution(image, *labels)


def test_the_networks_of_the_runs_asked_about_last_are_in_memory(store: RunStore) -> None:
    folders = [store.folder(run_of(store, of_layers(LINEAR))) for _ in range(4)]
    one = Networks().of_run(folders[0]).n_bytes
    networks = Networks(max_bytes=2 * one)
    first = networks.of_run(folders[0])
    networks.of_run(folders[1])
    assert networks.of_run(folders[0]) is first
    networks.of_run(folders[2])  # the second goes
    assert len(networks) == 2
    assert networks.n_bytes <= 2 * one
    assert networks.of_run(folders[0]) is first
    small = Networks(max_bytes=0)
    small.of_run(folders[3])
    assert len(small) == 1  # the one that is asked about stays
