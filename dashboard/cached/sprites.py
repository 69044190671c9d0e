"""Sheets of digits as pictures that a page can show."""

from __future__ import annotations

import base64
import hashlib

import streamlit as st

from mnist_core.data.dataset import UInt8Array


def sprite_url(images: UInt8Array, columns: int) -> str:
    """The images (N, 28, 28) as one PNG sheet in a data URL; as fast as a digest of them when it was made before."""
    digest = hashlib.blake2b(images.tobytes(), digest_size=16)
    return _sprite_url(digest.hexdigest(), images.shape, columns, images)


@st.cache_resource(max_entries=64, show_spinner=False)
def _sprite_url(digest: str, shape: tuple[int, ...], columns: int, _images: UInt8Array) -> str:
    from mnist_core.data.sprites import sprite_png

    return "data:image/png;base64," + base64.b64encode(sprite_png(_images, columns)).decode()
