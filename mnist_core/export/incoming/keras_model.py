"""A Keras model file's configuration as one of our networks, and where in the file its weights are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from mnist_core.data.dataset import N_CLASSES, SIDE
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.errors import ArchitectureError, IncomingError, shown
from mnist_core.export.incoming.keras_graph import INPUT, Chain, group_path, layers_of
from mnist_core.export.incoming.keras_layers import PRECISIONS, KerasLayer, our_layer
from mnist_core.export.incoming.keras_residual import RESIDUAL, RESIDUAL_NAMES, residual_block
from mnist_core.models.architecture import OUTPUT, Architecture
from mnist_core.models.layers import Activation, BatchNorm, Conv, Dense, Flatten, Layer, Residual, SeparableConv
from mnist_core.runs.document import DECODER

PIXELS = SIDE * SIDE
INPUTS = ([SIDE, SIDE, 1], [SIDE, SIDE], [PIXELS])
FULL = 255
PARTS = {
    "Conv2D": ("kernel", "bias"),
    "Dense": ("kernel", "bias"),
    "SeparableConv2D": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
}
"""The weights of a Keras layer in the order of its file."""

MAX_MULTIPLY_ADDS = 500_000_000
"""For one digit: a network that needs more could not be scored on thousands in minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignNetwork:
    """A network from a file.

    Attributes:
        scaler: what it does to the pixels itself; None if it expects them scaled.
        places: path of each of our weights in the HDF5 file; a weight without a place is 0.
        notes: sentences on what was left out or taken for granted.
    """

    architecture: Architecture
    scaler: Scaler | None
    places: dict[str, str]
    notes: tuple[str, ...]


def parse_model(content: bytes) -> ForeignNetwork:
    """The network that a `config.json` describes.

    Raises:
        IncomingError: it is no description, or of something that we cannot compute; the message names the layer.
    """
    try:
        document = DECODER.decode(content.decode("utf-8"))
    except RecursionError:
        raise IncomingError("`config.json` is nested too deeply.") from None
    except (ValueError, ArithmeticError) as error:
        raise IncomingError("`config.json` is not a model description.") from error
    try:
        return _Reader().network(layers_of(document))
    except RecursionError:
        raise IncomingError("`config.json` is nested too deeply.") from None
    except (AttributeError, TypeError, KeyError, IndexError) as error:
        raise IncomingError("`config.json` has a form that Keras does not write.") from error


