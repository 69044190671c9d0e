"""The formulas of the handwriting measures, each for a whole stack of images at once.

The choice of ink, stroke width, slant, height and width follows Morpho-MNIST (Castro, Tan, Kainz, Konukoglu and
Glocker, "Morpho-MNIST: Quantitative assessment and diagnostics for representation learning", JMLR 20(178), 2019). That
work measures skeletons of images enlarged four times; here grey values give the same precision below one pixel, in a
hundredth of the time. Pixels are counted from 0 at the left and the top; "ink" is a pixel's value divided by 255.
Images are uint8 (N, 28, 28), results (N,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mnist_core.data.dataset import N_CLASSES, SIDE, Float32Array, UInt8Array, flat

Floats = NDArray[np.float64]


def mean_images(images: UInt8Array, labels: UInt8Array) -> Float32Array:
    """The mean image of each class, float32 (10, 28, 28) in pixel values 0 to 255; zeros for a class without images."""
    means = np.zeros((N_CLASSES, SIDE, SIDE), np.float32)
    for label in range(N_CLASSES):
        of_class = images[labels == label]
        if len(of_class):
            means[label] = of_class.mean(axis=0, dtype=np.float64)
    return means


def ink(images: UInt8Array) -> Floats:
    """Sum of the ink of each image, in full pixels (N,)."""
    return np.asarray(images.sum(axis=(1, 2), dtype=np.int64) / 255)


def stroke_width(images: UInt8Array) -> Floats:
    """Mean width of the stroke in pixels (N,): twice the inked area divided by the length of its outline.

    The outline's length is the total variation of the grey values. A straight stroke of width w and length l comes out
    as w l / (w + l), since its ends are outline too, within 6% from a width of 2 pixels on (11% at 45 degrees); below
    that too wide. 0 for an empty image.
    """
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1))).astype(np.float32) / 255
    # Gradients at the corners between pixels, from all four pixels around: nearly the same in every direction.
    across = framed[:, :, 1:] - framed[:, :, :-1]
    down = framed[:, 1:, :] - framed[:, :-1, :]
    across = (across[:, 1:] + across[:, :-1]) / 2
    down = (down[:, :, 1:] + down[:, :, :-1]) / 2
    outline = np.hypot(across, down).sum(axis=(1, 2), dtype=np.float64)
    return _ratio(2 * ink(images), outline)


def slant(images: UInt8Array) -> Floats:
    """Angle in degrees (N,) by which the digit leans, above 0 to the right: the shear that its second moments show.

    arctan(-m_xy / m_yy) with the central second moments of the ink, y downwards, as Morpho-MNIST defines it.
    """
    mass, centre_x, centre_y = _mass_and_centre(images)
    rows, columns = _profiles(images)
    place = np.arange(SIDE)
    vertical = _ratio(rows @ place**2, mass) - centre_y**2
    weighted = np.einsum("nij,i,j->n", images, place, place, dtype=np.float64, optimize=True)
    mixed = _ratio(weighted, mass) - centre_x * centre_y
    return np.degrees(np.arctan2(-mixed, np.maximum(vertical, 1e-9)))


def centroids(images: UInt8Array) -> tuple[Floats, Floats]:
    """Centre of mass (x (N,), y (N,)) in pixels; the middle of the image where there is no ink."""
    _, x, y = _mass_and_centre(images)
    return x, y


def extents(images: UInt8Array) -> tuple[Floats, Floats]:
    """Height (N,) and width (N,) in pixels of the box around the inked pixels (see `inked`); 0 without ink."""
    mask = inked(images)
    return _span(np.any(mask, axis=2)), _span(np.any(mask, axis=1))


def width_to_height(width: Floats, height: Floats) -> Floats:
    """Width divided by height; 0 without ink."""
    return _ratio(width, height)


def inked(images: UInt8Array) -> NDArray[np.bool_]:
    """Which pixels count as inked: those with at least half the highest value of their image."""
    highest = images.max(axis=(1, 2), keepdims=True)
    return np.asarray((images >= highest / 2) & (highest > 0))


def loops(images: UInt8Array) -> NDArray[np.int64]:
    """Number of enclosed areas of each image (N,): connected parts minus Euler number.

    Inked pixels (see `inked`) are connected to all eight neighbours. The Euler number is counted from the patterns of
    2 x 2 pixels (Gray, "Local properties of binary images in two dimensions", IEEE Transactions on Computers, 1971).
    """
    mask = np.pad(inked(images), ((0, 0), (1, 1), (1, 1)))
    quads = mask[:, 1:, 1:], mask[:, 1:, :-1], mask[:, :-1, 1:], mask[:, :-1, :-1]
    n_inked = np.sum(quads, axis=0, dtype=np.int8)
    is_diagonal = (n_inked == 2) & (quads[0] == quads[3])
    counts = (n_inked == 1).astype(np.int8) - (n_inked == 3) - 2 * is_diagonal.astype(np.int8)
    euler = counts.sum(axis=(1, 2), dtype=np.int64) // 4
    return np.asarray(_n_parts(mask) - euler)


def symmetry(images: UInt8Array, *, axis: int) -> Floats:
    """Share (N,), 0 to 1, of the ink that stays in place when the image is mirrored about its centre of mass.

    Args:
        axis: 2 mirrors left and right, 1 top and bottom. The mirror line is the nearest half pixel to the centre.
    """
    _, x, y = _mass_and_centre(images)
    centre = x if axis == 2 else y
    stack = images if axis == 2 else images.swapaxes(1, 2)
    partner = np.rint(2 * centre).astype(np.int64)[:, np.newaxis] - np.arange(SIDE)  # (N, 28)
    is_inside = (partner >= 0) & (partner < SIDE)
    mirrored = np.take_along_axis(stack, np.clip(partner, 0, SIDE - 1)[:, np.newaxis, :], axis=2)
    shared = np.minimum(stack, mirrored) * is_inside[:, np.newaxis, :]
    return _ratio(shared.sum(axis=(1, 2), dtype=np.int64), images.sum(axis=(1, 2), dtype=np.int64))


def distance_to_class_mean(images: UInt8Array, labels: UInt8Array, class_means: Float32Array) -> Floats:
    """Euclidean distance (N,) of each image to the mean image of its class, in full pixels."""
    difference = flat(images).astype(np.float32) - class_means.reshape(N_CLASSES, -1)[labels]
    squares = np.einsum("ni,ni->n", difference, difference, dtype=np.float64)
    return np.asarray(np.sqrt(squares) / 255)


def _mass_and_centre(images: UInt8Array) -> tuple[Floats, Floats, Floats]:
    rows, columns = _profiles(images)
    mass = rows.sum(axis=1)
    place = np.arange(SIDE)
    middle = (SIDE - 1) / 2
    x = np.where(mass > 0, _ratio(columns @ place, mass), middle)
    y = np.where(mass > 0, _ratio(rows @ place, mass), middle)
    return mass, x, y


def _profiles(images: UInt8Array) -> tuple[Floats, Floats]:
    """Sums along the rows and along the columns, (N, 28) each."""
    return images.sum(axis=2, dtype=np.float64), images.sum(axis=1, dtype=np.float64)


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """`above / below`, 0 where that cannot be divided."""
    result: Floats = np.zeros(len(above))
    np.divide(above, below, out=result, where=below > 0)
    return result


def _span(is_inked: NDArray[Any]) -> Floats:
    """From the first to the last True of each row, both included (N,)."""
    first = is_inked.argmax(axis=1)
    last = is_inked.shape[1] - 1 - is_inked[:, ::-1].argmax(axis=1)
    return np.where(is_inked.any(axis=1), last - first + 1, 0).astype(np.float64)


def _n_parts(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number of connected inked parts of each image (N,); one labelling for the whole stack."""
    within_images = np.zeros((3, 3, 3), bool)
    within_images[1] = True
    labelled, _ = ndimage.label(mask, structure=within_images)
    highest = np.maximum.accumulate(labelled.max(axis=(1, 2)).astype(np.int64))  # labels rise from image to image
    return np.diff(highest, prepend=0)
