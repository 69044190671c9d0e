"""The layers in the `config.json` of a Keras model, in the order in which a digit passes them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mnist_core.data.imports.files.uploads import short_text
from mnist_core.errors import IncomingError, shown
from mnist_core.export.incoming.keras_layers import LAYER_MODULES, KerasLayer
from mnist_core.models.architecture import LIMITS

MAX_LAYERS = 10 * LIMITS["layers"].value
ADD = "Add"
INPUT = "InputLayer"
MODELS = ("Sequential", "Functional", "Model")
"""Classes of models, of which one can also be a layer of another."""

Chain = list[KerasLayer | tuple[list[KerasLayer], list[KerasLayer]]]
"""Layers one after the other; a pair stands for two ways, the long and the short one, that are added."""


def layers_of(document: Any) -> Chain:
    """The layers of a Sequential model, or of a Functional one that is a line but for sums of two ways.

    Raises:
        IncomingError: it is another kind of model, or has another form.
    """
    config = document.get("config") if isinstance(document, dict) else None
    items = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(items, list):
        raise IncomingError("`config.json` is not a model description.")
    if len(items) > MAX_LAYERS:
        raise IncomingError(f"The model has too many layers. Expected at most {MAX_LAYERS}. Received: {len(items):,}.")
    layers = list(_layers(items))
    match document.get("class_name"):
        case "Sequential":
            return list(layers)
        case "Functional" | "Model":
            line = _line(layers, [_origins(item) for item in items])
            _check_output(config.get("output_layers"), line)
            return line
        case other:
            raise IncomingError(f"The model is of the class {shown(other)}. Expected Sequential or Functional.")


def _layers(items: list[Any]) -> Iterator[KerasLayer]:
    counts: Counter[str] = Counter()
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("config"), dict):
            raise IncomingError("`config.json` has a layer that is not described.")
        class_name, config = item.get("class_name"), item["config"]
        name = short_text(str(config.get("name", item.get("name", ""))))
        if not isinstance(class_name, str) or not re.fullmatch(r"[A-Za-z_]\w{0,60}", class_name, re.ASCII):
            raise IncomingError(f"Layer `{name}` has no class. Received: {shown(class_name)}.")
        module, registered = str(item.get("module", "")), item.get("registered_name")
        if class_name in MODELS and module.split(".")[0] == "keras":
            raise IncomingError(
                f"Layer `{name}` is a model within the model ({class_name}), which is not read. Expected its layers in "
                "the model itself."
            )
        if not module.startswith(LAYER_MODULES) or registered is not None:
            of = registered if registered is not None else module
            raise IncomingError(
                f"Layer `{name}` ({class_name}) is not accepted: it is not one of Keras' own layers ({shown(of)}), so "
                "it may run code."
            )
        yield KerasLayer(name=name, class_name=class_name, config=config, path=group_path(class_name, counts))


def group_path(class_name: str, counts: Counter[str]) -> str:
    """The group of the next layer of a class in a weights file: `layers/conv2d`, then `layers/conv2d_1`.

    Args:
        counts: how many layers of each kind came before, which is counted on.
    """
    snake = _snake_case(class_name)
    number = counts[snake]
    counts[snake] += 1
    return f"layers/{snake}" + (f"_{number}" if number else "")


def _snake_case(name: str) -> str:
    """As Keras names the groups of its weights file: `conv2d`, `batch_normalization`, `re_lu`."""
    return re.sub(
        r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    ).lower()


def _origins(item: Mapping[str, Any]) -> list[str]:
    """Names of the layers whose outputs a layer gets.

    Raises:
        IncomingError: it is used more than once, or gets something else than tensors.
    """
    nodes = item.get("inbound_nodes")
    name = short_text(str(item.get("name", "")))
    if not isinstance(nodes, list) or len(nodes) > 1:
        raise IncomingError(f"Layer `{name}` is used more than once. Expected each layer once.")
    found: list[str] = []
    for node in nodes:
        arguments = node.get("args") if isinstance(node, dict) else None
        options = node.get("kwargs") if isinstance(node, dict) else None
        given = {key: value for key, value in (options or {}).items() if value is not None}
        if given == {"training": False}:  # as Keras writes it for dropout
            given = {}
        if not isinstance(arguments, list) or given:
            raise IncomingError(f"Layer `{name}` is called with options. Expected a plain call.")
        flat = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
        found += [_origin(value, name) for value in flat]
    return found


def _origin(value: Any, name: str) -> str:
    history = value.get("config", {}).get("keras_history") if isinstance(value, dict) else None
    is_tensor = isinstance(value, dict) and value.get("class_name") == "__keras_tensor__"
    if not is_tensor or not isinstance(history, list) or not history or not isinstance(history[0], str):
        raise IncomingError(f"Layer `{name}` gets something else than the output of another layer.")
    return history[0]


def _line(layers: list[KerasLayer], origins: list[list[str]]) -> Chain:
    """The layers from the input to the output, with sums of two ways in pairs."""
    by_name = {layer.name: layer for layer in layers}
    if len(by_name) < len(layers):
        raise IncomingError("The model has two layers of the same name.")
    before = {layer.name: names for layer, names in zip(layers, origins, strict=True)}
    after = _after(before)
    starts = [layer for layer in layers if not before[layer.name]]
    if len(starts) != 1:
        raise IncomingError(f"The model has {len(starts)} inputs. Expected one.")
    chain: Chain = [starts[0]]
    name = starts[0].name
    while after[name]:
        if len(after[name]) == 1:
            name = after[name][0]
            chain.append(by_name[name])
        else:
            ways, name = _ways(name, after, before, by_name)
            chain += [ways, by_name[name]]
        if len(chain) > len(layers):
            raise IncomingError("The layers of the model form a circle.")
    return chain


def _check_output(described: Any, line: Chain) -> None:
    """Ensure that the model answers with its last layer alone; a layer within could be what it answers with.

    Raises:
        IncomingError: it answers with another one, or with several.
    """
    if described is None:
        return
    last, is_one = line[-1], isinstance(described, list) and bool(described) and isinstance(described[0], str)
    outputs = [described] if is_one else described
    if not isinstance(outputs, list) or len(outputs) != 1:
        received = len(outputs) if isinstance(outputs, list) else shown(outputs)
        raise IncomingError(f"The model has several outputs. Expected one. Received: {received}.")
    if not isinstance(last, KerasLayer) or outputs[0] != [last.name, 0, 0]:
        raise IncomingError(f"The model answers with {shown(outputs[0])}. Expected its last layer.")


def _after(before: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Names of the layers that get the output of each layer."""
    after: dict[str, list[str]] = {name: [] for name in before}
    for name, origins in before.items():
        for origin in origins:
            if origin not in after:
                raise IncomingError(f"Layer `{name}` gets the output of a layer that is not there.")
            after[origin].append(name)
    return after


def _ways(
    start: str, after: Mapping[str, list[str]], before: Mapping[str, list[str]], by_name: Mapping[str, KerasLayer]
) -> tuple[tuple[list[KerasLayer], list[KerasLayer]], str]:
    """The two ways from a layer to the sum that joins them, the longer one first."""
    if len(after[start]) != 2:
        raise IncomingError(f"The output of layer `{start}` goes to {len(after[start])} layers. Expected at most two.")
    ways, ends = [], set()
    for name in after[start]:
        way = []
        while by_name[name].class_name != ADD:
            way.append(by_name[name])
            if len(after[name]) != 1 or len(way) > len(by_name):
                raise IncomingError(f"The ways from layer `{start}` do not meet in a sum.")
            name = after[name][0]
        ways.append(way)
        ends.add(name)
    if len(ends) != 1 or len(before[next(iter(ends))]) != 2:
        raise IncomingError(f"The ways from layer `{start}` do not meet in a sum of two.")
    return (max(ways, key=len), min(ways, key=len)), ends.pop()
