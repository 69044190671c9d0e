"""Sheets of digits as pictures that a page can show."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict

from mnist_core.data.dataset import UInt8Array

MAX_SHEETS = 64
"""So many of the sheets that were asked for last are kept, for all tabs; one of 500 digits takes 0.2 MB."""

_Key = tuple[bytes, tuple[int, ...], int]
_sheets: OrderedDict[_Key, str] = OrderedDict()  # the one asked for last is at the end
_lock = threading.Lock()


def sprite_url(images: UInt8Array, columns: int) -> str:
    """The images (N, H, W) as one PNG sheet in a data URL; as fast as a digest of them when it was made before."""
    key = (hashlib.blake2b(images.tobytes(), digest_size=16).digest(), images.shape, columns)
    with _lock:
        if key in _sheets:
            _sheets.move_to_end(key)
            return _sheets[key]
    url = _drawn(images, columns)  # without the lock: others need not wait for it
    with _lock:
        _sheets[key] = url
        while len(_sheets) > MAX_SHEETS:
            _sheets.popitem(last=False)
    return url


def _drawn(images: UInt8Array, columns: int) -> str:
    from mnist_core.data.sprites import sprite_png  # with Pillow, which the first page can do without until here

    return "data:image/png;base64," + base64.b64encode(sprite_png(images, columns)).decode()
