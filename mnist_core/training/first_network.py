"""The network that a newcomer trains first: small enough for less than a minute on two cores, and worth looking at."""

from __future__ import annotations

from mnist_core.training.config import config_from_recipe

FIRST_NETWORK = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=5, batch_size=32, learning_rate=0.002)
"""The small batches are what makes five epochs on 3,600 images enough."""
