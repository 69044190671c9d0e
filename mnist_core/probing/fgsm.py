"""Gradients of the loss by the pixels, for FGSM. Loads TensorFlow: only for a separate process."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.loading import load_keras
from mnist_core.network.forward import Weights, checked_weights

BATCH = 250


def pixel_gradients(
    architecture: Architecture, weights: Weights, scaler: Scaler, images: UInt8Array, labels: UInt8Array
) -> NDArray[np.float32]:
    """Gradient of the cross-entropy of the true label by each pixel, float32 (N, 28, 28), up to a positive factor per
    image: FGSM needs only the signs.

    Raises:
        ArchitectureError: the network cannot be built.
        RunCorruptedError: the weights do not fit it.
    """
    load_keras()
    import tensorflow as tf

    from mnist_core.models.build import build_model, load_weights, without_softmax

    model = build_model(architecture)
    load_weights(model, checked_weights(architecture, weights))
    # The cross-entropy is a rising function of log(sum of exp(other logits)) - true logit, whose gradient does not
    # vanish at a high confidence.
    without_softmax(model)
    found = np.empty(images.shape, np.float32)
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        inputs = tf.constant(scaler.apply(images[part]))
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            logits = model(inputs)
            is_true = tf.one_hot(labels[part], logits.shape[1], on_value=True, off_value=False)
            margin = tf.reduce_logsumexp(tf.where(is_true, -np.inf, logits), axis=1) - logits[is_true]
        gradient = tape.gradient(margin, inputs).numpy()[..., 0]
        found[part] = by_pixel(scaler, images[part], gradient)
    return found


def by_pixel(scaler: Scaler, images: UInt8Array, gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Converts a gradient by the network's inputs (N, 28, 28) to one by the pixels, up to a positive factor."""
    if scaler.kind is not Scaling.L2_ROWS:
        return gradient  # the other scalings multiply every pixel by the same positive number
    # x = p / |p| for each column of pixels: dL/dp = (g - x (x . g)) / |p|
    lengths = np.sqrt(np.einsum("nij,nij->nj", images, images, dtype=np.float64))
    lengths[lengths == 0] = 1
    scaled = images / lengths[:, np.newaxis, :]
    along = np.einsum("nij,nij->nj", scaled, gradient)
    result: NDArray[np.float32] = (gradient - scaled * along[:, np.newaxis, :]) / lengths[:, np.newaxis, :]
    return result.astype(np.float32)