class _Reader:
    """Collects the layers of one model."""

    def __init__(self) -> None:
        self.layers: list[tuple[Layer, list[tuple[str, KerasLayer]]]] = []
        self.scaler: Scaler | None = None
        self.notes: list[str] = []

    def network(self, chain: Chain) -> ForeignNetwork:
        if not chain or not isinstance(chain[0], KerasLayer) or chain[0].class_name != INPUT:
            raise IncomingError("The model does not say what its input is. Save it again after it was built.")
        self._take_input(chain[0])
        self._take_precisions(chain[1:])
        body, output = self._without_output(chain[1:])
        position = 0
        while position < len(body):
            position += self._take(body, position)
        architecture = Architecture(layers=tuple(layer for layer, _ in self.layers))
        self._check(architecture)
        return ForeignNetwork(
            architecture=architecture,
            scaler=self.scaler,
            places=dict(self._places(architecture, output)),
            notes=tuple(self.notes),
        )

    def _take_input(self, layer: KerasLayer) -> None:
        shape = layer.config.get("batch_shape")
        sides = shape[1:] if isinstance(shape, list) else shape
        if sides not in INPUTS:
            size = " x ".join(map(str, sides)) if isinstance(sides, list) else shown(sides)
            raise layer.refused(f"the model expects {size:.60}. Expected {SIDE} x {SIDE} x 1.")
        if sides == [PIXELS]:
            self.layers.append((Flatten(), []))

    def _take_precisions(self, chain: Chain) -> None:
        ways = [[item] if isinstance(item, KerasLayer) else [*item[0], *item[1]] for item in chain]
        others = {layer.precision for way in ways for layer in way} - {PRECISIONS[0]}
        if others:
            self.notes.append(
                f"The model computes in {', '.join(sorted(others))}, and is computed in {PRECISIONS[0]} here: "
                "probabilities can differ a little."
            )

    def _without_output(self, chain: Chain) -> tuple[Chain, KerasLayer]:
        """The layers before the classifier head, and the head."""
        if not chain:
            raise IncomingError("The model has no layers.")
        *body, last = chain
        is_softmax = isinstance(last, KerasLayer) and _is_softmax(last)
        if is_softmax and body:
            last = body.pop()
        if not isinstance(last, KerasLayer) or last.class_name != "Dense":
            raise IncomingError("The model does not end with a Dense layer. Expected one of ten units with softmax.")
        if last.config.get("units") != N_CLASSES:
            raise last.refused(f"the model has {shown(last.config.get('units'))} classes. Expected {N_CLASSES}.")
        last.only_keys("units", "activation", "use_bias")
        activation = last.config.get("activation")
        if is_softmax and activation != Activation.LINEAR:
            raise last.refused(f"softmax follows its activation function, which is {shown(activation)}. Expected none.")
        if activation == Activation.LINEAR and not is_softmax:
            self.notes.append("The model answers with logits; softmax was added.")
        elif not is_softmax and activation != "softmax":
            raise last.refused(f"its activation function is {shown(activation)}. Expected softmax.")
        return body, last

    def _take(self, chain: Chain, position: int) -> int:
        """Take the layer at a position, or the block that begins there; returns how many items it took."""
        layer = chain[position]
        if isinstance(layer, tuple):
            return self._take_residual(chain, position)
        if layer.class_name in ("Rescaling", "UnitNormalization"):
            self._take_scaling(layer)
            return 1
        if layer.class_name == "Reshape":
            if layer.config.get("target_shape") not in INPUTS[:1] or any(layers for _, layers in self.layers):
                raise layer.refused(f"only images of {SIDE} x {SIDE} x 1 at the start can be reshaped.")
            self.layers = []
            return 1
        ours = our_layer(layer)
        if ours is None:
            self.notes.append(f"Layer `{layer.name}` ({layer.class_name}) has no effect after training; left out.")
        elif not (isinstance(ours, Flatten) and self.layers and isinstance(self.layers[-1][0], Flatten)):
            self.layers.append((ours, [("", layer)]))
        return 1

    def _take_scaling(self, layer: KerasLayer) -> None:
        if any(layers for _, layers in self.layers) or self.scaler is not None:
            raise layer.refused("pixels can be scaled at the start only, and once.")
        if layer.class_name == "UnitNormalization":
            layer.only_keys("axis")
            axis = layer.config.get("axis")
            if axis not in (1, [1]):
                raise layer.refused(f"`axis` is {shown(axis)}. Expected 1.")
            if self.layers:  # the pixels come as one row, of which this is the whole length
                raise layer.refused(f"it scales rows of {SIDE * SIDE} pixels. Expected images of {SIDE} x {SIDE}.")
            self.scaler = Scaler(kind=Scaling.L2_ROWS)
            return
        layer.only_keys("scale", "offset")
        scale, offset = layer.number("scale"), layer.number("offset", 0.0)
        if scale <= 0:
            raise layer.refused(f"`scale` is {scale:g}. Expected a number above 0.")
        if offset == 0 and abs(scale * FULL - 1) < 1e-6:
            self.scaler = Scaler(kind=Scaling.UNIT)
        else:
            self.scaler = Scaler(kind=Scaling.STANDARDISED, mean=-offset / scale, std=1 / scale)

    def _take_residual(self, chain: Chain, position: int) -> int:
        """Take a residual block: two ways, their sum, and ReLU."""
        ways, total, end = (*chain[position : position + 3], None, None)[:3]
        assert isinstance(ways, tuple)
        self.layers.append(residual_block(*ways, total, end))
        return 3

    def _check(self, architecture: Architecture) -> None:
        try:
            architecture.validate()
        except ArchitectureError as error:
            raise IncomingError(f"The network of the file cannot be built. {error}") from error
        for row, (layer, sources) in zip(architecture.rows, self.layers, strict=False):
            if isinstance(layer, Residual):
                has_projection = any(part == "_projection" for part, _ in sources)
                if has_projection != layer.has_projection(row.input_shape):
                    raise IncomingError(f"The residual block `{sources[0][1].name}` has another skip connection.")
        if architecture.multiply_adds > MAX_MULTIPLY_ADDS:
            raise IncomingError(
                f"The network needs too much computing. Expected at most {MAX_MULTIPLY_ADDS:,} multiply-adds a digit. "
                f"Received: {architecture.multiply_adds:,}."
            )

    def _places(self, architecture: Architecture, output: KerasLayer) -> Any:
        for name, (_, sources) in zip(architecture.names, self.layers, strict=False):
            for part, layer in sources:
                yield from _places_of(f"{name}{part}", layer)
        yield from _places_of(OUTPUT, output)


def _places_of(name: str, layer: KerasLayer) -> Any:
    parts = PARTS.get(layer.class_name, ())
    for number, part in enumerate(parts):
        if part != "bias" or layer.uses_bias:
            yield f"{name}/{part}", f"{layer.path}/vars/{number}"


def _is_softmax(layer: KerasLayer) -> bool:
    if layer.class_name == "Softmax":
        layer.only_keys("axis")
        layer.require(axis=-1)
        return True
    return layer.class_name == "Activation" and layer.config.get("activation") == "softmax"


def places_in_order(architecture: Architecture) -> dict[str, str]:
    """Where the weights of one of our own networks are in a weights file that Keras wrote.

    Raises:
        IncomingError: the order of its layers in such a file is not known.
    """
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    classes = {Conv: "Conv2D", SeparableConv: "SeparableConv2D", BatchNorm: "BatchNormalization", Dense: "Dense"}

    def take(name: str, class_name: str, parts: tuple[str, ...]) -> None:
        path = group_path(class_name, counts)
        places.update({f"{name}/{part}": f"{path}/vars/{place}" for place, part in enumerate(parts)})

    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        if isinstance(layer, Residual):
            for part, class_name in zip(RESIDUAL_NAMES, RESIDUAL, strict=True):
                if class_name in PARTS:
                    take(f"{row.name}_{part}", class_name, PARTS[class_name][: 1 if class_name == "Conv2D" else 4])
            if layer.has_projection(row.input_shape):
                take(f"{row.name}_projection", "Conv2D", ("kernel",))
        elif type(layer) in classes:
            class_name = classes[type(layer)]
            take(row.name, class_name, PARTS[class_name])
    take(OUTPUT, "Dense", PARTS["Dense"])
    return places
