"""A digit as a large picture with square pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from mnist_core.data.dataset import SIDE, UInt8Array


def enlarged_digit(image: UInt8Array, scale: int, *, alt: str | None = None) -> None:
    """The image, uint8 (28, 28), each of its pixels `scale` pixels wide; `alt` is what it shows, for screen readers."""
    st.image(np.kron(image, np.ones((scale, scale), np.uint8)), width=SIDE * scale, alt=alt)
