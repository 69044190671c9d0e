"""The conversion of pixel values to network inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from mnist_core.data.dataset import Float32Array, Indices, UInt8Array
from mnist_core.errors import ConfigError
from mnist_core.fields import known_keys

FITTED_AT_ONCE = 10_000
"""Images whose sums are taken at once, so that no copy of all of them is made."""


class Scaling(StrEnum):
    """How pixel values from 0 to 255 are converted to network inputs."""

    UNIT = "unit"
    """Divided by 255: from 0 to 1."""
    L2_ROWS = "l2_rows"
    """Each column of pixels of an image is divided by its length, as `keras.utils.normalize(images, axis=1)` does."""
    STANDARDISED = "standardised"
    """Minus the mean, divided by the standard deviation, of all pixels of the training images."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaler:
    """A scaling with the numbers computed from the training images.

    Attributes:
        mean, std: of all training pixels, in pixel values 0 to 255; 0 and 1 if the scaling does not use them.
    """

    kind: Scaling
    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean):
            raise ConfigError.invalid("scaler.mean", expected="a finite number", received=self.mean)
        if not (np.isfinite(self.std) and self.std > 0):
            raise ConfigError.invalid("scaler.std", expected="a finite number above 0", received=self.std)

    def apply(self, images: UInt8Array) -> Float32Array:
        """The network inputs for images: uint8 (N, 28, 28) to float32 (N, 28, 28, 1)."""
        return _FORMULAS[self.kind](self, images)[..., np.newaxis]

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "mean": self.mean, "std": self.std}

    @classmethod
    def from_dict(cls, data: Any) -> Scaler:
        """The scaler in the output of `to_dict`.

        Raises:
            ConfigError: an unknown key or kind, or a number that is not valid.
        """
        known: Mapping[str, Any] = known_keys(data, {"kind", "mean", "std"}, "scaler")
        names = tuple(member.value for member in Scaling)
        if known.get("kind") not in names:
            raise ConfigError.invalid("scaler.kind", expected="one of " + ", ".join(names), received=known.get("kind"))
        for key in ("mean", "std"):
            value = known.get(key, 0.0)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ConfigError.invalid(f"scaler.{key}", expected="a number", received=value)
        return cls(kind=Scaling(known["kind"]), mean=float(known.get("mean", 0.0)), std=float(known.get("std", 1.0)))


def fit_scaler(kind: Scaling, train_images: UInt8Array, rows: Indices | None = None) -> Scaler:
    """The scaler for these training images, uint8 (N, 28, 28), or for some rows of them.

    `std` is 1 if all pixels have the same value.
    """
    if kind != Scaling.STANDARDISED:
        return Scaler(kind=Scaling(kind))
    n = total = squares = 0  # whole numbers: exact, whatever the order
    for first in range(0, len(train_images if rows is None else rows), FITTED_AT_ONCE):
        part = slice(first, first + FITTED_AT_ONCE)
        pixels = train_images[part if rows is None else rows[part]].reshape(-1)
        n += pixels.size
        total += int(pixels.sum(dtype=np.int64))
        squares += int(np.einsum("i,i->", pixels, pixels, dtype=np.int64))
    n = max(1, n)
    variance = (n * squares - total**2) / n**2
    return Scaler(kind=kind, mean=total / n, std=variance**0.5 or 1.0)


def _unit(scaler: Scaler, images: UInt8Array) -> Float32Array:
    return np.multiply(images, np.float32(1 / 255), dtype=np.float32)


def _l2_rows(scaler: Scaler, images: UInt8Array) -> Float32Array:
    squares = np.einsum("nij,nij->nj", images, images, dtype=np.float64)
    lengths = np.sqrt(squares)
    lengths[lengths == 0] = 1
    scaled: Float32Array = np.multiply(images, (1 / lengths).astype(np.float32)[:, np.newaxis, :], dtype=np.float32)
    return scaled


def _standardised(scaler: Scaler, images: UInt8Array) -> Float32Array:
    scaled = np.subtract(images, np.float32(scaler.mean), dtype=np.float32)
    scaled *= np.float32(1 / scaler.std)
    return scaled


_FORMULAS = {Scaling.UNIT: _unit, Scaling.L2_ROWS: _l2_rows, Scaling.STANDARDISED: _standardised}
