"""Augmentation in the training pipeline: the same changes as in numpy, drawn anew for every batch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from mnist_core.data.augmentation import Augmentation
from mnist_core.data.scaling import Scaler

CENTRE = 13.5  # of a 28 x 28 image, in pixels
DEGREE = np.pi / 180.0

Augment = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def make_augmentation(settings: Augmentation, scaler: Scaler) -> Augment | None:
    """A function of scaled images (N, 28, 28, 1) and a seed pair, or None if augmentation is off.

    Rotation, scale, shear and shift are uniform within plus or minus their setting; noise is normal, in units of the
    pixel range. Pixels from outside the image have the value of the background after scaling.
    """
    if not settings.is_on:
        return None
    black, white = (float(scaler.apply(np.full((1, 28, 28), value, np.uint8)).max()) for value in (0, 255))

    def augment(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        n = tf.shape(images)[0]
        seeds = tf.random.experimental.stateless_split(seed, 2)
        draws = tf.random.stateless_uniform([n, 5], seeds[0], -1.0, 1.0)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=_transforms(draws, settings),
            output_shape=tf.constant([28, 28]),
            interpolation="BILINEAR",
            fill_mode="CONSTANT",
            fill_value=tf.constant(black),
        )
        if settings.noise:
            deviation = settings.noise * (white - black)
            moved += tf.random.stateless_normal(tf.shape(moved), seeds[1], 0.0, deviation)
            moved = tf.clip_by_value(moved, black, white)
        return moved

    return augment


def _transforms(draws: tf.Tensor, settings: Augmentation) -> tf.Tensor:
    """Output-to-input projective transforms (N, 8) for draws (N, 5) in -1..1."""
    angle = draws[:, 0] * settings.rotation_degrees * DEGREE
    shear = tf.tan(draws[:, 1] * settings.shear_degrees * DEGREE)
    scale = 1.0 / (1.0 + draws[:, 2] * settings.scale_fraction)
    a, b = tf.cos(angle) * scale, (tf.sin(angle) + shear * tf.cos(angle)) * scale
    c, d = -tf.sin(angle) * scale, (tf.cos(angle) - shear * tf.sin(angle)) * scale
    x = CENTRE - a * CENTRE - b * CENTRE + draws[:, 3] * settings.shift_pixels
    y = CENTRE - c * CENTRE - d * CENTRE + draws[:, 4] * settings.shift_pixels
    zero = tf.zeros_like(a)
    return tf.stack([a, b, x, c, d, y, zero, zero], axis=1)
