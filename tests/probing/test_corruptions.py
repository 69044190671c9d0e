from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError
from mnist_core.probing.corruptions import CORRUPTIONS, FGSM, N_STRENGTHS, attack_signs, attacked, corrupted


@pytest.fixture(scope="module")
def digits():
    return load_dataset("mnist-sample").test.images[:24]


@pytest.mark.parametrize("name", [name for name in CORRUPTIONS if name != FGSM])
def test_a_corruption_is_the_same_each_time_and_never_weaker_at_the_end(digits, name):
    weak, strong = corrupted(name, digits, 0), corrupted(name, digits, N_STRENGTHS - 1)
    np.testing.assert_array_equal(strong, corrupted(name, digits, N_STRENGTHS - 1))
    assert strong.dtype == np.uint8
    assert strong.shape == digits.shape
    changes = [np.abs(changed.astype(int) - digits).mean() for changed in (weak, strong)]
    assert 0 < changes[0] < changes[1]


@pytest.mark.parametrize("name", ["rotation", "shear", "shift"])
def test_neither_direction_is_favoured(digits, name):
    same = np.repeat(digits[:1], 4, axis=0)
    turned = corrupted(name, same, 3)
    assert len(np.unique(turned.reshape(4, -1), axis=0)) == (4 if name == "shift" else 2)


def test_fgsm_changes_each_pixel_by_its_sign(digits):
    gradients = np.random.default_rng(0).normal(size=digits.shape)
    changed = attacked(digits, attack_signs(gradients), 0.1)
    expected = np.clip(np.rint(digits + 25.5 * np.where(gradients > 0, 1, -1)), 0, 255)
    np.testing.assert_array_equal(changed, expected)
    strength = CORRUPTIONS[FGSM].strengths.index(0.12)
    again = corrupted(FGSM, digits, strength, signs=attack_signs(gradients))
    np.testing.assert_array_equal(again, attacked(digits, attack_signs(gradients), 0.12))


def test_invalid_arguments_are_refused(digits):
    with pytest.raises(ConfigError, match="signs"):
        corrupted(FGSM, digits, 0)
    with pytest.raises(ConfigError, match="rotation"):
        corrupted("earthquake", digits, 0)
    with pytest.raises(ConfigError, match="0 to 7"):
        corrupted("rotation", digits, 8)
