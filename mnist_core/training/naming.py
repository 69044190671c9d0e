"""Names of networks that people can tell apart: the recipe, and what differs from it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any

from mnist_core.fields import FieldSpec, specs_of
from mnist_core.models.architecture import Architecture
from mnist_core.models.layer import Layer
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.words import counted

MAX_DIFFERENCES = 2
"""So many are named; of more, only how many they are."""
COUNTED = ("filters", "units", "epochs")
"""Settings whose number is named first: "4 filters"."""


@lru_cache(maxsize=4096)  # a page names hundreds of runs at every redraw
def network_name(config: ExperimentConfig) -> str:
    """The recipe and what differs from it: "two-conv · conv_1 4 filters"; for a network without a recipe, its layers.

    The data set is not part of it: it belongs to every score, not to the network.
    """
    recipe = config.recipe
    if recipe is None or recipe not in RECIPES:
        layers = len(config.architecture.layers)
        return f"{recipe or 'own network'} · {counted(layers, 'layer')}"
    found = tuple(differences_from_recipe(config))
    named = found[:MAX_DIFFERENCES] if len(found) > MAX_DIFFERENCES + 1 else found
    rest = len(found) - len(named)
    return " · ".join([recipe, *named, *([f"{rest} more changes"] if rest else [])])


def differences_from_recipe(config: ExperimentConfig) -> Iterator[str]:
    """Each setting that differs from the recipe of `config`, in words, the layers first.

    Raises:
        ConfigError: the recipe does not exist.
    """
    recipe = _recipe(config.recipe or "")
    yield from _layer_differences(recipe.architecture, config.architecture)
    yield from _differences(recipe, config, skipped=("dataset", "recipe", "architecture", "training", "limit"))
    if config.limit is not None:
        yield f"{config.limit:,} images"
    yield from _differences(recipe.training, config.training, skipped=("class_weights", "augmentation"))
    yield from _differences(recipe.training.augmentation, config.training.augmentation)


@cache
def _recipe(name: str) -> ExperimentConfig:
    """The configuration of a recipe; its data set does not matter here."""
    return config_from_recipe(name, dataset="mnist")


def _layer_differences(before: Architecture, after: Architecture) -> Iterator[str]:
    kinds, new_kinds = ([layer.kind for layer in network.layers] for network in (before, after))
    if kinds == new_kinds:
        for name, old, new in zip(after.names, before.layers, after.layers, strict=False):
            yield from (f"{name} {words}" for words in _differences(old, new))
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(None, kinds, new_kinds, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (f"without {_title(layer)}" for layer in before.layers[start:end])
            yield from (f"with {_title(layer)}" for layer in after.layers[new_start:new_end])


def _title(layer: Layer) -> str:
    return layer.title.lower()


def _differences(before: Any, after: Any, *, skipped: tuple[str, ...] = ()) -> Iterator[str]:
    """The fields of two values of one dataclass that differ, in words."""
    for name, spec in specs_of(type(after)).items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new and name not in skipped:
            yield _words(name, spec, new)


def _words(name: str, spec: FieldSpec, value: Any) -> str:
    label, _, unit = spec.label.partition(" (")
    label, unit = label[:1].lower() + label[1:], unit.rstrip(")")
    if value is None or value is False:
        return f"without {label}"
    if value is True:
        return f"with {label}"
    if name in COUNTED:
        return f"{value:,} {label if value != 1 else label.removesuffix('s')}"
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return " ".join(part for part in (label, shown, unit if unit != "fraction" else "") if part)
