"""Changes of images with a given strength: rotation, shift, thickness, noise, ...

Images are uint8 (N, 28, 28) in and out. Pixels from outside the image are background.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE, UInt8Array

if TYPE_CHECKING:
    from scipy import sparse

CENTRE = (SIDE - 1) / 2

MAX_MIXES = 512
"""Changes of place whose weights are kept, 28 KB each: building them takes ten times as long as using them."""

Floats = NDArray[np.float32]


def rotated(images: UInt8Array, degrees: float) -> UInt8Array:
    """Rotated about the centre of the image, counter-clockwise for positive angles."""
    angle = np.radians(degrees)
    return _mapped(images, np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]))


def shifted(images: UInt8Array, right: float, down: float) -> UInt8Array:
    """Shifted by whole or fractional pixels."""
    return _mapped(images, np.eye(2), move=np.array([-down, -right]))


def resized(images: UInt8Array, factor: float) -> UInt8Array:
    """Scaled about the centre of the image by a factor."""
    return _mapped(images, np.eye(2) / factor)


def sheared(images: UInt8Array, degrees: float) -> UInt8Array:
    """Sheared to the right for positive angles: rows above the centre move right, those below it left."""
    return _mapped(images, np.array([[1.0, 0.0], [np.tan(np.radians(degrees)), 1.0]]))


def thickened(images: UInt8Array, pixels: float) -> UInt8Array:
    """Strokes that are thicker by this many pixels on each side; thinner below 0.

    A grey dilation with a soft disk: a neighbour at distance d has the weight `pixels + 1 - d`, within 0 and 1, so that
    the stroke also grows by fractions of a pixel. Thinning is the same for the background.
    """
    if pixels < 0:
        inverted: UInt8Array = 255 - thickened(255 - images, -pixels)
        return inverted
    reach = int(np.ceil(pixels + 1))
    framed = np.pad(images, ((0, 0), (reach, reach), (reach, reach)), mode="edge").astype(np.float32)
    grown: Floats = images.astype(np.float32)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            share = np.float32(np.clip(pixels + 1 - np.hypot(down, right), 0, 1))
            if share > 0:
                rows, columns = slice(reach + down, reach + down + SIDE), slice(reach + right, reach + right + SIDE)
                np.maximum(grown, share * framed[:, rows, columns], out=grown)
    return _bytes(grown)


def noisy(images: UInt8Array, deviation: float, random: np.random.Generator) -> UInt8Array:
    """Gaussian noise on every pixel; `deviation` 1 is full ink."""
    return _bytes(images + random.normal(0, 255 * deviation, images.shape).astype(np.float32))


def blurred(images: UInt8Array, pixels: float) -> UInt8Array:
    """Blurred with a Gaussian filter of this standard deviation."""
    from scipy.ndimage import gaussian_filter  # here: the first page needs the names of the corruptions alone

    return _bytes(gaussian_filter(images.astype(np.float32), (0, pixels, pixels), mode="constant"))


def faded(images: UInt8Array, share: float) -> UInt8Array:
    """With the contrast reduced by this share: white on black becomes dark grey on black."""
    return _bytes(images.astype(np.float32) * np.float32(1 - share))


def covered(images: UInt8Array, side: int, random: np.random.Generator) -> UInt8Array:
    """A part of each digit covered with a black square of this side, centred on a random inked pixel."""
    result = images.copy()
    for image in result:
        rows, columns = np.nonzero(image > 127)
        which = int(random.integers(max(1, len(rows))))
        row, column = (int(rows[which]), int(columns[which])) if len(rows) else (SIDE // 2, SIDE // 2)
        top, left = max(0, row - side // 2), max(0, column - side // 2)
        image[top : top + side, left : left + side] = 0
    return result


def _mapped(images: UInt8Array, matrix: NDArray[np.float64], *, move: NDArray[np.float64] | None = None) -> UInt8Array:
    """Each pixel of the result has the value at `matrix` times its position (row, column) from the centre, plus `move`.

    Linear interpolation: every pixel is a weighted sum of four, the same four in every image, so that all images are
    computed as one product with a sparse matrix.
    """
    turn, shift = tuple(matrix.ravel().tolist()), (0.0, 0.0) if move is None else tuple(move.tolist())
    flat = images.reshape(len(images), SIDE * SIDE).T.astype(np.float32)
    return _bytes((_mix(turn, shift) @ flat).T.reshape(images.shape))


@lru_cache(maxsize=MAX_MIXES)
def _mix(matrix: tuple[float, ...], move: tuple[float, ...]) -> sparse.csr_matrix:
    """The weights of `_mapped`, (784, 784)."""
    from scipy.sparse import csr_matrix

    places = np.mgrid[:SIDE, :SIDE].reshape(2, -1) - CENTRE  # (2, 784)
    sources = np.reshape(matrix, (2, 2)) @ places + CENTRE + np.reshape(move, (2, 1))
    lower = np.floor(sources)
    share = sources - lower
    targets, found, weights = [], [], []
    for down in (0, 1):
        for right in (0, 1):
            row, column = lower[0] + down, lower[1] + right
            weight = np.abs(1 - down - share[0]) * np.abs(1 - right - share[1])
            inside = (row >= 0) & (row < SIDE) & (column >= 0) & (column < SIDE) & (weight > 0)
            targets.append(np.flatnonzero(inside))
            found.append((row * SIDE + column)[inside].astype(np.int64))
            weights.append(weight[inside])
    return csr_matrix(
        (np.concatenate(weights).astype(np.float32), (np.concatenate(targets), np.concatenate(found))),
        shape=(SIDE * SIDE, SIDE * SIDE),
    )


def _bytes(values: NDArray[Any]) -> UInt8Array:
    rounded: UInt8Array = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded
