"""Digits that a run has seen are counted, by comparing every image with every other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.data.splitting import split_training
from mnist_core.evaluation.leakage import Leakage, find_leakage
from mnist_core.training.config import config_from_recipe


def test_training_and_validation_images_are_told_apart_from_new_ones(sample_only):
    own = load_dataset("mnist-sample")
    config = config_from_recipe("two-conv", dataset="mnist-sample", limit=500, validation_fraction=0.2, seed=3)
    training, validation = split_training(own.train.labels, fraction=0.2, seed=3, limit=500)
    left_out = np.setdiff1d(np.arange(len(own.train)), [*training, *validation])
    asked = np.concatenate([training[:7], validation[:4], left_out[:6], training[:1]])
    assert find_leakage(config, own, own.train.images[asked]) == Leakage(n=18, n_trained=8, n_validated=4)
    assert find_leakage(config, own, own.train.images[left_out[:6]]).is_clean


def test_its_own_test_digits_are_new(sample_only):
    own = load_dataset("mnist-sample")
    config = config_from_recipe("two-conv", dataset="mnist-sample")
    flat = {image.tobytes() for image in own.train.images}
    copies = sum(image.tobytes() in flat for image in own.test.images)
    found = find_leakage(config, own, own.test.images)
    assert found.n_trained + found.n_validated == copies


def test_one_pixel_makes_another_digit(sample_only):
    own = load_dataset("mnist-sample")
    config = replace(config_from_recipe("two-conv", dataset="mnist-sample"), limit=None)
    changed = own.train.images[:5].copy()
    changed[:, 0, 0] ^= 255
    assert find_leakage(config, own, changed) == Leakage(n=5, n_trained=0, n_validated=0)
