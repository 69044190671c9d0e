from __future__ import annotations

from dataclasses import replace

from mnist_core.data.augmentation import Augmentation
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Optimizer, TrainingSettings

FIRST = ExperimentConfig(architecture=Architecture(layers=(Conv(filters=8), Flatten(), Dense(units=32))))


def differences(*configs: ExperimentConfig) -> dict[str, tuple[str, ...]]:
    return {item.label: item.values for item in setting_differences(configs)}


def test_equal_configurations_differ_in_nothing() -> None:
    assert differences(FIRST, FIRST, replace(FIRST, recipe="lenet-5")) == {}
    assert differences(FIRST) == {}
    assert differences() == {}


def test_each_setting_that_differs_is_named_with_all_values() -> None:
    training = TrainingSettings(
        learning_rate=0.01, optimizer=Optimizer.SGD, deterministic=True, augmentation=Augmentation(noise=0.1)
    )
    found = differences(FIRST, replace(FIRST, limit=5000, training=training), FIRST)
    assert found == {
        "Image limit": ("off", "5,000", "off"),
        "Optimizer": ("adam", "sgd", "adam"),
        "Learning rate": ("0.001", "0.01", "0.001"),
        "Deterministic": ("off", "on", "off"),
        "Noise": ("0", "0.1", "0"),
    }


def test_layers_are_compared_one_by_one_or_as_a_whole() -> None:
    wider = replace(FIRST, architecture=Architecture(layers=(Conv(filters=16), Flatten(), Dense(units=32))))
    assert differences(FIRST, wider) == {"conv_1: filters": ("8", "16")}
    shorter = replace(FIRST, architecture=Architecture(layers=(Flatten(),)))
    found = differences(FIRST, shorter)
    assert list(found) == ["Layers"]
    assert found["Layers"][0].count("→") == 2
    assert differences(shorter, replace(FIRST, architecture=Architecture()))["Layers"][1] == "–"
