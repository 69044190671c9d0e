"""A photograph as a page shows it: smaller, and as a JPEG."""

from __future__ import annotations

import io

from PIL import Image

from mnist_core.data.dataset import UInt8Array

SHOWN_SIDE = 1000
QUALITY = 80


def shown_jpeg(picture: UInt8Array) -> bytes:
    """Grey levels uint8 (H, W) as a JPEG of at most 1,000 pixels on its longer side."""
    image = Image.fromarray(picture)
    image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
