"""Computes all handwriting measures of many images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mnist_core.data.dataset import Float32Array, UInt8Array
from mnist_core.data.measures.handwriting import (
    centroids,
    distance_to_class_mean,
    extents,
    ink,
    loops,
    slant,
    stroke_width,
    symmetry,
    width_to_height,
)
from mnist_core.data.measures.registry import MEASURES, Measures

Progress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1."""

CHUNK = 2_000  # images at once: the intermediate arrays of a chunk stay below 30 MB


def measure(
    images: UInt8Array, labels: UInt8Array, class_means: Float32Array, *, progress: Progress | None = None
) -> Measures:
    """All measures of the images.

    Args:
        images: uint8 (N, 28, 28).
        labels: uint8 (N,), for the distance to the class mean.
        class_means: float32 (10, 28, 28) in pixel values 0 to 255.
        progress: called after every few thousand images.
    """
    values = np.empty((len(images), len(MEASURES)), np.float32)
    for start in range(0, len(images), CHUNK):
        stop = min(start + CHUNK, len(images))
        values[start:stop] = _measure_chunk(images[start:stop], labels[start:stop], class_means)
        if progress:
            progress(stop / len(images))
    return Measures(values=values)


def _measure_chunk(images: UInt8Array, labels: UInt8Array, class_means: Float32Array) -> Float32Array:
    height, width = extents(images)
    x, y = centroids(images)
    columns = {
        "ink": ink(images),
        "stroke_width": stroke_width(images),
        "slant": slant(images),
        "height": height,
        "width": width,
        "aspect": width_to_height(width, height),
        "loops": loops(images),
        "centroid_x": x,
        "centroid_y": y,
        "horizontal_symmetry": symmetry(images, axis=2),
        "vertical_symmetry": symmetry(images, axis=1),
        "distance_to_class_mean": distance_to_class_mean(images, labels, class_means),
    }
    return np.stack([columns[name] for name in MEASURES], axis=1).astype(np.float32)
