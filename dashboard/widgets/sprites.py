"""Sheets of digits as pictures that a page can show."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict

from mnist_core.data.dataset import UInt8Array

MAX_SHEETS = 64
"""The most recently used sheets are kept, for all tabs; one of 500 digits takes 0.2 MB."""

_Key = tuple[bytes, tuple[int, ...], int, int]
_sheets: OrderedDict[_Key, str] = OrderedDict()  # the most recently used one is at the end
_lock = threading.Lock()


def sprite_url(images: UInt8Array, columns: int, *, scale: int = 1) -> str:
    """The images (N, H, W) as one PNG sheet in a data URL; if it was made before, only their digest is computed.

    Args:
        scale: how wide and high a pixel becomes.
    """
    key = (hashlib.blake2b(images.tobytes(), digest_size=16).digest(), images.shape, columns, scale)
    with _lock:
        if key in _sheets:
            _sheets.move_to_end(key)
            return _sheets[key]
    enlarged = images.repeat(scale, axis=1).repeat(scale, axis=2)
    url = _drawn(enlarged, columns)  # without the lock, so that others do not wait for it
    with _lock:
        _sheets[key] = url
        while len(_sheets) > MAX_SHEETS:
            _sheets.popitem(last=False)
    return url


def _drawn(images: UInt8Array, columns: int) -> str:
    from mnist_core.data.sprites import sprite_png  # loads Pillow, which the first page does not need before this

    return "data:image/png;base64," + base64.b64encode(sprite_png(images, columns)).decode()
