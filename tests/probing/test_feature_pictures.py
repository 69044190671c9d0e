"""Feature pictures: they excite more than where they started and than nearly all real digits, and can be repeated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import correlate2d

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.models.architecture import OUTPUT, Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool, Residual
from mnist_core.probing.excite import answer_exciting, answer_pictures, excitations, feature_pictures, scaled
from mnist_core.probing.feature_pictures import (
    N_TOP,
    PictureSettings,
    asked_exciting,
    asked_pictures,
    pictured_layers,
    read_exciting,
    read_pictures,
    searched_rows,
)
from mnist_core.probing.helper.networks import Networks
from mnist_core.runs.store import RunStore
from tests.callbacks import silent
from tests.finished_runs import finished_run
from tests.inspected_runs import of_layers, run_of

pytestmark = pytest.mark.slow

QUICK = PictureSettings(steps=48)


@pytest.fixture
def store(runs_folder: Path, sample_only: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def folder(store: RunStore) -> Path:
    return store.folder(finished_run(store, epochs=1))


@pytest.mark.parametrize("layer", ["conv_1", OUTPUT])
def test_a_picture_excites_more_than_the_start_and_than_real_digits(folder: Path, layer: str) -> None:
    networks, data = Networks(), load_dataset("mnist-sample")
    channels = range(4 if layer != OUTPUT else 10)
    asked = asked_pictures(layer, channels, QUICK)
    sha256, arrays = answer_pictures(networks, folder, asked, silent)
    found = read_pictures(arrays)
    digits = read_exciting(answer_exciting(networks, folder, asked_exciting(layer, data, "test"), silent)[1])
    assert sha256 == networks.of_run(folder).sha256
    assert (found.activations > found.starts).all()
    assert (found.activations > digits.percentiles[list(channels)]).all()


def test_the_same_seed_gives_the_same_pictures_and_another_one_others(folder: Path) -> None:
    settings = PictureSettings(steps=16)
    first, again = (feature_pictures(Networks().of_run(folder), OUTPUT, [3, 7], settings) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = feature_pictures(Networks().of_run(folder), OUTPUT, [3, 7], PictureSettings(steps=16, seed=1))
    assert (first != other).any()


def test_progress_is_told_step_by_step(folder: Path) -> None:
    told: list[float] = []
    settings = PictureSettings(steps=16)
    feature_pictures(Networks().of_run(folder), OUTPUT, [0], settings, tell=lambda share, note: told.append(share))
    assert told == [step / 16 for step in range(16)]


def test_between_two_steps_the_network_is_as_it_was(folder: Path) -> None:
    """The helper answers quick questions there."""
    network = Networks().of_run(folder)
    inputs = network.inputs(load_dataset("mnist-sample").test.images[:2])
    expected, seen = network.logits(inputs), []

    def look(share: float, note: str) -> None:
        seen.append(network.logits(inputs))

    images = feature_pictures(network, "conv_1", [0], PictureSettings(steps=8), tell=look)
    excitations(network, "conv_1", images, tell=look)
    assert len(seen) == 9
    for logits in seen:
        np.testing.assert_array_equal(logits, expected)


def test_the_digits_that_excite_most_are_counted_by_hand(store: RunStore, folder: Path) -> None:
    data = load_dataset("mnist-sample")
    weights = store.weights(folder.name)
    found = read_exciting(answer_exciting(Networks(), folder, asked_exciting("conv_1", data, "test"), silent)[1])
    kernel, bias = weights["conv_1/kernel"][:, :, 0, 2], weights["conv_1/bias"][2]
    peaks = np.array([bias + correlate2d(image / 255, kernel, mode="valid").max() for image in data.test.images])
    assert found.searched == len(data.test)
    np.testing.assert_allclose(found.values[2], np.sort(peaks)[::-1][:N_TOP], atol=1e-5)
    np.testing.assert_allclose(peaks[found.rows[2]], found.values[2], atol=1e-5)
    assert found.percentiles[2] == pytest.approx(np.percentile(peaks, 99), abs=1e-5)


def test_a_dead_unit_has_a_picture_too(store: RunStore) -> None:
    """A ReLU that is 0 for every digit has no gradient: what it gets does."""
    network = Networks().of_run(
        store.folder(run_of(store, of_layers(Architecture(layers=(Flatten(), Dense(units=2))))))
    )
    dense = network.model.get_layer("dense_1")
    dense.bias.assign([-1000.0, 0.0])
    image = feature_pictures(network, "dense_1", [0], QUICK)
    assert excitations(network, "dense_1", image)[0, 0] > -1000
    assert dense.activation.__name__ == "relu"  # as before


@pytest.mark.parametrize("kind", Scaling)
def test_scaling_with_a_gradient_is_the_scaling(sample_only: Path, kind: Scaling) -> None:
    scaler = Scaler(kind=kind, mean=33.0, std=78.0)
    images = load_dataset("mnist-sample").test.images[:20]
    np.testing.assert_allclose(scaled(scaler, images.astype(np.float32) / 255), scaler.apply(images), atol=1e-5)


def test_layers_with_channels_of_their_own_are_offered() -> None:
    network = Architecture(layers=(Conv(filters=2), MaxPool(), Residual(filters=3), Flatten(), Dense(units=4)))
    assert [row.name for row in pictured_layers(network)] == ["conv_1", "residual_1", "dense_1", OUTPUT]


def test_at_most_so_many_digits_are_searched_evenly() -> None:
    assert searched_rows(10).tolist() == list(range(10))
    rows = searched_rows(60_000)
    assert len(rows) == 2_000
    assert (rows[0], rows[-1]) == (0, 59_999)
    assert np.ptp(np.diff(rows)) <= 1


@pytest.mark.parametrize(
    "asked",
    [
        {"layer": "flatten_1", "channels": [0], "settings": {}},
        {"layer": "conv_1", "channels": [4], "settings": {}},
        {"layer": "conv_1", "channels": [], "settings": {}},
        {"layer": "conv_1", "channels": [0], "settings": {"steps": 10_000}},
    ],
)
def test_wrong_questions_are_refused(folder: Path, asked: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        answer_pictures(Networks(), folder, asked, silent)


def test_weights_that_are_not_numbers_are_refused(folder: Path) -> None:
    network = Networks().of_run(folder)
    network.model.get_layer("conv_1").kernel.assign(np.full((3, 3, 1, 4), np.nan))
    with pytest.raises(RunError, match="not numbers"):
        feature_pictures(network, "conv_1", [0], QUICK)
