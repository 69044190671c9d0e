"""Converts all variables of a model in training to named arrays and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import keras
import numpy as np

from mnist_core.errors import TrainingError
from mnist_core.models.build import weight_name

WEIGHT = "weight:"
OPTIMIZER = "optimizer:"
SEED = "seed:"
METRIC = "metric:"


def weight_arrays(model: keras.Model) -> dict[str, np.ndarray]:
    """Weights by name, such as `conv_1/kernel`."""
    return {weight_name(variable): np.array(variable.numpy()) for variable in model.weights}


def state_arrays(model: keras.Model) -> dict[str, np.ndarray]:
    """Weights, optimizer variables and the seeds of layers that draw random numbers."""
    arrays = {WEIGHT + name: value for name, value in weight_arrays(model).items()}
    arrays |= {f"{OPTIMIZER}{i}": np.array(v.numpy()) for i, v in enumerate(model.optimizer.variables)}
    arrays |= {f"{SEED}{i}": np.array(v.numpy()) for i, v in enumerate(_seed_states(model))}
    return arrays


def metric_arrays(model: keras.Model) -> dict[str, np.ndarray]:
    """Running sums of the metrics, needed to resume in the middle of an epoch."""
    return {f"{METRIC}{i}": np.array(v.numpy()) for i, v in enumerate(model.metrics_variables)}


def restore(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Restore the state of a compiled model from `arrays`.

    Raises:
        TrainingError: an array is missing or its shape differs from that of the model's variable.
    """
    model.optimizer.build(model.trainable_variables)
    for variable in model.weights:
        _assign(variable, arrays, WEIGHT + weight_name(variable))
    for i, variable in enumerate(model.optimizer.variables):
        _assign(variable, arrays, f"{OPTIMIZER}{i}")
    for i, variable in enumerate(_seed_states(model)):
        _assign(variable, arrays, f"{SEED}{i}")


def restore_metrics(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Restore the running sums of the metrics; the state must have been saved in the middle of an epoch."""
    for i, variable in enumerate(model.metrics_variables):
        _assign(variable, arrays, f"{METRIC}{i}")


def load_weights(model: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Set a model's weights by name."""
    for variable in model.weights:
        _assign(variable, weights, weight_name(variable))


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every random layer a state that depends only on seed, epoch and its position."""
    for i, state in enumerate(_seed_states(model)):
        state.assign(np.random.SeedSequence([seed, epoch, i]).generate_state(2))


def _seed_states(model: keras.Model) -> Iterator[keras.Variable]:
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            yield generator.state


def _assign(variable: keras.Variable, arrays: Mapping[str, np.ndarray], name: str) -> None:
    value = arrays.get(name)
    if value is None or value.shape != tuple(variable.shape):
        received = "nothing" if value is None else f"shape {value.shape}"
        raise TrainingError(
            f"The checkpoint does not fit the network: `{name}` should have shape {tuple(variable.shape)}. "
            f"Received: {received}."
        )
    variable.assign(value)
