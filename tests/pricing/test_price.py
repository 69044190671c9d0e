from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Flatten
from mnist_core.pricing.price import price_of
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.measurement import (
    Measurement,
    load_measurement,
    measurement_from_dict,
    measurement_path,
    measurement_to_dict,
    price_key,
    prices_folder,
)
from mnist_core.training.settings import Precision

CONFIG = config_from_recipe("two-conv", dataset="mnist", epochs=10)
MEASURED = Measurement(
    batch_seconds={"float32": 0.04, "mixed_bfloat16": 0.02},
    validation_seconds=0.0001,
    start_seconds=6.0,
    peak_bytes=800_000_000,
    layer_shares={"conv_1": 0.3, "conv_2": 0.6, "output": 0.1},
)


def with_training(**values: object) -> ExperimentConfig:
    return replace(CONFIG, training=replace(CONFIG.training, **values))  # type: ignore[arg-type]


def test_the_cost_of_a_run_computed_by_hand() -> None:
    price = price_of(CONFIG, MEASURED, train_images=60_000, test_images=10_000)
    assert price.epoch_seconds == pytest.approx(422 * 0.04)  # 54,000 images in batches of 128
    assert price.validation_seconds == pytest.approx(0.6)
    assert price.total_seconds == pytest.approx(6.0 + 10 * (16.88 + 0.6) + 1.0)
    assert price.peak_bytes == 800_000_000 + 60_000 * 784


def test_auto_has_the_cost_of_the_faster_precision() -> None:
    price = price_of(with_training(precision="auto"), MEASURED, train_images=60_000, test_images=0)
    assert price.precision is Precision.MIXED_BFLOAT16
    assert price.epoch_seconds == pytest.approx(422 * 0.02)


@pytest.mark.parametrize(
    ("batch_seconds", "faster"),
    [
        ({"float32": 1.0}, Precision.FLOAT32),
        ({"float32": 1.0, "mixed_bfloat16": 0.95}, Precision.FLOAT32),
        ({"float32": 1.0, "mixed_bfloat16": 2.0}, Precision.FLOAT32),
        ({"float32": 1.0, "mixed_bfloat16": 0.5}, Precision.MIXED_BFLOAT16),
    ],
)
def test_bfloat16_is_chosen_only_where_it_is_clearly_faster(batch_seconds: dict[str, float], faster: Precision) -> None:
    assert replace(MEASURED, batch_seconds=batch_seconds).faster is faster


def test_the_costliest_layer_has_the_largest_share() -> None:
    assert MEASURED.costliest_layer == ("conv_2", 0.6)


def test_a_limit_makes_an_epoch_shorter() -> None:
    price = price_of(replace(CONFIG, limit=1280), MEASURED, train_images=60_000, test_images=0)
    assert price.epoch_seconds == pytest.approx(9 * 0.04)


@pytest.mark.parametrize(
    "same", [{"epochs": 3}, {"learning_rate": 0.1}, {"seed": 4}, {"precision": "auto"}, {"momentum": 0.9}]
)
def test_what_does_not_change_a_batch_shares_a_measurement(same: dict[str, object]) -> None:
    assert price_key(with_training(**same)) == price_key(CONFIG)
    assert price_key(replace(CONFIG, dataset="mnist-sample", limit=500)) == price_key(CONFIG)


@pytest.mark.parametrize("other", [{"batch_size": 64}, {"optimizer": "sgd"}, {"gradient_clip": 1.0}])
def test_what_changes_a_batch_does_not(other: dict[str, object]) -> None:
    assert price_key(with_training(**other)) != price_key(CONFIG)
    assert price_key(replace(CONFIG, architecture=Architecture(layers=(Flatten(),)))) != price_key(CONFIG)
    assert price_key(with_training(optimizer="sgd", momentum=0.9)) != price_key(with_training(optimizer="sgd"))


def test_a_measurement_comes_back_from_disk(tmp_path: Path) -> None:
    folder = prices_folder(tmp_path)
    folder.mkdir()
    measurement_path(folder, CONFIG).write_text(json.dumps(measurement_to_dict(MEASURED)))
    assert load_measurement(folder, CONFIG) == MEASURED


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "[" * 5000, '{"schema": 1}', '{"schema": 99}'])
def test_a_damaged_measurement_is_none(tmp_path: Path, content: str) -> None:
    measurement_path(tmp_path, CONFIG).write_text(content)
    assert load_measurement(tmp_path, CONFIG) is None


@pytest.mark.parametrize("field", ["batch_seconds", "start_seconds", "peak_bytes", "layer_shares"])
def test_an_incomplete_measurement_is_refused(field: str) -> None:
    document = measurement_to_dict(MEASURED)
    del document[field]
    with pytest.raises(ConfigError, match=field):
        measurement_from_dict(document)


def test_a_measurement_without_float32_is_refused() -> None:
    document = measurement_to_dict(MEASURED) | {"batch_seconds": {"mixed_bfloat16": 0.1}}
    with pytest.raises(ConfigError, match="float32"):
        measurement_from_dict(document)
