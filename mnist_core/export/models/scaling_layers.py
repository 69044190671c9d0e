"""A network with its scaling built in, so that it takes pixels from 0 to 255."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.build import build_model, load_weights
from mnist_core.network.operations import Array

SCALING = "scaling"
"""Name of the layer that scales."""

SMALLEST_SQUARE = 0.25
"""Below the square of the faintest pixel, so that only a column without any ink is divided by it."""


def model_of(
    architecture: Architecture, weights: Mapping[str, Array], scaler: Scaler, *, has_scaling: bool, is_converted: bool
) -> keras.Model:
    """The network of a run, in float32.

    Args:
        has_scaling: whether it takes pixels from 0 to 255 or scaled inputs; both are float32 (N, 28, 28, 1).
        is_converted: whether it is only converted to another form: then every step is one that converters know.
    """
    scale = (_PLAIN if is_converted else _LAYERS)[scaler.kind] if has_scaling else None
    model = build_model(architecture, scale=None if scale is None else lambda tensor: scale(scaler, tensor))
    load_weights(model, weights)
    if is_converted:
        _write_out_gelu(model)
    return model


def _unit(scaler: Scaler, tensor: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(1 / 255, name=SCALING)(tensor)


def _standardised(scaler: Scaler, tensor: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(1 / scaler.std, offset=-scaler.mean / scaler.std, name=SCALING)(tensor)


def _l2_rows(scaler: Scaler, tensor: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.UnitNormalization(axis=1, name=SCALING)(tensor)


def _l2_rows_plain(scaler: Scaler, tensor: keras.KerasTensor) -> keras.KerasTensor:
    """The same as a division: LiteRT's own normalisation answers NaN for a column without ink."""
    squares = keras.ops.sum(keras.ops.square(tensor), axis=1, keepdims=True)
    return tensor / keras.ops.sqrt(keras.ops.maximum(squares, SMALLEST_SQUARE))


def _write_out_gelu(model: keras.Model) -> None:
    """Write GELU with erf: TensorFlow writes it with erfc, which ONNX does not have."""
    for layer in model.layers:
        if getattr(layer, "activation", None) is keras.activations.gelu:
            layer.activation = _gelu


def _gelu(x: keras.KerasTensor) -> keras.KerasTensor:
    return 0.5 * x * (1 + keras.ops.erf(x * np.float32(0.5**0.5)))


Scaled = Callable[[Scaler, keras.KerasTensor], keras.KerasTensor]

_LAYERS: Mapping[Scaling, Scaled] = {
    Scaling.UNIT: _unit,
    Scaling.STANDARDISED: _standardised,
    Scaling.L2_ROWS: _l2_rows,
}
_PLAIN: Mapping[Scaling, Scaled] = {**_LAYERS, Scaling.L2_ROWS: _l2_rows_plain}
