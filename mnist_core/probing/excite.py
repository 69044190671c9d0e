"""The pictures of `feature_pictures.py` by Keras. Loads TensorFlow: only for the helper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.fields import from_dict
from mnist_core.network.operations import Array
from mnist_core.probing.feature_pictures import (
    N_TOP,
    PERCENTILE,
    PictureSettings,
    pictured_layers,
    searched_rows,
)
from mnist_core.probing.helper.networks import Network, Networks
from mnist_core.processes import Tell

BATCH = 250
BLUR_EVERY = 4
UNBLURRED = 0.1
"""The share of steps at the end without blur."""

SMALLEST = 1e-12
"""A gradient that is 0 everywhere moves nothing."""

START_INK, START_WIDTH = 0.3, 5.0
"""The noise that a picture starts from: its brightest pixel, and the standard deviation, in pixels, of the window that
keeps it to the middle, so that what a filter wants grows there."""


def answer_pictures(
    networks: Networks, folder: Path, asked: Mapping[str, Any], tell: Tell
) -> tuple[str, dict[str, np.ndarray]]:
    """The SHA-256 of the weights, and the arrays that `read_pictures` reads.

    Raises:
        ConfigError: the question cannot be understood.
        RunError: the run has no weights, or they give no numbers.
    """
    network = networks.of_run(folder)
    layer, channels = asked.get("layer", ""), asked.get("channels")
    width = _width(network, layer)
    if not isinstance(channels, list) or not channels or not all(_is_below(channel, width) for channel in channels):
        raise ConfigError.invalid("channels", expected=f"numbers from 0 to {width - 1}", received=channels)
    settings = from_dict(PictureSettings, asked.get("settings"), "settings")
    starts = start_images(channels, settings.seed)
    images = feature_pictures(network, layer, channels, settings, tell=tell)
    places = np.arange(len(channels)), channels
    found: dict[str, np.ndarray] = {
        "channels": np.array(channels, np.int64),
        "images": images,
        "activations": excitations(network, layer, images)[places],
        "starts": excitations(network, layer, starts)[places],
    }
    return network.sha256, found


def answer_exciting(
    networks: Networks, folder: Path, asked: Mapping[str, Any], tell: Tell
) -> tuple[str, dict[str, np.ndarray]]:
    """The SHA-256 of the weights, and the arrays that `read_exciting` reads.

    Raises:
        ConfigError: the question cannot be understood.
        DatasetError: the data set is not on this machine.
        RunError: the run has no weights, or they give no numbers.
    """
    network, layer = networks.of_run(folder), asked.get("layer", "")
    _width(network, layer)
    images = load_dataset(str(asked.get("dataset"))).split(str(asked.get("split"))).images
    rows = searched_rows(len(images))
    values = excitations(network, layer, images[rows], tell=tell)
    order = np.argsort(-values, axis=0, kind="stable")[:N_TOP].T
    found: dict[str, np.ndarray] = {
        "rows": rows[order],
        "values": np.take_along_axis(values.T, order, axis=1),
        "percentiles": np.percentile(values, PERCENTILE, axis=0).astype(np.float32),
        "searched": np.array(len(rows)),
    }
    return network.sha256, found


def feature_pictures(
    network: Network,
    layer: str,
    channels: Sequence[int],
    settings: PictureSettings,
    *,
    tell: Tell = lambda share, note: None,
) -> UInt8Array:
    """A picture for each channel, uint8 (N, 28, 28): the same for the same seed.

    Raises:
        RunError: the gradients are not numbers.
    """
    pixels: Array = np.divide(start_images(channels, settings.seed), 255, dtype=np.float32)
    shifts = np.random.default_rng(settings.seed).integers(-settings.jitter, settings.jitter + 1, (settings.steps, 2))
    for step, shift in enumerate(shifts):
        tell(step / settings.steps, f"step {step} of {settings.steps}")  # others may use the network meanwhile
        with network.without_activation(layer):
            gradient = _gradient(network, layer, channels, pixels, shift)
        size = np.sqrt(np.square(gradient).mean(axis=(1, 2), keepdims=True))
        if not np.isfinite(size).all():
            raise RunError("The activations of this network are not numbers: its training diverged.")
        moved = pixels * (1 - settings.decay) + settings.step_size * gradient / np.maximum(size, SMALLEST)
        if settings.blur and step % BLUR_EVERY == BLUR_EVERY - 1 and step < (1 - UNBLURRED) * settings.steps:
            moved = np.asarray(gaussian_filter(moved, (0, settings.blur, settings.blur)))
        pixels = np.clip(moved, 0, 1).astype(np.float32)
    found: UInt8Array = np.rint(255 * pixels).astype(np.uint8)
    return found


def start_images(channels: Sequence[int], seed: int) -> UInt8Array:
    """Noise for each channel, uint8 (N, 28, 28), which does not depend on the other channels."""
    window = np.exp(-(((np.arange(SIDE) - (SIDE - 1) / 2) / START_WIDTH) ** 2) / 2)
    brightest = 255 * START_INK * np.outer(window, window)
    found = [np.random.default_rng((seed, channel)).uniform(0, brightest) for channel in channels]
    return np.rint(found).astype(np.uint8)


def excitations(network: Network, layer: str, images: UInt8Array, *, tell: Tell = lambda share, note: None) -> Array:
    """What the activation function of each channel gets, at the peak of a map: float32 (N, channels).

    Without the activation function, so that what a ReLU cuts off can be compared too; of the output, logits.

    Args:
        images: uint8 (N, 28, 28).
    """
    part, parts = network.part(layer), []
    for start in range(0, len(images), BATCH):
        with network.without_activation(layer):
            outputs = part([network.inputs(images[start : start + BATCH])], training=False)[0].numpy()
        parts.append(outputs.max(axis=(1, 2)) if outputs.ndim == 4 else outputs)
        tell(min(1.0, (start + BATCH) / len(images)), "digits")
    values: Array = np.concatenate(parts)
    if not np.isfinite(values).all():
        raise RunError("The activations of this network are not numbers: its training diverged.")
    return values


def _gradient(network: Network, layer: str, channels: Sequence[int], pixels: Array, shift: NDArray[np.int64]) -> Array:
    """The gradient of each picture's own channel by its pixels, float32 (N, 28, 28), when it is shifted."""
    import tensorflow as tf

    part, images = network.part(layer), tf.constant(pixels)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        shifted = tf.roll(images, shift, axis=(1, 2))
        outputs = part([scaled(network.scaler, shifted)], training=False)[0]
        peaks = tf.reduce_max(outputs, axis=(1, 2)) if outputs.shape.rank == 4 else outputs
        total = tf.reduce_sum(tf.gather(peaks, channels, axis=1, batch_dims=0) * tf.eye(len(channels)))
    gradient: Array = tape.gradient(total, images).numpy()
    return gradient


def scaled(scaler: Scaler, pixels: Any) -> Any:
    """`scaler.apply` for brightness from 0 to 1, a tensor (N, 28, 28), with a gradient; (N, 28, 28, 1)."""
    import tensorflow as tf

    match scaler.kind:
        case Scaling.UNIT:
            found = pixels
        case Scaling.STANDARDISED:
            found = (255 * pixels - scaler.mean) / scaler.std
        case Scaling.L2_ROWS:
            squares = tf.reduce_sum(tf.square(pixels), axis=1, keepdims=True)
            found = pixels / tf.sqrt(tf.where(squares > 0, squares, 1.0))
    return found[..., tf.newaxis]


def _width(network: Network, layer: object) -> int:
    rows = {row.name: row for row in pictured_layers(network.architecture)}
    if not isinstance(layer, str) or layer not in rows:
        raise ConfigError.invalid("layer", expected="one of " + ", ".join(rows), received=layer)
    return rows[layer].output_shape[-1]


def _is_below(value: object, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < high
