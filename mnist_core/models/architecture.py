"""A network as a stack of layers, with shapes, parameters and multiply-adds, in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import ArchitectureError, ConfigError
from mnist_core.fields import UNREADABLE, known_keys
from mnist_core.models.layers import Layer, layer_from_dict, layer_to_dict
from mnist_core.models.shapes import Shape, shown_shape, size_of

INPUT_SHAPE: Shape = (28, 28, 1)
OUTPUT = "output"
"""Name and kind of the classifier head of every network: a dense layer of 10 units with softmax."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A resource limit, well above what people need, and its reason."""

    value: int
    reason: str


MAX_PARAMETERS = 20_000_000
BYTES_PER_NUMBER = 4
"""Of a float32."""

LIMITS: Mapping[str, Limit] = {
    "parameters": Limit(
        value=MAX_PARAMETERS,
        reason=f"Training with Adam holds {4 * BYTES_PER_NUMBER} bytes for every weight: it, its gradient and two "
        f"numbers of the optimizer. {MAX_PARAMETERS:,} take {4 * BYTES_PER_NUMBER * MAX_PARAMETERS // 10**6} MB.",
    ),
    "layers": Limit(
        value=60,
        reason="Deeper networks take minutes to start and are hardly more accurate on images as small as digits.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRow:
    """A layer at its position. Shapes are without the batch; multiply-adds and bytes are for one image.

    Attributes:
        position: from 0; the classifier head comes last.
        name: unique in the network, such as `conv_1`; the layer has this name in Keras and in stored weights.
        activation_bytes: size of the layer's activations in float32.
    """

    position: int
    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    multiply_adds: int
    activation_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """A stack of layers on 28 x 28 x 1 images, without the classifier head `output`, which always follows.

    It may be a stack that cannot be built, so that it can be edited; `problem` says why.
    """

    layers: tuple[Layer, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The unique name of each layer, `output` last; known even if the stack cannot be built."""
        return tuple(_names(self.layers))

    @property
    def rows(self) -> tuple[LayerRow, ...]:
        """Every layer at its position, `output` last. Ends before the first layer that cannot be built."""
        return _analysed(self)[0]

    @property
    def problem(self) -> ArchitectureError | None:
        """Why the stack cannot be built, or None.

        Its `layer` is the position of the faulty layer (that of `output` if its input is an image), None if no single
        layer is at fault.
        """
        found = _analysed(self)[1]
        return ArchitectureError(*found) if found else None

    @property
    def parameters(self) -> int:
        """All parameters of `rows`, trainable or not."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of `rows` for one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Bytes of all activations of `rows` for one image, in float32."""
        return sum(row.activation_bytes for row in self.rows)

    def validate(self) -> None:
        """Raise the `problem`, an `ArchitectureError`, if there is one."""
        if (problem := self.problem) is not None:
            raise problem

    def to_dict(self) -> dict[str, Any]:
        """The architecture in JSON's types."""
        return {"layers": [layer_to_dict(layer) for layer in self.layers]}

    @classmethod
    def from_dict(cls, data: Any, where: str = "architecture") -> Architecture:
        """The architecture in the output of `to_dict`. It may not be buildable: see `problem`.

        Raises:
            ConfigError: names the first key that is unknown, missing, or outside its allowed range.
        """
        try:
            layers = known_keys(data, {"layers"}, where).get("layers")
            if not isinstance(layers, list | tuple):
                raise ConfigError.invalid(
                    f"{where}.layers", expected="a list of layers", received=layers, words=UNREADABLE
                )
            if len(layers) > 10 * LIMITS["layers"].value:  # a few too many can still be shown and removed
                raise _too_many_layers(len(layers))
            return cls(layers=tuple(layer_from_dict(item, f"{where}.layers[{i}]") for i, item in enumerate(layers)))
        except RecursionError:
            raise ConfigError(
                f"`{where}` is nested too deeply. Expected a list of flat objects, one per layer.", words=UNREADABLE
            ) from None


def _names(layers: tuple[Layer, ...]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for layer in layers:
        seen[layer.kind] += 1
        yield f"{layer.kind}_{seen[layer.kind]}"
    yield OUTPUT


@lru_cache(maxsize=512)
def _analysed(architecture: Architecture) -> tuple[tuple[LayerRow, ...], tuple[str, int | None] | None]:
    """The rows, and message and position of the problem. Cached: an editor asks for the same stack many times."""
    rows: list[LayerRow] = []
    shape = INPUT_SHAPE
    names = architecture.names
    for position, layer in enumerate(architecture.layers):
        try:
            row = _row(layer, position, names[position], shape)
        except ArchitectureError as error:
            return tuple(rows), (f"Layer {position + 1} ({layer.title.lower()}) cannot be built. {error}", position)
        rows.append(row)
        shape = row.output_shape
    if len(shape) != 1:
        message = (
            f"The network ends with an image. Expected flatten or global average pooling before the output. "
            f"Received: {shown_shape(shape)}."
        )
        return tuple(rows), (message, len(architecture.layers))
    rows.append(_output_row(len(rows), shape))
    return tuple(rows), _limit_problem(rows)


def _row(layer: Layer, position: int, name: str, shape: Shape) -> LayerRow:
    return LayerRow(
        output_shape=layer.output_shape(shape),  # first, because it checks the input for the others
        position=position,
        name=name,
        kind=layer.kind,
        input_shape=shape,
        parameters=layer.parameters(shape),
        multiply_adds=layer.multiply_adds(shape),
        activation_bytes=4 * layer.activation_values(shape),
    )


def _output_row(position: int, shape: Shape) -> LayerRow:
    features = size_of(shape)
    return LayerRow(
        position=position,
        name=OUTPUT,
        kind=OUTPUT,
        input_shape=shape,
        output_shape=(N_CLASSES,),
        parameters=(features + 1) * N_CLASSES,
        multiply_adds=features * N_CLASSES,
        activation_bytes=4 * N_CLASSES,
    )


def _limit_problem(rows: list[LayerRow]) -> tuple[str, int | None] | None:
    n_layers = len(rows) - 1
    if n_layers > LIMITS["layers"].value:
        return str(_too_many_layers(n_layers)), None
    parameters, limit = sum(row.parameters for row in rows), LIMITS["parameters"]
    if parameters <= limit.value:
        return None
    largest = max(rows, key=lambda row: row.parameters)
    message = (
        f"The network has too many parameters, most of them in layer {largest.position + 1} ({largest.name}). "
        f"Expected at most {limit.value:,}. Received: {parameters:,}. {limit.reason}"
    )
    return message, largest.position


def _too_many_layers(received: int) -> ArchitectureError:
    limit = LIMITS["layers"]
    return ArchitectureError(
        f"The network has too many layers. Expected at most {limit.value}. Received: {received:,}. {limit.reason}"
    )
