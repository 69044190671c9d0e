"""The residual block of the designer in the layers of a Keras model."""

from __future__ import annotations

from mnist_core.errors import IncomingError
from mnist_core.export.incoming.keras_graph import ADD
from mnist_core.export.incoming.keras_layers import KerasLayer, our_layer
from mnist_core.models.layers import Activation, Conv, Layer, Padding, Residual

RESIDUAL = ("Conv2D", "BatchNormalization", "Activation", "Conv2D", "BatchNormalization")
"""Classes of the layers on the long way of a block."""

RESIDUAL_NAMES = ("conv_1", "batch_norm_1", "activation_1", "conv_2", "batch_norm_2")
"""Their names in our networks, after that of the block."""

Block = tuple[Layer, list[tuple[str, KerasLayer]]]
"""Our layer, and the layers that it stands for by the ends of their names."""


def residual_block(long: list[KerasLayer], short: list[KerasLayer], total: object, end: object) -> Block:
    """The block of two ways that meet in `total`, with what comes after it.

    Raises:
        IncomingError: it is another kind of block; the message names a layer.
    """
    is_known = (
        tuple(layer.class_name for layer in long) == RESIDUAL
        and [layer.class_name for layer in short] in ([], ["Conv2D"])
        and isinstance(total, KerasLayer)
        and total.class_name == ADD
    )
    if not is_known or not isinstance(end, KerasLayer) or end.class_name != "Activation":
        raise IncomingError(
            f"The block that begins with layer `{long[0].name if long else '?'}` is not accepted: MNIST Studio knows "
            "one residual block, two convolutions with batch normalisation."
        )
    filters = long[0].config.get("filters")
    for layer in (long[0], long[3]):
        _check_convolution(layer, filters, size=3)
    for layer in short:
        _check_convolution(layer, filters, size=1)
    for layer in (long[1], long[4]):
        our_layer(layer)
    for layer in (long[2], end):
        layer.require(activation="relu")
    named = [*zip(RESIDUAL_NAMES, long, strict=True), *(("projection", layer) for layer in short)]
    return long[0].made(Residual, filters=filters), [(f"_{part}", layer) for part, layer in named]


def _check_convolution(layer: KerasLayer, filters: object, *, size: int) -> None:
    ours = our_layer(layer)
    layer.require(use_bias=False)
    # Padding makes no difference to a kernel of one pixel.
    paddings = (Padding.SAME,) if size > 1 else tuple(Padding)
    linear = Activation.LINEAR
    fitting = [
        layer.made(Conv, filters=filters, kernel_size=size, padding=padding, activation=linear) for padding in paddings
    ]
    if ours not in fitting:
        raise layer.refused("a residual block has padded convolutions of equal size without bias.")
