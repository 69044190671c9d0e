"""The layers of a Keras configuration that we know, as our own. Every key of a layer is looked at: one that we do not
know may change what it computes, so it is refused by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mnist_core.data.imports.files.uploads import short_text
from mnist_core.errors import ConfigError, IncomingError, shown
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Padding,
    SeparableConv,
)

LAYER_MODULES = ("keras.layers", "keras.src.layers")
EPSILON = 1e-3
"""Of batch normalisation: that of Keras, and of our forward pass."""

LEAKY_SLOPE = 0.2
"""Of the activation function `leaky_relu`."""

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
"""Names of what a layer may compute in: its weights are float32."""

EVERY_LAYER = frozenset(("name", "trainable", "dtype", "activity_regularizer", "quantization_config"))
TRAINING_ONLY = ("_initializer", "_regularizer", "_constraint")
"""Ends of keys that matter for training alone."""

WITHOUT_EFFECT = frozenset(
    ("RandomRotation", "RandomTranslation", "RandomZoom", "RandomFlip", "RandomShear", "GaussianNoise")
)
"""Layers that pass on what they get, except during training."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KerasLayer:
    """A layer as the file describes it, with nothing checked but the types.

    Attributes:
        name: in the file; printable.
        path: of its weights in the HDF5 file, without the number at the end.
    """

    name: str
    class_name: str
    config: Mapping[str, Any]
    path: str

    def refused(self, why: str) -> IncomingError:
        return IncomingError(f"Layer `{self.name}` ({self.class_name}) is not accepted: {why}")

    @property
    def precision(self) -> str:
        """The name of what it computes in, such as `mixed_bfloat16`.

        Raises:
            IncomingError: its weights are whole numbers, say, or it computes in a way that we do not know.
        """
        policy = self.config.get("dtype") or PRECISIONS[0]
        described = policy.get("config", {}) if isinstance(policy, dict) else {"name": policy}
        name = described.get("name") or described.get("mode")
        if name not in PRECISIONS:
            raise self.refused(f"it computes in {shown(name)}. Expected one of: {', '.join(PRECISIONS)}.")
        return str(name)

    def require(self, **expected: Any) -> None:
        """Refuse the layer unless these keys have these values, or are missing.

        Raises:
            IncomingError: names the first that does not.
        """
        for key, wanted in expected.items():
            value = self.config.get(key, wanted)
            if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
                raise self.refused(f"`{key}` is {shown(value)}. Expected {shown(wanted)}.")

    def only_keys(self, *known: str) -> None:
        """Refuse the layer if it has other keys than these and those that matter for training alone."""
        for key in self.config:
            if key not in known and key not in EVERY_LAYER and not str(key).endswith(TRAINING_ONLY):
                raise self.refused(f"it has the unknown key `{short_text(str(key))}`. It may be from a newer Keras.")

    def number(self, key: str, default: Any = None) -> float:
        value = self.config.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refused(f"`{key}` is {shown(value)}. Expected a number.")
        return value

    def square(self, key: str) -> int:
        """A size that is the same in both directions."""
        value = self.config.get(key)
        sides: list[Any] = value if isinstance(value, list) else [value, value]
        if len(sides) != 2 or any(isinstance(side, bool) or not isinstance(side, int) for side in sides):
            raise self.refused(f"`{key}` is {shown(value)}. Expected two whole numbers.")
        if sides[0] != sides[1]:
            raise self.refused(f"`{key}` is {shown(value)}. Expected the same height and width.")
        return int(sides[0])

    def activation(self, key: str = "activation") -> Activation:
        value = self.config.get(key, "linear")
        if not isinstance(value, str) or value not in set(Activation):
            named = value.get("class_name") if isinstance(value, dict) else value
            raise self.refused(
                f"its activation function is {shown(named)}. Expected one of: {', '.join(Activation)}. "
                "Functions of one's own may run code."
            )
        return Activation(value)

    def made(self, kind: Callable[..., Layer], **settings: Any) -> Layer:
        """Our layer with these settings.

        Raises:
            IncomingError: one is outside its limits.
        """
        try:
            return kind(**settings)
        except ConfigError as error:
            raise self.refused(str(error)) from error

    @property
    def uses_bias(self) -> bool:
        value = self.config.get("use_bias", True)
        if not isinstance(value, bool):
            raise self.refused(f"`use_bias` is {shown(value)}. Expected true or false.")
        return value


