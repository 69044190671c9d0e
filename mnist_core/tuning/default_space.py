"""A sensible space around a design: wide enough for a search, with the design itself as one of its points."""

from __future__ import annotations

from collections.abc import Iterator

from mnist_core.models.layers import Dropout
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Optimizer
from mnist_core.tuning.space import Choices, Dimension, Range, Space
from mnist_core.tuning.variables import searchable, value_in

FACTOR = 10.0
"""The learning rate is searched from a tenth to ten times that of the design."""
BATCH_SIZES = (32, 64, 128, 256)
ADAPTIVE = (Optimizer.ADAM, Optimizer.ADAMW, Optimizer.RMSPROP)
MOMENTA = (0.0, 0.5, 0.9, 0.95)
WIDTHS = ("filters", "units")
MAX_WIDTHS = 4
HIGHEST_DROPOUT = 0.6


def default_space(base: ExperimentConfig) -> Space:
    """The space around a design.

    Raises:
        ConfigError: its network cannot be built.
    """
    return Space(base=base, dimensions=tuple(_dimensions(base)))


def _dimensions(base: ExperimentConfig) -> Iterator[Dimension]:
    training = base.training
    highest = searchable(base)["learning_rate"].high or FACTOR
    rate = training.learning_rate
    yield Range(setting="learning_rate", low=rate / FACTOR, high=min(rate * FACTOR, highest), log=True)
    yield Choices(setting="batch_size", values=tuple(sorted({*BATCH_SIZES, training.batch_size})))
    if training.optimizer in ADAPTIVE:
        yield Choices(setting="optimizer", values=tuple(optimizer.value for optimizer in ADAPTIVE))
    elif training.optimizer is Optimizer.SGD and not training.nesterov:
        yield Choices(setting="momentum", values=tuple(sorted({*MOMENTA, training.momentum})))
    yield from _of_layers(base)
    for name, high, step in (("rotation_degrees", 15.0, 5.0), ("shift_pixels", 2.0, 1.0)):
        setting = f"augmentation.{name}"
        if value_in(base, setting) == 0:
            yield Range(setting=setting, low=0, high=high, step=step)


def _of_layers(base: ExperimentConfig) -> Iterator[Dimension]:
    """The widths of the first layers, from half to twice, and the rate of every dropout."""
    names = dict(zip(base.architecture.names, base.architecture.layers, strict=False))
    widths = [(f"{name}.{field}", getattr(layer, field)) for name, layer in names.items() for field in WIDTHS
              if hasattr(layer, field)]  # fmt: skip
    for setting, width in widths[:MAX_WIDTHS]:
        high = min(2 * width, int(searchable(base)[setting].high or width))
        if width >= 2 and width % 2 == 0 and high > width:
            yield Range(setting=setting, low=width // 2, high=high, step=width // 2)
    for name, layer in names.items():
        if isinstance(layer, Dropout) and layer.rate <= HIGHEST_DROPOUT:
            yield Range(setting=f"{name}.rate", low=0, high=HIGHEST_DROPOUT, step=0.05)
