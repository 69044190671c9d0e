"""Two rows of training digits, which lead to the page Explore."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.context.digit import digit_address
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef

N_SHOWN = 120
N_ROWS = 5


def render_digit_strip(page: str, dataset: Dataset) -> None:
    """The first training digits of a data set; a click opens the digit on the page Explore."""
    shown = dataset.train.take(slice(0, N_SHOWN))
    names = [dataset.class_names[label] for label in shown.labels]
    picked = digit_grid(
        shown.images,
        names,
        key=f"{page}.strip",
        label=f"Training images of {dataset.title}",
        notes=[f"Label {name}, training image {row}. Click to explore." for row, name in enumerate(names)],
        cell=36,
        rows=N_ROWS,
    )
    explore = page_named("explore")
    if picked is not None and explore is not None:
        image = ImageRef(split=SplitName.TRAIN, row=picked)
        st.switch_page(explore, query_params=digit_address(dataset.name, image))
