"""The maps of `attribution.py`, by Keras. Loads TensorFlow: only for the helper."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.errors import ConfigError, RunError
from mnist_core.network.operations import Array
from mnist_core.probing.attribution import FIRST_STEPS, MOST_STEPS, TOLERANCE, Method, cam_layer
from mnist_core.probing.evidence import occlusion_of
from mnist_core.probing.helper.networks import Network, Networks
from mnist_core.processes import Tell

BATCH = 64


def answer_attribution(
    networks: Networks, folder: Path, asked: Mapping[str, Any], tell: Tell
) -> tuple[str, dict[str, np.ndarray]]:
    """The SHA-256 of the weights, and the arrays that `read_attribution` reads.

    Raises:
        ConfigError: the question cannot be understood.
        RunError: the run has no weights, or they give no numbers.
    """
    image, towards, against, seed = _understood(asked)
    trained = networks.of_run(folder)
    network = trained if seed is None else networks.random(trained, seed)
    return trained.sha256, attribute(network, image, towards=towards, against=against, tell=tell)


def attribute(
    network: Network,
    image: UInt8Array,
    *,
    towards: int,
    against: int | None,
    tell: Tell = lambda share, note: None,
) -> dict[str, np.ndarray]:
    """All maps of one digit, plain pixels uint8 (28, 28), by name, with its logits.

    Raises:
        RunError: the logits are not finite.
    """
    inputs, empty = network.inputs(image[np.newaxis]), network.inputs(np.zeros((1, SIDE, SIDE), np.uint8))
    logits, empty_logits = network.logits(np.concatenate([inputs, empty]))
    if not (np.isfinite(logits).all() and np.isfinite(empty_logits).all()):
        raise RunError("The scores of this network are not numbers: its training diverged. Choose another run.")

    def score(values: Any) -> Any:
        return values[:, towards] - (0.0 if against is None else values[:, against])

    found = {Method.SALIENCY: gradients(network, inputs, score)[0, ..., 0]}
    tell(0.2, "Integrated gradients")
    difference = float(score(logits[np.newaxis])[0] - score(empty_logits[np.newaxis])[0])
    found[Method.INTEGRATED], steps = integrated_gradients(network, inputs, empty, score, difference)
    tell(0.6, "Grad-CAM and occlusion")
    if (layer := cam_layer(network.architecture)) is not None:
        found[Method.GRAD_CAM] = grad_cam(network, layer, inputs, score)
    found[Method.OCCLUSION] = occlusion_of(image, lambda images: score(network.logits(network.inputs(images))))
    return {
        **{method.value: np.asarray(values, np.float32) for method, values in found.items()},
        "logits": logits,
        "empty_logits": empty_logits,
        "numbers": np.array([towards, -1 if against is None else against, steps]),
    }


def gradients(network: Network, inputs: Array, score: Callable[[Any], Any]) -> Array:
    """The gradient of the score of each image by its scaled pixels, float32 (N, 28, 28, 1)."""
    import tensorflow as tf

    parts = []
    for start in range(0, len(inputs), BATCH):
        part = tf.constant(inputs[start : start + BATCH])
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(part)
            total = tf.reduce_sum(score(network.model(part, training=False)))
        parts.append(tape.gradient(total, part).numpy())
    return np.concatenate(parts)


def integrated_gradients(
    network: Network, inputs: Array, empty: Array, score: Callable[[Any], Any], difference: float
) -> tuple[Array, int]:
    """Integrated gradients, float32 (28, 28), on the straight way from `empty` to `inputs`, and the number of steps.

    The way is in the space of the scaled images, so that they add up whatever the scaling. The gradient is taken at
    the middle of each step; there are more steps until the sum is within `TOLERANCE` of the `difference` of the scores.
    """
    steps = FIRST_STEPS
    while True:
        shares = ((np.arange(steps, dtype=np.float32) + 0.5) / steps).reshape(-1, 1, 1, 1)
        mean = gradients(network, empty + shares * (inputs - empty), score).mean(axis=0, dtype=np.float64)
        found = ((inputs - empty)[0] * mean)[..., 0]
        if abs(found.sum() - difference) <= TOLERANCE * abs(difference) or steps >= MOST_STEPS:
            return found.astype(np.float32), steps
        steps *= 4


def grad_cam(network: Network, layer: str, inputs: Array, score: Callable[[Any], Any]) -> Array:
    """Grad-CAM of one image at a layer, float32 (28, 28), enlarged bilinearly; 0 and above."""
    import tensorflow as tf

    part = network.part(layer)
    images = tf.constant(inputs)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        maps, logits = part([images], training=False)
        total = tf.reduce_sum(score(logits))
    weights = tf.reduce_mean(tape.gradient(total, maps), axis=(1, 2), keepdims=True)
    found = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1, keepdims=True))
    enlarged: Array = tf.image.resize(found, (SIDE, SIDE), method="bilinear").numpy()[0, ..., 0]
    return enlarged


def _understood(asked: Mapping[str, Any]) -> tuple[UInt8Array, int, int | None, int | None]:
    try:
        image = np.frombuffer(base64.b64decode(asked["image"]), np.uint8).reshape(SIDE, SIDE)
        towards, against, seed = int(asked["towards"]), asked["against"], asked["seed"]
        labels = [towards] if against is None else [towards, int(against)]
        if not all(0 <= label < 10 for label in labels):
            raise ValueError(labels)
        return image, towards, against, None if seed is None else int(seed)
    except (KeyError, TypeError, ValueError):
        raise ConfigError.invalid("question", expected="an image and labels", received=list(asked)) from None
