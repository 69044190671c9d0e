"""Advice on an architecture before it is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mnist_core.data.dataset import N_CLASSES
from mnist_core.models.architecture import OUTPUT, Architecture, LayerRow
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
    Padding,
    Residual,
    SeparableConv,
)
from mnist_core.models.recipes import RECIPES
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted

DENSE_SHARE = 0.95
MANY_PARAMETERS = 2_000_000
HIGH_DROPOUT = 0.7
USUAL_DROPOUT = (0.2, 0.5)
ACCURATE = 0.99
DEEP = 10

_WITH_WEIGHTS = (Conv, SeparableConv, Dense, Residual)
_CONVOLUTIONS = (Conv, SeparableConv, Residual)
_LINEAR = (Dropout, Flatten, BatchNorm, AveragePool, GlobalAveragePool)
"""Layers between which two linear ones can still be merged into one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """A remark on an architecture.

    Attributes:
        rule: short name of the rule, the same for every network.
        sentence: the problem and what to try.
        layer: position of the layer, None if the remark is about the whole network.
    """

    rule: str
    sentence: str
    layer: int | None = None


def advice(architecture: Architecture) -> tuple[Advice, ...]:
    """All advice on a network, the most important first; none if it cannot be built."""
    if architecture.problem is not None:
        return ()
    return tuple(found for rule in _RULES for found in rule(architecture))


def _no_convolution(architecture: Architecture) -> Iterator[Advice]:
    if not any(isinstance(layer, _CONVOLUTIONS) for layer in architecture.layers):
        yield Advice(
            rule="no_convolution",
            sentence="No convolution: the network has to learn a stroke separately for every position. A "
            "convolution usually lowers the error rate.",
        )


def _dense_holds_all(architecture: Architecture) -> Iterator[Advice]:
    if not any(isinstance(layer, _CONVOLUTIONS) for layer in architecture.layers):
        return  # in a network of dense layers this is always so
    for row in architecture.rows:
        share = row.parameters / architecture.parameters
        if row.kind == Dense.kind and share >= DENSE_SHARE:
            yield Advice(
                rule="dense_holds_all",
                layer=row.position,
                sentence=f"{row.name} has {shown_share(share)} of the parameters, because it has "
                f"{row.input_shape[0]:,} inputs. Add a pooling layer or global average pooling before it to make it "
                "much smaller.",
            )


def _nothing_between(architecture: Architecture) -> Iterator[Advice]:
    """Two linear layers in a row are one: their product is a single matrix. Not before a residual block."""
    linear: LayerRow | None = None
    for layer, row in _with_output(architecture):
        if linear is not None and isinstance(layer, _WITH_WEIGHTS) and not isinstance(layer, Residual):
            yield Advice(
                rule="nothing_between",
                layer=linear.position,
                sentence=f"{linear.name} has no activation before {row.name}: together they compute no more than a "
                "single linear layer. Choose an activation such as ReLU.",
            )
        if _is_linear(layer):
            linear = row
        elif not (isinstance(layer, _LINEAR) or _changes_nothing(layer, row)):
            linear = None


def _few_features(architecture: Architecture) -> Iterator[Advice]:
    features = architecture.rows[-1].input_shape[0]
    if features < N_CLASSES:
        yield Advice(
            rule="few_features",
            layer=len(architecture.layers) - 1,
            sentence=f"Only {counted(features, 'value reaches', 'values reach')} the output, which has "
            f"to tell {N_CLASSES} classes apart. Use at least {N_CLASSES}.",
        )


def _many_parameters(architecture: Architecture) -> Iterator[Advice]:
    if architecture.parameters > MANY_PARAMETERS:
        yield Advice(
            rule="many_parameters",
            sentence=f"{architecture.parameters:,} parameters are far more than digits need: "
            f"{_smallest_accurate()} Expect slow epochs and overfitting.",
        )


