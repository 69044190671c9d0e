"""The digits with the highest activation of a channel, each with the spot that excited it framed."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.context.digit import open_digit
from dashboard.views.inside.choices import inside
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.network.feature_maps import Responses
from mnist_core.network.receptive_fields import receptive_fields
from mnist_core.network.steps import step_named

N_TOP, CELL = 9, 44
N_SEARCHED = 1_000
"""Test images that are searched: for more, a large network would take seconds."""

Frame = tuple[int, int, int, int]


def searched_words(dataset: Dataset) -> str:
    """Which digits are searched: "the first 1,000 test images"."""
    count = min(N_SEARCHED, len(dataset.test))
    return f"the first {count:,} test images" if count < len(dataset.test) else f"all {count:,} test images"


def render_top_digits(network: TrainedNetwork, dataset: Dataset, found: Responses, channel: int, *, key: str) -> None:
    """The grid; a click opens the digit. `key` is "<page>.<field>"."""
    rows = found.strongest_images(channel, N_TOP)
    names, labels = dataset.class_names, dataset.test.labels[rows]
    picked = digit_grid(
        dataset.test.images[rows],
        [names[label] for label in labels],
        key=f"{key}.{found.layer}.{channel}",
        label="Digits with the highest activation",
        ids=rows,
        notes=[
            f"test digit {row}: true {names[label]}, peak {found.peaks[row, channel]:.3g}"
            for row, label in zip(rows, labels, strict=True)
        ],
        frames=frames_of(network, found, channel, rows),
        cell=CELL,
    )
    if picked is not None:
        open_digit(dataset.name, SplitName.TEST, int(rows[picked]))
        inside.page = None
        st.rerun()


def frames_of(network: TrainedNetwork, found: Responses, channel: int, rows: np.ndarray) -> list[Frame] | None:
    """Top, left, height and width of the receptive field of each peak; None if every value reads the whole digit."""
    step = step_named(network.architecture, found.layer)
    spans = receptive_fields(network.architecture)[found.layer]
    if step is None or not step.is_image:
        return None
    places = (divmod(int(found.places[row, channel]), step.output_shape[1]) for row in rows)
    fields = ((spans[row], spans[column]) for row, column in places)
    return [(top, left, bottom - top + 1, right - left + 1) for (top, bottom), (left, right) in fields]
