"""Bytes in the URL: compressed, in the letters that a URL may have."""

from __future__ import annotations

import base64
import re
import zlib


def packed(value: bytes) -> str:
    """Bytes as text for the URL."""
    return base64.urlsafe_b64encode(zlib.compress(value, 9)).decode().rstrip("=")


def unpacked(text: str, *, most: int) -> bytes:
    """The bytes of such a text, which need not be one.

    Raises:
        ValueError: it is none, or stands for more than `most` bytes.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text, re.ASCII):
        raise ValueError(text)
    try:
        # Never more than is expected: a few characters may stand for a gigabyte.
        found = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), most + 1)
    except zlib.error as error:
        raise ValueError(text) from error
    if len(found) > most:
        raise ValueError(text)
    return found
