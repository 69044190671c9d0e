"""A design as a Keras script that runs without MNIST Studio and trains like it.

Same split, initial weights, order of batches, dropout and learning rates: for the same seed the losses are the same up
to rounding. No input of a person becomes code: names are written as literals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.export import script_parts as parts
from mnist_core.export.script_network import network_lines
from mnist_core.models.layers import Dropout
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import (
    ClassWeighting,
    KeptWeights,
    Loss,
    Optimizer,
    Precision,
    Schedule,
    TrainingSettings,
)

KERAS_DATASETS = {"mnist": "mnist", "fashion-mnist": "fashion_mnist"}
"""Data sets that the script downloads with Keras; others are read from a file."""

PLAIN_LOSS = 'keras.metrics.CategoricalCrossentropy(name="cross_entropy")'

FOREIGN = "How this network was trained is not known: the script trains it anew, with default settings."

_CLASSES = {
    Optimizer.SGD: "SGD",
    Optimizer.ADAM: "Adam",
    Optimizer.ADAMW: "AdamW",
    Optimizer.RMSPROP: "RMSprop",
    Optimizer.LION: "Lion",
}


def keras_script(
    config: ExperimentConfig, *, precision: Precision = Precision.FLOAT32, foreign: Scaler | None = None
) -> str:
    """The configuration as Python code.

    Args:
        precision: the numeric precision for `auto`.
        foreign: for a network from elsewhere, the scaling that it expects; the script says that how it was trained is
            not known. None for a network that was trained here: its scaling is fitted to the training images.

    Raises:
        ConfigError: the network cannot be built.
    """
    config.validate()
    sections = (section.strip("\n") for section in _sections(config, precision, foreign))
    return "\n\n\n".join(section for section in sections if section) + "\n"


def _sections(config: ExperimentConfig, precision: Precision, foreign: Scaler | None) -> Iterator[str]:
    settings = config.training
    yield _head(config, is_foreign=foreign is not None)
    yield _constants(config, precision)
    module = KERAS_DATASETS.get(config.dataset)
    yield parts.LOAD if module is None else parts.LOAD_FROM_KERAS.format(module=module)
    yield _scale(config.scaling if foreign is None else foreign)
    yield parts.SPLIT
    if settings.augmentation.is_on:
        yield _augment(settings.augmentation)
    yield _batches_augmented(settings) if settings.augmentation.is_on else parts.BATCHES
    if settings.class_weighting is not ClassWeighting.NONE:
        yield _image_weights(settings)
    if settings.schedule is not Schedule.CONSTANT:
        rates = parts.LEARNING_RATES[settings.schedule]
        yield rates.format(step_factor=settings.step_factor, step_epochs=settings.step_epochs)
        yield parts.SCHEDULE_CALLBACK
    if _drops(config):
        yield parts.DROPOUT_CALLBACK
    if settings.kept_weights is KeptWeights.BEST:
        yield parts.BEST_EPOCH_CALLBACK.format(loss=f"val_{_result_loss(settings)}")
    yield parts.TARGETS[_uses_one_hot(settings)]
    yield _network(config)
    yield _train(config)
    yield _main(config)


def _head(config: ExperimentConfig, *, is_foreign: bool) -> str:
    title = f"the recipe {config.recipe}" if config.recipe in RECIPES else "a design"
    if is_foreign:
        title = "an imported network"
    needs_file = config.dataset not in KERAS_DATASETS
    usage = "--data FILE.npz" if needs_file else "[--data FILE.npz]"
    wants = "FILE.npz holds x_train, y_train, x_test and y_test: images uint8 (N, 28, 28) and labels (N,)."
    has_onednn = not config.training.deterministic  # as in a training of MNIST Studio
    standard = [
        "import argparse",
        *(["import math"] if _needs_math(config.training) else []),
        *(["import os", "", parts.ONEDNN] if has_onednn else []),
    ]
    lines = [
        f'"""Handwritten digits: {title} of MNIST Studio as a Keras script.',
        "",
        "    pip install keras tensorflow numpy",
        f"    python experiment.py {usage} [--limit N] [--epochs N] [--save FILE.keras]",
        "",
        wants,
        *(["", FOREIGN] if is_foreign else []),
        '"""',
        "",
        *standard,
        "",
        "import keras",
        "import numpy as np",
        "import tensorflow as tf",
        "from keras import layers",
    ]
    return "\n".join(lines)


def _constants(config: ExperimentConfig, precision: Precision) -> str:
    settings = config.training
    wanted = precision if settings.precision is Precision.AUTO else settings.precision
    lines = [
        f"EPOCHS = {settings.epochs}",
        f"BATCH_SIZE = {settings.batch_size}",
        f"LEARNING_RATE = {settings.learning_rate!r}",
        f"VALIDATION_FRACTION = {settings.validation_fraction!r}",
        f"LIMIT = {config.limit!r}  # number of training and validation images; None for all",
        f"SEED = {settings.seed}",
    ]
    if wanted is Precision.MIXED_BFLOAT16:
        lines += ["", 'keras.config.set_dtype_policy("mixed_bfloat16")']
    if settings.deterministic:
        lines += ["", "tf.config.experimental.enable_op_determinism()"]
    return "\n".join(lines)


