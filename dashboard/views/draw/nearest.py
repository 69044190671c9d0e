"""The training digits nearest to a drawing."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.answers.network import Answering
from dashboard.shared.context.digit import open_digit
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName, UInt8Array
from mnist_core.errors import DatasetError

N_NEIGHBOURS = 10
CELL = 58


def render_nearest(network: Answering, image: UInt8Array | None) -> None:
    """The nearest training images of the network's data set by pixels; a click opens one on all pages."""
    if image is None:
        st.caption("Draw a digit to see the training digits that are nearest to it.")
        return
    try:
        dataset = cached.dataset(network.dataset)
    except DatasetError as error:
        st.caption(f"The training digits cannot be searched. {escape_markdown(str(error))}")
        return
    found = cached.pixel_index(dataset, SplitName.TRAIN).nearest(image, N_NEIGHBOURS)
    names = [dataset.class_names[label] for label in dataset.train.labels[found.rows]]
    picked = digit_grid(
        dataset.train.images[found.rows],
        names,
        key="draw.nearest",
        label="Nearest training digits",
        ids=found.rows,
        show_captions=True,
        notes=[
            f"Label {name}, training digit {row}, distance {distance:.2f}"
            for name, row, distance in zip(names, found.rows, found.distances, strict=True)
        ],
        cell=CELL,
    )
    st.caption(
        f"Nearest first, by pixels, of {len(dataset.train):,} training images of {escape_markdown(dataset.title)}; "
        "below each is its label. A click opens one in the bar above."
    )
    if picked is not None:
        open_digit(dataset.name, SplitName.TRAIN, int(found.rows[picked]))
        st.rerun()
