from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.data.splitting import split_training, stratified_parts
from mnist_core.errors import ConfigError

LABELS = np.random.default_rng(1).choice(10, 3000, p=np.arange(1, 11) / 55).astype(np.uint8)


def test_the_two_parts_are_sorted_disjoint_and_complete():
    training, validation = split_training(LABELS, fraction=0.1, seed=3)
    assert training.dtype == validation.dtype == np.int64
    assert sorted([*training, *validation]) == list(range(3000))
    assert len(validation) == 300
    for rows in (training, validation):
        assert (np.diff(rows) > 0).all()


@given(st.integers(0, 2**70), st.floats(0.01, 0.9))
def test_each_label_keeps_its_share_up_to_one_image(seed: int, fraction: float):
    _, validation = split_training(LABELS, fraction=fraction, seed=seed)
    share = np.bincount(LABELS) * len(validation) / len(LABELS)
    assert np.abs(np.bincount(LABELS[validation], minlength=10) - share).max() < 1


def test_the_seed_decides_and_the_same_seed_decides_the_same():
    first, again, other = (split_training(LABELS, fraction=0.2, seed=seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_split_of_a_seed_never_changes():
    """Old runs are told apart by their validation rows: these must come out the same with every version of numpy."""
    _, validation = split_training(np.arange(40, dtype=np.uint8) % 10, fraction=0.25, seed=42)
    assert validation.tolist() == [0, 4, 8, 12, 13, 15, 16, 19, 31, 37]


def test_limit_keeps_a_stratified_subset_before_the_split():
    training, validation = split_training(LABELS, fraction=0.1, seed=0, limit=500)
    kept = np.concatenate([training, validation])
    assert len(kept) == len(set(kept.tolist())) == 500
    assert len(validation) == 50
    assert np.abs(np.bincount(LABELS[kept]) - np.bincount(LABELS) / 6).max() < 1


def test_a_limit_above_the_number_of_images_means_all():
    training, validation = split_training(LABELS, fraction=0.1, seed=0, limit=10**6)
    assert len(training) + len(validation) == 3000


def test_without_a_fraction_all_train():
    training, validation = split_training(LABELS, fraction=0, seed=0)
    assert (len(training), len(validation)) == (3000, 0)


def test_a_tiny_fraction_still_validates_with_one_image():
    assert len(split_training(LABELS[:20], fraction=0.01, seed=0)[1]) == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"fraction": 1.0}, "Invalid value for `fraction`"),
        ({"fraction": -0.1}, "Received: -0.1"),
        ({"fraction": 0.1, "limit": 0}, "Invalid value for `limit`"),
        ({"fraction": 0.5, "limit": 1}, "Too few images to train"),
    ],
)
def test_impossible_splits_are_refused(settings, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        split_training(LABELS, seed=0, **settings)


def test_parts_of_no_and_of_all_images():
    for size in (0, len(LABELS)):
        part, rest = stratified_parts(LABELS, size, seed=0)
        assert (len(part), len(rest)) == (size, len(LABELS) - size)