def _scale(wanted: Scaling | Scaler) -> str:
    """The scaling as a function: fitted to the images that train, or with the numbers of a scaler."""
    if isinstance(wanted, Scaling):
        return parts.SCALE[wanted]
    if wanted.kind is Scaling.STANDARDISED:
        return parts.KNOWN_SCALE.format(mean=float(wanted.mean), std=float(wanted.std))
    return parts.SCALE[wanted.kind]


def _augment(settings: Augmentation) -> str:
    has_noise = settings.noise > 0
    text = parts.AUGMENT.format(
        **{name: getattr(settings, name) for name in Augmentation.__slots__},
        noise_help=" Noise comes on top." if has_noise else "",
        result="moved" if has_noise else "return_value",
    ).strip("\n")
    if has_noise:
        return f"{text}\n{parts.NOISE.format(noise=settings.noise)}"
    return text.replace("return_value = ", "return ")


def _batches_augmented(settings: TrainingSettings) -> str:
    augmented, last = "augment(batch[0], seed, background, ink)", settings.last_augmented_epoch
    if last is not None:  # a draw is the epoch times 1,000,003 plus the step
        augmented = f"tf.cond(draw < {last} * 1_000_003, lambda: {augmented}, lambda: batch[0])"
    return parts.BATCHES_AUGMENTED.format(images=augmented)


def _image_weights(settings: TrainingSettings) -> str:
    if settings.class_weighting is ClassWeighting.BALANCED:
        return parts.BALANCED_WEIGHTS
    return parts.CUSTOM_WEIGHTS.format(weights=list(settings.class_weights))


def _network(config: ExperimentConfig) -> str:
    body = "\n".join(f"    {line}" for line in network_lines(config.architecture))
    return (
        f'def build_model():\n    """The network: {config.architecture.parameters:,} parameters."""\n{body}\n'
        '    return keras.Model(inputs, outputs, name="network")'
    )


def _train(config: ExperimentConfig) -> str:
    settings = config.training
    augments, weighs = settings.augmentation.is_on, settings.class_weighting is not ClassWeighting.NONE
    callbacks = ["BestEpoch()"] if settings.kept_weights is KeptWeights.BEST else []
    if settings.early_stopping_patience is not None:
        stopping = f'"val_accuracy", mode="max", patience={settings.early_stopping_patience}'
        callbacks.append(f"keras.callbacks.EarlyStopping({stopping})")
    callbacks += ["LearningRate()"] if settings.schedule is not Schedule.CONSTANT else []
    callbacks += ["SameDropout()"] if _drops(config) else []
    return parts.TRAIN.format(
        prepare=parts.RANGE if augments else "",
        optimizer=_optimizer(settings),
        loss=_loss(settings),
        # The loss of a result is plain: without label smoothing, it can be compared with other runs.
        metrics='"accuracy"' + (f", {PLAIN_LOSS}" if settings.label_smoothing else ""),
        test_loss=_result_loss(settings),
        more_columns=(", image_weights(labels[rows])" if weighs else "")
        + (", background=background, ink=ink" if augments else ""),
        callbacks="\n".join(f"            {callback}," for callback in callbacks),
    )


def _result_loss(settings: TrainingSettings) -> str:
    """The name under which Keras reports the loss without label smoothing."""
    return "cross_entropy" if settings.label_smoothing else "loss"


def _optimizer(settings: TrainingSettings) -> str:
    options: dict[str, Any] = {"momentum": settings.momentum} if _takes_momentum(settings) else {}
    if settings.optimizer is Optimizer.SGD and settings.nesterov:
        options["nesterov"] = True
    if settings.weight_decay or settings.optimizer is Optimizer.ADAMW:
        options["weight_decay"] = settings.weight_decay
    if settings.gradient_clip is not None:
        options["global_clipnorm"] = settings.gradient_clip
    listed = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"keras.optimizers.{_CLASSES[settings.optimizer]}(LEARNING_RATE{listed})"


def _takes_momentum(settings: TrainingSettings) -> bool:
    return settings.optimizer in (Optimizer.SGD, Optimizer.RMSPROP) and settings.momentum > 0


def _loss(settings: TrainingSettings) -> str:
    if not _uses_one_hot(settings):
        return "keras.losses.SparseCategoricalCrossentropy()"
    smoothing = f"label_smoothing={settings.label_smoothing!r}" if settings.label_smoothing else ""
    return f"keras.losses.CategoricalCrossentropy({smoothing})"


def _uses_one_hot(settings: TrainingSettings) -> bool:
    return settings.loss is Loss.CATEGORICAL or settings.label_smoothing > 0


def _main(config: ExperimentConfig) -> str:
    if config.dataset in KERAS_DATASETS:
        return parts.MAIN.format(data_option='help="file of the data set; default: downloaded by Keras"')
    return parts.MAIN.format(data_option='required=True, help="file of the data set"')


def _needs_math(settings: TrainingSettings) -> bool:
    return settings.schedule in (Schedule.COSINE, Schedule.ONE_CYCLE)


def _drops(config: ExperimentConfig) -> bool:
    return any(isinstance(layer, Dropout) for layer in config.architecture.layers)
