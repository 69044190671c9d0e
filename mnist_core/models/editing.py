"""Edits of a stack of layers. Each gives a new `Architecture`; whether that can be built, its `problem` says."""

from __future__ import annotations

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Layer


def insert(architecture: Architecture, position: int, layer: Layer) -> Architecture:
    """With `layer` before the one at `position`; at the end if `position` is the number of layers.

    Raises:
        ConfigError: there is no such position.
    """
    layers = architecture.layers
    _check(position, len(layers))
    return Architecture(layers=(*layers[:position], layer, *layers[position:]))


def remove(architecture: Architecture, position: int) -> Architecture:
    """Without the layer at `position`.

    Raises:
        ConfigError: there is no such layer.
    """
    layers = architecture.layers
    _check(position, len(layers) - 1)
    return Architecture(layers=(*layers[:position], *layers[position + 1 :]))


def move(architecture: Architecture, position: int, to: int) -> Architecture:
    """With the layer at `position` taken out and put where it will be layer `to`.

    Raises:
        ConfigError: there is no such layer, or no such place.
    """
    _check(to, len(architecture.layers) - 1, "to")
    without = remove(architecture, position)
    return insert(without, to, architecture.layers[position])


def duplicate(architecture: Architecture, position: int) -> Architecture:
    """With a copy of the layer at `position` right after it.

    Raises:
        ConfigError: there is no such layer.
    """
    _check(position, len(architecture.layers) - 1)
    return insert(architecture, position + 1, architecture.layers[position])


def replace(architecture: Architecture, position: int, layer: Layer) -> Architecture:
    """With `layer` in the place of the one at `position`.

    Raises:
        ConfigError: there is no such layer.
    """
    return insert(remove(architecture, position), position, layer)


def _check(position: int, last: int, name: str = "position") -> None:
    if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position <= last:
        expected = f"an integer from 0 to {last}" if last >= 0 else "a network that has layers"
        raise ConfigError.invalid(name, expected=expected, received=position)
