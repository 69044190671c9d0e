"""Images of any size as 28 x 28 pixels: in proportion, centred."""

from __future__ import annotations

import numpy as np
from PIL import Image

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.imports.recognising.background import border


def fitted(image: Image.Image) -> Image.Image:
    """A grey picture (mode L or F) in 28 x 28 pixels, with a margin in the colour of its border."""
    if image.size == (SIDE, SIDE):
        return image
    scale = SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    if (width, height) == (SIDE, SIDE):
        return small
    margin = float(np.median(border(np.asarray(small)[np.newaxis])))
    canvas = Image.new(image.mode, (SIDE, SIDE), margin if image.mode == "F" else int(margin))
    canvas.paste(small, ((SIDE - width) // 2, (SIDE - height) // 2))
    return canvas


def fitted_stack(images: UInt8Array) -> UInt8Array:
    """Images (N, H, W) as (N, 28, 28)."""
    if images.shape[1:] == (SIDE, SIDE):
        return images
    if not len(images):
        return np.zeros((0, SIDE, SIDE), np.uint8)
    return np.stack([np.asarray(fitted(Image.fromarray(image)), np.uint8) for image in images])
