"""The settings in which several configurations differ, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from mnist_core.fields import specs_of
from mnist_core.training.config import ExperimentConfig

OFF = "off"
NO_LAYER = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingDifference:
    """A setting that is not the same everywhere.

    Attributes:
        label: its name on the forms; of a layer's setting, with the name of the layer.
        values: in words, one for each configuration, in their order.
    """

    label: str
    values: tuple[str, ...]


def setting_differences(configs: Sequence[ExperimentConfig]) -> tuple[SettingDifference, ...]:
    """The settings that are not equal in all configurations: data, layers, training, augmentation, in this order.

    The name of the recipe is left out: what a recipe sets is compared itself.
    """
    architectures = [config.architecture for config in configs]
    kinds = [tuple(layer.kind for layer in one.layers) for one in architectures]
    found = list(_differing(configs, skipped=("recipe", "architecture", "training")))
    if len(set(kinds)) <= 1:
        for place, name in enumerate(architectures[0].names[:-1] if architectures else ()):
            layers = [one.layers[place] for one in architectures]
            found += [
                SettingDifference(label=f"{name}: {one.label.lower()}", values=one.values) for one in _differing(layers)
            ]
    else:
        words = tuple(" → ".join(layer.title for layer in one.layers) or NO_LAYER for one in architectures)
        found.append(SettingDifference(label="Layers", values=words))
    training = [config.training for config in configs]
    found += _differing(training, skipped=("augmentation",))
    return (*found, *_differing([one.augmentation for one in training]))


def _differing(values: Sequence[Any], *, skipped: tuple[str, ...] = ()) -> Iterator[SettingDifference]:
    """The fields of several values of one dataclass that differ."""
    if not values:
        return
    specs = specs_of(type(values[0]))
    for item in fields(values[0]):
        if item.name in skipped:
            continue
        each = [getattr(value, item.name) for value in values]
        if any(value != each[0] for value in each):
            label = specs[item.name].label if item.name in specs else item.name.replace("_", " ").capitalize()
            yield SettingDifference(label=label, values=tuple(map(setting_words, each)))


def setting_words(value: Any) -> str:
    """The value of a setting as text."""
    if value is None:
        return OFF
    if isinstance(value, bool):
        return "on" if value else OFF
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(map(setting_words, value)) or OFF if isinstance(value, tuple) else str(value)
