"""Names of networks that people can tell apart: the recipe, and what differs from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.models.architecture import Architecture
from mnist_core.models.layer import Layer
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.settings import Optimizer, Schedule, TrainingSettings
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
    if len(found) > MAX_DIFFERENCES + 1:
        found = tuple(_differences_from_recipe(config, is_augmentation_one=True))
    named = found[:MAX_DIFFERENCES] if len(found) > MAX_DIFFERENCES + 1 else found
    rest = len(found) - len(named)
    return " · ".join([recipe, *named, *([f"{rest} more changes"] if rest else [])])


def differences_from_recipe(config: ExperimentConfig) -> Iterator[str]:
    """Each setting that differs from the recipe of `config`, in words, the layers first.

    What follows from another difference is none of its own: settings that have no effect, and the amounts of an
    augmentation that is turned off.

    Raises:
        ConfigError: the recipe does not exist.
    """
    return _differences_from_recipe(config)


def _differences_from_recipe(config: ExperimentConfig, *, is_augmentation_one: bool = False) -> Iterator[str]:
    """The differences; with `is_augmentation_one`, all amounts of an augmentation that is turned on are one of them."""
    recipe = _recipe(config.recipe or "")
    yield from _layer_differences(recipe.architecture, config.architecture)
    yield from _differences(recipe, config, skipped=("dataset", "recipe", "architecture", "training", "limit"))
    if config.limit is not None:
        yield f"{config.limit:,} images"
    skipped = ("class_weights", "augmentation", *_without_effect(config.training))
    yield from _differences(recipe.training, config.training, skipped=skipped)
    yield from _augmentation_differences(
        recipe.training.augmentation, config.training.augmentation, is_one=is_augmentation_one
    )


@cache
def _recipe(name: str) -> ExperimentConfig:
    """The configuration of a recipe; its data set does not matter here."""
    return config_from_recipe(name, dataset="mnist")


def _without_effect(settings: TrainingSettings) -> Iterator[str]:
    """The names of the settings that change nothing as the others are."""
    if settings.schedule is not Schedule.STEP:
        yield from ("step_epochs", "step_factor")
    if not settings.takes_momentum:
        yield "momentum"
    if settings.optimizer is not Optimizer.SGD or not settings.momentum:
        yield "nesterov"
    if not settings.augmentation.is_on:
        yield "last_augmented_epoch"


def _augmentation_differences(before: Augmentation, after: Augmentation, *, is_one: bool) -> Iterator[str]:
    if before.is_on and not after.is_on:
        yield "without augmentation"
    elif is_one and after.is_on and not before.is_on:
        yield "with augmentation"
    else:
        yield from _differences(before, after)


def _layer_differences(before: Architecture, after: Architecture) -> Iterator[str]:
    kinds, new_kinds = ([layer.kind for layer in network.layers] for network in (before, after))
    if kinds == new_kinds:
        for name, old, new in zip(after.names, before.layers, after.layers, strict=False):
            yield from (f"{name} {words}" for words in _differences(old, new))
        return
    parts = SequenceMatcher(None, kinds, new_kinds, autojunk=False).get_opcodes()
    changed = [(before.layers[i:j], after.layers[k:n]) for tag, i, j, k, n in parts if tag != "equal"]
    removed, added = (Counter(_title(layer) for pair in changed for layer in pair[side]) for side in (0, 1))
    moved = removed & added
    yield from (f"{title} moved" for title in moved.elements())
    taken, put = moved.copy(), moved.copy()
    for old_layers, new_layers in changed:
        yield from _replaced(_left(old_layers, taken), _left(new_layers, put))


def _left(layers: Iterable[Layer], moved: Counter[str]) -> list[str]:
    """The titles of the layers that have not moved; those that have are taken out of `moved`."""
    left = []
    for title in map(_title, layers):
        if moved[title]:
            moved[title] -= 1
        else:
            left.append(title)
    return left


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What stands in the place of what, one by one; then what has nothing in its place, or stands where nothing was."""
    yield from (f"{one} instead of {other}" for other, one in zip(old, new, strict=False))
    yield from (f"without {title}" for title in old[len(new) :])
    yield from (f"with {title}" for title in new[len(old) :])


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
