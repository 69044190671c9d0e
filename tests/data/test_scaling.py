from __future__ import annotations

import json

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.scaling import Scaler, Scaling, fit_scaler
from mnist_core.errors import ConfigError


@pytest.mark.parametrize("kind", Scaling)
def test_every_scaling_gives_finite_float32_with_a_channel(kind: Scaling, tiny: Dataset):
    images = tiny.test.images.copy()
    images[0] = 0
    scaled = fit_scaler(kind, tiny.train.images).apply(images)
    assert scaled.shape == (20, 28, 28, 1)
    assert scaled.dtype == np.float32
    assert np.isfinite(scaled).all()


def test_unit_divides_by_255(sample: Dataset):
    scaled = fit_scaler(Scaling.UNIT, sample.train.images).apply(sample.test.images)
    np.testing.assert_allclose(scaled[..., 0], sample.test.images / 255, rtol=1e-6)


@pytest.mark.slow
def test_l2_rows_is_what_keras_normalize_does(sample: Dataset):
    import keras

    scaled = fit_scaler(Scaling.L2_ROWS, sample.train.images).apply(sample.test.images)
    expected = keras.utils.normalize(sample.test.images.astype(np.float64), axis=1)
    np.testing.assert_allclose(scaled[..., 0], expected, atol=1e-6)


def test_l2_rows_leaves_each_column_of_pixels_with_length_one_or_zero(sample: Dataset):
    lengths = np.linalg.norm(fit_scaler(Scaling.L2_ROWS, sample.train.images).apply(sample.test.images)[..., 0], axis=1)
    has_ink = sample.test.images.any(axis=1)
    np.testing.assert_allclose(lengths, has_ink.astype(float), atol=1e-5)


def test_standardised_uses_mean_and_deviation_of_the_training_images(sample: Dataset):
    scaler = fit_scaler(Scaling.STANDARDISED, sample.train.images)
    assert scaler.mean == pytest.approx(sample.train.images.mean(dtype=np.float64), rel=1e-12)
    assert scaler.std == pytest.approx(sample.train.images.std(dtype=np.float64), rel=1e-12)
    scaled = scaler.apply(sample.train.images)
    assert abs(scaled.mean(dtype=np.float64)) < 1e-5
    assert scaled.std(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(
        scaler.apply(sample.test.images)[..., 0], (sample.test.images - scaler.mean) / scaler.std, atol=1e-5
    )


def test_images_of_one_value_do_not_divide_by_zero():
    grey = np.full((3, 28, 28), 7, np.uint8)
    assert (fit_scaler(Scaling.STANDARDISED, grey).apply(grey) == 0).all()


def test_the_numbers_of_the_full_mnist(full_mnist: Dataset):
    """0.1307 and 0.3081 are the figures everybody uses."""
    scaler = fit_scaler(Scaling.STANDARDISED, full_mnist.train.images)
    assert (round(scaler.mean / 255, 4), round(scaler.std / 255, 4)) == (0.1307, 0.3081)


@pytest.mark.parametrize("kind", Scaling)
def test_a_scaler_survives_json(kind: Scaling, sample: Dataset):
    scaler = fit_scaler(kind, sample.train.images)
    assert Scaler.from_dict(json.loads(json.dumps(scaler.to_dict()))) == scaler


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "log"}, "`scaler.kind`. Expected one of unit, l2_rows, standardised. Received: 'log'"),
        ({}, "scaler.kind"),
        ({"kind": "standardised", "std": 0}, "scaler.std"),
        ({"kind": "standardised", "std": float("nan")}, "scaler.std"),
        ({"kind": "standardised", "mean": "1"}, "scaler.mean"),
        ({"kind": "standardised", "mean": float("inf")}, "scaler.mean"),
        ({"kind": "unit", "factor": 2}, "Unknown key `factor`"),
        ([], "Expected an object"),
    ],
)
def test_a_broken_scaler_is_refused(data, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        Scaler.from_dict(data)