def _smallest_accurate() -> str:
    """The smallest recipe whose published accuracy is high, in a sentence."""
    known = [(recipe.parameters, recipe) for recipe in RECIPES.values()]
    reached = [(n, recipe) for n, recipe in known if (recipe.published_test_accuracy or 0) >= ACCURATE]
    n, recipe = min(reached, key=lambda item: item[0])
    accuracy = shown_share(recipe.published_test_accuracy or 0.0)
    return f"with {n:,}, {recipe.name} is published at {accuracy} test accuracy."


def _high_dropout(architecture: Architecture) -> Iterator[Advice]:
    for layer, row in _with_output(architecture):
        if isinstance(layer, Dropout) and layer.rate >= HIGH_DROPOUT:
            yield Advice(
                rule="high_dropout",
                layer=row.position,
                sentence=f"{row.name} sets {shown_level(layer.rate)} of its inputs to 0 at every step, which slows "
                f"training down a lot. {shown_level(USUAL_DROPOUT[0])} to {shown_level(USUAL_DROPOUT[1])} is usual.",
            )


def _window_beyond_image(architecture: Architecture) -> Iterator[Advice]:
    for layer, row in _with_output(architecture):
        if not isinstance(layer, Conv | SeparableConv) or layer.padding is not Padding.SAME:
            continue
        if layer.kernel_size > min(row.input_shape[:2]):
            yield Advice(
                rule="window_beyond_image",
                layer=row.position,
                sentence=f"The {layer.kernel_size} x {layer.kernel_size} kernel of {row.name} is larger than its "
                f"{row.input_shape[0]} x {row.input_shape[1]} input: much of it only ever covers the zero padding.",
            )


def _without_effect(architecture: Architecture) -> Iterator[Advice]:
    for layer, row in _with_output(architecture):
        if _changes_nothing(layer, row):
            yield Advice(
                rule="without_effect",
                layer=row.position,
                sentence=f"{row.name} has no effect here and can be removed.",
            )


def _saturating(architecture: Architecture) -> Iterator[Advice]:
    layers = [layer for layer in architecture.layers if _activation_of(layer) is Activation.SIGMOID]
    if len(layers) >= 3:
        yield Advice(
            rule="saturating",
            sentence=f"{len(layers)} layers use the sigmoid, each of which shrinks the gradient: the first layers "
            "will hardly learn. ReLU avoids this.",
        )


def _deep_without_norm(architecture: Architecture) -> Iterator[Advice]:
    depth = sum(isinstance(layer, _WITH_WEIGHTS) for layer in architecture.layers)
    if depth > DEEP and not any(isinstance(layer, BatchNorm | Residual) for layer in architecture.layers):
        yield Advice(
            rule="deep_without_norm",
            sentence=f"{depth} layers with weights, but neither batch normalisation nor residual blocks: networks "
            "this deep often do not start to learn.",
        )


def _with_output(architecture: Architecture) -> Iterator[tuple[Layer, LayerRow]]:
    """Every layer with its row; the classifier head as a dense layer."""
    head = Dense(units=N_CLASSES)
    for row in architecture.rows:
        yield (head if row.kind == OUTPUT else architecture.layers[row.position]), row


def _activation_of(layer: Layer) -> Activation | None:
    if isinstance(layer, Conv | SeparableConv | Dense):
        return layer.activation
    return layer.function if isinstance(layer, Activate) else None


def _is_linear(layer: Layer) -> bool:
    return isinstance(layer, Conv | SeparableConv | Dense) and layer.activation is Activation.LINEAR


def _changes_nothing(layer: Layer, row: LayerRow) -> bool:
    match layer:
        case Flatten():
            return len(row.input_shape) == 1
        case Dropout():
            return layer.rate == 0
        case Activate():
            return layer.function is Activation.LINEAR
    return False


_RULES: tuple[Callable[[Architecture], Iterator[Advice]], ...] = (
    _no_convolution,
    _few_features,
    _nothing_between,
    _dense_holds_all,
    _many_parameters,
    _deep_without_norm,
    _saturating,
    _high_dropout,
    _window_beyond_image,
    _without_effect,
)
