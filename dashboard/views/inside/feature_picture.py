"""One feature picture enlarged, with its activation and the real digits that excite the same filter most."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.shared.context.digit import SPLIT_WORDS, open_digit
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_segments
from dashboard.shared.runs.jobs import asking
from dashboard.views.inside.choices import InsideChoices, inside
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pixel_view import pixel_view
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.errors import DatasetError
from mnist_core.models.architecture import LayerRow
from mnist_core.probing.feature_pictures import (
    EXCITING,
    PERCENTILE,
    ExcitingDigits,
    FeaturePictures,
    asked_exciting,
    read_exciting,
)
from mnist_core.probing.helper.messages import What

ENLARGED, CELL = 168, 40
WHAT = (
    "The value before activation, at the peak of the feature map; of a class, its logit. A value below 0, "
    "which a ReLU sets to 0, can therefore be compared too."
)


def render_feature_picture(network: TrainedNetwork, row: LayerRow, found: FeaturePictures, position: int) -> None:
    """For the panel beside the pictures."""
    channel = int(found.channels[position])
    exciting = _render_digits_choice(network, row)
    left, right = st.columns([5, 6], gap="small")
    with left:
        pixel_view(found.images[position], key="inside.feature_picture", label="Feature picture", width=ENLARGED)
    with right:
        st.markdown(f"Activation **{found.activations[position]:.3g}**", help=WHAT)
        st.caption(f"Noise at the start: {found.starts[position]:.3g}")
        if exciting is not None:
            st.caption(
                f"Real digits: highest **{exciting[1].values[channel, 0]:.3g}**, {PERCENTILE}th percentile "
                f"**{exciting[1].percentiles[channel]:.3g}**"
            )
    if exciting is not None:
        _render_digits(*exciting, channel)
    st.caption(
        "The picture is as large as the receptive field of the filter. It shows what would excite the filter "
        "most, not what occurs in digits: compare the two."
    )


def _render_digits_choice(network: TrainedNetwork, row: LayerRow) -> tuple[Dataset, ExcitingDigits] | None:
    """The digits that excite the channels of the layer; None while they are searched, or without the data set."""
    try:
        dataset = cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        st.caption(f"{escape_markdown(str(error))} So there are no real digits to compare with.")
        return None
    split = linked_segments(
        "Digits of the split",
        tuple(SplitName),
        choice=InsideChoices.digits_split,
        words=lambda name: SPLIT_WORDS[name].capitalize(),
        label_visibility="collapsed",
    )
    work = asking(network.run, EXCITING, asked_exciting(row.name, dataset, split), read_exciting, what=What.PICTURES)
    key = ("exciting", *network.key, row.name, dataset.sha256, split)
    found: ExcitingDigits | None = job_result(
        key, work, title="Searching the digits", name="inside.searching_digits", can_cancel=True
    )
    return None if found is None else (dataset, found)


def _render_digits(dataset: Dataset, found: ExcitingDigits, channel: int) -> None:
    name = inside.digits_split
    split, rows, values = dataset.split(name), found.rows[channel], found.values[channel]
    words = SPLIT_WORDS[name]
    st.caption(f"The digits that excite it most, of {found.searched:,} {words} digits. Click one to open it.")
    names = dataset.class_names
    picked = digit_grid(
        split.images[rows],
        [f"{value:.3g}" for value in values],
        key=f"inside.exciting.{name}.{channel}.{rows[0]}",
        label="Digits that excite it most",
        show_captions=True,
        ids=rows,
        notes=[
            f"{words} digit {row}: true {names[split.labels[row]]}, activation {value:.3g}"
            for row, value in zip(np.asarray(rows).tolist(), values, strict=True)
        ],
        cell=CELL,
    )
    if picked is not None:
        open_digit(dataset.name, SplitName(name), int(rows[picked]))
        st.rerun()
