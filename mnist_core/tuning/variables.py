"""What a search can vary: settings by name, their allowed values, and a configuration with other values.

learning_rate, batch_size, ...      a training setting
augmentation.rotation_degrees, ...  a setting of the augmentation
scaling                             how pixel values are scaled
conv_1.filters, dense_1.units, ...  a setting of a layer of the base design
conv_1.repeats                      how often the layer is there: 0 leaves it out
conv_2..max_pool_2.repeats          the same for a block of layers
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.errors import ConfigError
from mnist_core.fields import FieldSpec, spec_of, specs_of
from mnist_core.models.architecture import LIMITS, Architecture
from mnist_core.models.layers import Layer
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

AUGMENTATION = "augmentation."
REPEATS = "repeats"
BLOCK = re.compile(r"([a-z_]+_\d+)(?:\.\.([a-z_]+_\d+))?\.([a-z_]+)")

SAME_IMAGES = "Every trial is scored on the same validation images"
FIXED: Mapping[str, str] = {
    "seed": f"{SAME_IMAGES}, which the seed decides; the finalists are repeated with other seeds",
    "validation_fraction": SAME_IMAGES,
    "limit": SAME_IMAGES,
    "dataset": SAME_IMAGES,
    "deterministic": "It does not change how good a network is",
    "class_weights": "It is a list of ten numbers; choose them in the base design",
}
"""Settings that no search varies, and why."""

_REPEATS = FieldSpec(
    kind="integer",
    low=0,
    high=LIMITS["layers"].value,
    step=1,
    label="Repeats",
    help="How often these layers follow one another; 0 leaves them out.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Layers of the base design, from position `first` to `last`."""

    first: int
    last: int


@lru_cache(maxsize=32)
def searchable(base: ExperimentConfig) -> Mapping[str, FieldSpec]:
    """Every single setting that can be varied, in the order of the forms; blocks of layers come on top.

    Remembered, because each setting of a form asks for all of them.
    """
    return MappingProxyType(dict(_searchable(base)))


def _searchable(base: ExperimentConfig) -> Iterator[tuple[str, FieldSpec]]:
    for name, spec in specs_of(TrainingSettings).items():
        if name not in FIXED:
            yield name, spec
    for name, spec in specs_of(Augmentation).items():
        yield f"{AUGMENTATION}{name}", spec
    yield "scaling", spec_of(ExperimentConfig, "scaling")
    for name, layer in zip(base.architecture.names, base.architecture.layers, strict=False):
        for field, spec in specs_of(type(layer)).items():
            yield f"{name}.{field}", spec
        yield f"{name}.{REPEATS}", _REPEATS


def spec_for(base: ExperimentConfig, setting: str) -> FieldSpec:
    """The allowed values of a setting.

    Raises:
        ConfigError: it cannot be varied, or does not exist in this design.
    """
    if setting in FIXED:
        raise ConfigError(f"The setting `{setting}` cannot be searched. {FIXED[setting]}.")
    if is_block(setting):
        _block(base, setting)
        return _REPEATS
    found = searchable(base).get(setting)
    if found is None:
        names = ", ".join(base.architecture.names[:-1])
        expected = f"a training setting, or a setting of one of the layers {names}, such as `learning_rate`"
        raise ConfigError.invalid("setting", expected=expected, received=setting)
    return found


def label_of(base: ExperimentConfig, setting: str) -> str:
    """A setting on screen: "Learning rate", "conv_1 filters", "conv_2 to max_pool_2 repeats"."""
    spec = spec_for(base, setting)
    layers = _layer_part(base, setting)
    if not layers:
        return spec.label
    return f"{layers.replace('..', ' to ')} {spec.label[:1].lower()}{spec.label[1:]}"


