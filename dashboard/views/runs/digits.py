"""The images that runs were tested on, where they are on this machine, and digits on which several runs answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.shared.context.digit import open_digit
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.data.dataset import Dataset, SplitName

MAX_DIGITS = 120
CELL = 42


def render_test_digits(
    dataset: Dataset | None, rows: np.ndarray, captions: Sequence[str], notes: Sequence[str], *, key: str, label: str,
    marks: Sequence[bool] | None = None,
) -> None:  # fmt: skip
    """The first of these test images, each with its caption and a longer note; a click opens one."""
    if dataset is None:
        st.caption("The data set of these runs is not on this machine, or has changed: its images cannot be shown.")
        return
    picked = digit_grid(
        dataset.test.images[rows[:MAX_DIGITS]],
        captions[:MAX_DIGITS],
        key=key,
        label=label,
        ids=rows[:MAX_DIGITS],
        show_captions=True,
        notes=notes[:MAX_DIGITS],
        marks=None if marks is None else marks[:MAX_DIGITS],
        cell=CELL,
    )
    if picked is not None:
        open_digit(dataset.name, SplitName.TEST, int(rows[picked]))
    if len(rows) > MAX_DIGITS:
        st.caption(f"The first {MAX_DIGITS} of {len(rows):,}.")
