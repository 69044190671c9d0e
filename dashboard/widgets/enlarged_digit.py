"""A digit as a large picture with square pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import SIDE, UInt8Array


def enlarged_digit(image: UInt8Array, scale: int, *, alt: str | None = None) -> None:
    """The image, uint8 (28, 28), each of its pixels `scale` pixels wide; `alt` is what it shows, for screen readers.

    It is part of the page. Streamlit would offer an array as a file, and forget it as soon as the page is drawn without
    it: on a slow line, before the browser has asked for it.
    """
    st.image(sprite_url(image[np.newaxis], columns=1, scale=scale), width=SIDE * scale, alt=alt)