def value_in(base: ExperimentConfig, setting: str) -> Any:
    """The value of a setting in the base design."""
    spec_for(base, setting)
    if is_block(setting) or setting.endswith(f".{REPEATS}"):
        return 1
    if setting.startswith(AUGMENTATION):
        return getattr(base.training.augmentation, setting.removeprefix(AUGMENTATION))
    name, _, field = setting.partition(".")
    if field:
        return getattr(base.architecture.layers[base.architecture.names.index(name)], field)
    return getattr(base if setting == "scaling" else base.training, setting)


def with_values(base: ExperimentConfig, values: Mapping[str, Any]) -> ExperimentConfig:
    """The base design with other values, of which some may be repeats.

    Raises:
        ConfigError: a setting cannot be varied, a value is outside its allowed range, or two do not go together. The
            network may still be one that cannot be built.
    """
    checked = {setting: spec_for(base, setting).parse(value, setting) for setting, value in values.items()}
    augmentation = {name.removeprefix(AUGMENTATION): value for name, value in checked.items() if AUGMENTATION in name}
    own = {name: value for name, value in checked.items() if "." not in name and name != "scaling"}
    training = replace(base.training, augmentation=replace(base.training.augmentation, **augmentation), **own)
    of_layers = {name: value for name, value in checked.items() if "." in name and AUGMENTATION not in name}
    return replace(
        base,
        scaling=checked.get("scaling", base.scaling),
        training=training,
        architecture=_network(base, of_layers),
    )


def check_blocks(base: ExperimentConfig, settings: tuple[str, ...]) -> None:
    """Raise `ConfigError` if two of the settings repeat the same layer."""
    taken: dict[int, str] = {}
    for setting in settings:
        if setting.endswith(f".{REPEATS}"):
            block = _block(base, setting)
            for position in range(block.first, block.last + 1):
                if position in taken:
                    name = base.architecture.names[position]
                    raise ConfigError(
                        f"Both `{taken[position]}` and `{setting}` repeat the layer {name}. Expected one."
                    )
                taken[position] = setting


def is_block(setting: str) -> bool:
    """Whether a setting stands for several layers."""
    return ".." in setting


def block_setting(first: str, last: str) -> str:
    """The name of the setting that repeats the layers from `first` to `last`."""
    return f"{first}.{REPEATS}" if first == last else f"{first}..{last}.{REPEATS}"


def _network(base: ExperimentConfig, values: Mapping[str, Any]) -> Architecture:
    """The layers with their new settings, then repeated or left out."""
    names = base.architecture.names
    layers = list(base.architecture.layers)
    repeats: dict[int, tuple[Block, int]] = {}
    for setting, value in values.items():
        if setting.endswith(f".{REPEATS}"):
            block = _block(base, setting)
            repeats[block.first] = (block, value)
        else:
            name, _, field = setting.partition(".")
            position = names.index(name)
            layers[position] = replace(layers[position], **{field: value})
    return Architecture(layers=tuple(_repeated(layers, repeats)))


def _repeated(layers: list[Layer], repeats: Mapping[int, tuple[Block, int]]) -> Iterator[Layer]:
    position = 0
    while position < len(layers):
        block, times = repeats.get(position, (Block(first=position, last=position), 1))
        yield from layers[block.first : block.last + 1] * times
        position = block.last + 1


def _block(base: ExperimentConfig, setting: str) -> Block:
    match = BLOCK.fullmatch(setting)
    names = base.architecture.names[:-1]
    if match is None or match[3] != REPEATS or not {match[1], match[2] or match[1]} <= set(names):
        expected = f"two of the layers {', '.join(names)}, as in `conv_2..max_pool_2.{REPEATS}`"
        raise ConfigError.invalid("setting", expected=expected, received=setting)
    first, last = names.index(match[1]), names.index(match[2] or match[1])
    if first > last:
        raise ConfigError(f"The block `{setting}` ends before it begins. Expected {match[2]} first.")
    return Block(first=first, last=last)


def _layer_part(base: ExperimentConfig, setting: str) -> str:
    """The layer or block in the name of a setting; empty for a setting of the training."""
    layers, _, _ = setting.rpartition(".")
    return "" if setting.startswith(AUGMENTATION) else layers