def our_layer(layer: KerasLayer) -> Layer | None:
    """The same layer of ours; None for one that has no effect on predictions.

    Raises:
        IncomingError: there is none; the message names the layer and why.
    """
    if layer.class_name in WITHOUT_EFFECT:
        return None
    if layer.class_name not in _LAYERS:
        why = "it may run code." if layer.class_name == "Lambda" else "MNIST Studio has no layer of this kind."
        raise layer.refused(why)
    return _LAYERS[layer.class_name](layer)


def _window(layer: KerasLayer, kind: type[Conv] | type[SeparableConv], *more: str) -> Layer:
    known = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation", "use_bias")
    layer.only_keys(*known, *more)
    layer.require(data_format="channels_last")
    if layer.square("dilation_rate") != 1:
        raise layer.refused("it is dilated. Expected a `dilation_rate` of 1.")
    padding = layer.config.get("padding")
    if padding not in set(Padding):
        raise layer.refused(f"`padding` is {shown(padding)}. Expected one of: {', '.join(Padding)}.")
    return layer.made(
        kind,
        filters=layer.config.get("filters"),
        kernel_size=layer.square("kernel_size"),
        stride=layer.square("strides"),
        padding=Padding(padding),
        activation=layer.activation(),
    )


def _conv(layer: KerasLayer) -> Layer:
    layer.require(groups=1)
    return _window(layer, Conv, "groups")


def _separable_conv(layer: KerasLayer) -> Layer:
    layer.require(depth_multiplier=1)
    return _window(layer, SeparableConv, "depth_multiplier")


def _pool(kind: type[MaxPool] | type[AveragePool]) -> Callable[[KerasLayer], Layer]:
    def translate(layer: KerasLayer) -> Layer:
        layer.only_keys("pool_size", "padding", "strides", "data_format")
        layer.require(data_format="channels_last", padding="valid")
        size = layer.square("pool_size")
        if layer.config.get("strides") is not None and layer.square("strides") != size:
            raise layer.refused("its squares overlap or leave gaps. Expected `strides` as large as `pool_size`.")
        return layer.made(kind, size=size)

    return translate


def _global_average_pool(layer: KerasLayer) -> Layer:
    layer.only_keys("data_format", "keepdims")
    layer.require(data_format="channels_last", keepdims=False)
    return GlobalAveragePool()


def _batch_norm(layer: KerasLayer) -> Layer:
    layer.only_keys("axis", "momentum", "epsilon", "center", "scale", "synchronized", "renorm", "renorm_clipping",
                    "renorm_momentum")  # fmt: skip
    layer.require(center=True, scale=True, renorm=False, epsilon=EPSILON)
    axis = layer.config.get("axis")
    if (axis[0] if isinstance(axis, list) and len(axis) == 1 else axis) not in (-1, 3):
        raise layer.refused(f"`axis` is {shown(axis)}. Expected the last one, -1.")
    return BatchNorm()


def _dropout(layer: KerasLayer) -> Layer:
    layer.only_keys("rate", "seed", "noise_shape")
    return layer.made(Dropout, rate=float(layer.number("rate")))


def _flatten(layer: KerasLayer) -> Layer:
    layer.only_keys("data_format")
    layer.require(data_format="channels_last")
    return Flatten()


def _dense(layer: KerasLayer) -> Layer:
    layer.only_keys("units", "activation", "use_bias")
    return layer.made(Dense, units=layer.config.get("units"), activation=layer.activation())


def _activation(layer: KerasLayer) -> Layer:
    layer.only_keys("activation")
    return Activate(function=layer.activation())


def _relu(layer: KerasLayer) -> Layer:
    layer.only_keys("max_value", "negative_slope", "threshold")
    layer.require(max_value=None, negative_slope=0.0, threshold=0.0)
    return Activate(function=Activation.RELU)


def _leaky_relu(layer: KerasLayer) -> Layer:
    layer.only_keys("negative_slope")
    layer.require(negative_slope=LEAKY_SLOPE)
    return Activate(function=Activation.LEAKY_RELU)


_LAYERS: Mapping[str, Callable[[KerasLayer], Layer]] = {
    "Conv2D": _conv,
    "SeparableConv2D": _separable_conv,
    "MaxPooling2D": _pool(MaxPool),
    "AveragePooling2D": _pool(AveragePool),
    "GlobalAveragePooling2D": _global_average_pool,
    "BatchNormalization": _batch_norm,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
}
