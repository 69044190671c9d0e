"""The corruptions for robustness: each at eight strengths, the same for every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import ConfigError
from mnist_core.probing import distortions

N_STRENGTHS = 8
FGSM = "fgsm"

Apply = Callable[[UInt8Array, float, np.random.Generator], UInt8Array]


@dataclass(frozen=True, kw_only=True, slots=True)
class Corruption:
    """A change of the test images.

    Attributes:
        unit: of the strengths.
        strengths: eight, ascending.
        apply: takes images uint8 (N, 28, 28), a strength and a random generator, and returns images of the same shape;
            None for FGSM, which needs the network's gradients.
    """

    title: str
    unit: str
    help: str
    strengths: tuple[float, ...]
    apply: Apply | None

    def __post_init__(self) -> None:
        if len(self.strengths) != N_STRENGTHS or list(self.strengths) != sorted(self.strengths):
            raise ConfigError.invalid("strengths", expected="eight numbers in ascending order", received=self.strengths)


def both_ways(change: Callable[[UInt8Array, float], UInt8Array]) -> Apply:
    """Change every second image in one direction and the others in the opposite one."""

    def apply(images: UInt8Array, strength: float, random: np.random.Generator) -> UInt8Array:
        changed = np.empty_like(images)
        changed[::2], changed[1::2] = change(images[::2], strength), change(images[1::2], -strength)
        return changed

    return apply


def _shifted(images: UInt8Array, pixels: float, random: np.random.Generator) -> UInt8Array:
    """Shift images to the right, down, left and up in turn."""
    changed = np.empty_like(images)
    for start, (right, down) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        changed[start::4] = distortions.shifted(images[start::4], right * pixels, down * pixels)
    return changed


CORRUPTIONS: Mapping[str, Corruption] = {
    "rotation": Corruption(
        title="Rotation",
        unit="degrees",
        help="Rotated, half of the digits in each direction.",
        strengths=(5, 10, 15, 20, 30, 40, 50, 60),
        apply=both_ways(distortions.rotated),
    ),
    "shift": Corruption(
        title="Shift",
        unit="pixels",
        help="Shifted to the right, down, left or up, a quarter of the digits each.",
        strengths=(1, 2, 3, 4, 5, 6, 7, 8),
        apply=_shifted,
    ),
    "shrink": Corruption(
        title="Smaller",
        unit="% smaller",
        help="Shrunk about the centre of the image.",
        strengths=(5, 10, 20, 30, 40, 50, 60, 70),
        apply=lambda images, percent, random: distortions.resized(images, 1 - percent / 100),
    ),
    "enlarge": Corruption(
        title="Larger",
        unit="% larger",
        help="Enlarged about the centre of the image; parts outside it are cut off.",
        strengths=(5, 10, 15, 20, 30, 40, 50, 60),
        apply=lambda images, percent, random: distortions.resized(images, 1 + percent / 100),
    ),
    "shear": Corruption(
        title="Shear",
        unit="degrees",
        help="Sheared, half of the digits in each direction.",
        strengths=(5, 10, 15, 20, 25, 30, 40, 50),
        apply=both_ways(distortions.sheared),
    ),
    "noise": Corruption(
        title="Noise",
        unit="of full ink",
        help="Gaussian noise on every pixel; the strength is its standard deviation.",
        strengths=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8),
        apply=distortions.noisy,
    ),
    "blur": Corruption(
        title="Blur",
        unit="pixels",
        help="Gaussian blur; the strength is its standard deviation.",
        strengths=(0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3),
        apply=lambda images, pixels, random: distortions.blurred(images, pixels),
    ),
    "contrast": Corruption(
        title="Contrast",
        unit="% lower",
        help="White on black becomes dark grey on black.",
        strengths=(20, 40, 60, 70, 80, 85, 90, 95),
        apply=lambda images, percent, random: distortions.faded(images, percent / 100),
    ),
    "occlusion": Corruption(
        title="Occlusion",
        unit="pixels",
        help="A black square covers a part of the digit; the strength is its side.",
        strengths=(3, 4, 5, 6, 8, 10, 12, 14),
        apply=lambda images, pixels, random: distortions.covered(images, int(pixels), random),
    ),
    "thick": Corruption(
        title="Thicker strokes",
        unit="pixels per side",
        help="As if drawn with a thicker pen.",
        strengths=(0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3),
        apply=lambda images, pixels, random: distortions.thickened(images, pixels),
    ),
    "thin": Corruption(
        title="Thinner strokes",
        unit="pixels per side",
        help="As if drawn with a thinner pen; thin strokes break.",
        strengths=(0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1),
        apply=lambda images, pixels, random: distortions.thickened(images, -pixels),
    ),
    FGSM: Corruption(
        title="Adversarial (FGSM)",
        unit="of full ink",
        help="Adversarially perturbed: each pixel is made brighter or darker, whichever raises the loss. Fast gradient "
        "sign method of Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples, ICLR 2015.",
        strengths=(0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24),
        apply=None,
    ),
}
"""Every corruption by name, in the order of the screen."""


def corrupted(name: str, images: UInt8Array, strength: int, *, signs: UInt8Array | None = None) -> UInt8Array:
    """The images with corruption `name` at its `strength`, a position from 0 to 7; the same at every call.

    Args:
        images: uint8 (N, 28, 28), the same N images as in the robustness test: randomness is drawn in their order.
        signs: for FGSM, from `attack_signs`.

    Raises:
        ConfigError: no such corruption or strength, or FGSM without its signs.
    """
    if name not in CORRUPTIONS or not 0 <= strength < N_STRENGTHS:
        expected = f"one of {', '.join(CORRUPTIONS)}, at 0 to {N_STRENGTHS - 1}"
        raise ConfigError.invalid("corruption", expected=expected, received=name)
    found = CORRUPTIONS[name]
    if found.apply is not None:
        random = np.random.default_rng([list(CORRUPTIONS).index(name), strength])
        return found.apply(images, found.strengths[strength], random)
    if signs is None:
        raise ConfigError("FGSM needs the signs of the network's gradients. Expected `signs`. Received: None.")
    return attacked(images, signs, found.strengths[strength])


def attack_signs(gradients: np.ndarray) -> UInt8Array:
    """One bit per pixel, uint8 (N, 98): whether more ink raises the loss; from gradients (N, 28, 28)."""
    return np.packbits((gradients > 0).reshape(len(gradients), -1), axis=1)


def attacked(images: UInt8Array, signs: UInt8Array, strength: float) -> UInt8Array:
    """Adversarially perturbed by `strength` of full ink: brighter where the bit of `signs` is set, darker elsewhere."""
    is_up = np.unpackbits(signs, axis=1, count=images[0].size if len(images) else 0).reshape(images.shape)
    moved = images + 255 * np.float32(strength) * (2 * is_up.astype(np.float32) - 1)
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)
