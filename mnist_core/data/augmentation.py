"""Augmentation of images in numpy, to look at. Training applies the same changes in its own pipeline."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.fields import check_fields, real

CENTRE = (SIDE - 1) / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Augmentation:
    """The largest random changes. Each amount is uniform within plus or minus its setting; 0 is off."""

    rotation_degrees: float = real(
        0.0,
        low=0,
        high=45,
        step=1,
        label="Rotation (degrees)",
        help="Rotate each digit by up to this angle in either direction.",
    )
    shift_pixels: float = real(
        0.0,
        low=0,
        high=8,
        step=0.5,
        label="Shift (pixels)",
        help="Shift each digit by up to this distance in x and in y.",
    )
    scale_fraction: float = real(
        0.0,
        low=0,
        high=0.5,
        step=0.05,
        label="Scale (fraction)",
        help="Enlarge or shrink each digit by up to this share of its size.",
    )
    shear_degrees: float = real(
        0.0,
        low=0,
        high=45,
        step=1,
        label="Shear (degrees)",
        help="Shear each digit by up to this angle in either direction.",
    )
    noise: float = real(
        0.0,
        low=0,
        high=0.5,
        step=0.05,
        label="Noise",
        help="Standard deviation of the noise on each pixel; 1 is full ink.",
    )

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def is_on(self) -> bool:
        """Whether any setting is on."""
        return any(astuple(self))


def augment(images: UInt8Array, settings: Augmentation, *, seed: int, draws: int = 1) -> UInt8Array:
    """Augmented copies of the images: uint8 (N, 28, 28) to uint8 (draws, N, 28, 28).

    The same seed gives the same copies. Pixels from outside the image are background; values between pixels are
    interpolated linearly.
    """
    repeated = np.tile(images, (draws, 1, 1))
    if settings.is_on:
        random = np.random.default_rng(seed)
        amounts = random.uniform(-1, 1, (len(repeated), 5))
        moved = _warp(repeated.astype(np.float32), _transforms(amounts, settings))
        if settings.noise:
            moved += random.normal(0, 255 * settings.noise, moved.shape)
        repeated = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    return repeated.reshape(draws, *images.shape)


def _transforms(amounts: NDArray[np.float64], settings: Augmentation) -> NDArray[np.float64]:
    """Matrices (N, 2, 3) that map a pixel (x, y, 1) of the result to its origin, about the centre."""
    angle = np.radians(amounts[:, 0] * settings.rotation_degrees)
    shear = np.tan(np.radians(amounts[:, 1] * settings.shear_degrees))
    scale = 1 / (1 + amounts[:, 2] * settings.scale_fraction)
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, sin + shear * cos], [-sin, cos - shear * sin]]).transpose(2, 0, 1)
    linear *= scale[:, np.newaxis, np.newaxis]
    offset = CENTRE - linear.sum(axis=2) * CENTRE + amounts[:, 3:5] * settings.shift_pixels
    return np.concatenate([linear, offset[:, :, np.newaxis]], axis=2)


def _warp(images: NDArray[np.float32], transforms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bilinear samples (N, 28, 28) of the images at the transformed positions of their pixels, 0 outside."""
    y, x = np.mgrid[:SIDE, :SIDE]
    grid = np.stack([x.ravel(), y.ravel(), np.ones(SIDE * SIDE)])  # (3, 784)
    places = transforms @ grid  # (N, 2, 784)
    lower = np.floor(places).astype(np.int64)
    share = places - lower
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    rows = np.arange(len(images))[:, np.newaxis]
    result = np.zeros((len(images), SIDE * SIDE))
    for step_y in (0, 1):
        for step_x in (0, 1):
            weight = np.abs(1 - step_x - share[:, 0]) * np.abs(1 - step_y - share[:, 1])
            column = np.clip(lower[:, 0] + step_x + 1, 0, SIDE + 1)  # outside is the margin of zeros
            row = np.clip(lower[:, 1] + step_y + 1, 0, SIDE + 1)
            result += weight * framed[rows, row, column]
    return result.reshape(images.shape)
