"""What spoke for the true label and what for the other: places of the digit, and filters."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.evaluated import Evaluated
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.picture_strip import Picture, picture_strip, signed_picture
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.predictions import Position
from mnist_core.probing.evidence import FilterPush

N_FILTERS = 6


def render_evidence(found: Evaluated, opened: Position, image: np.ndarray) -> None:
    """The occlusion map and the filters that moved the margin most."""
    probabilities = found.predictions.probabilities[opened]
    true = int(found.predictions.labels[opened])
    other = next(label for label in np.argsort(-probabilities, kind="stable").tolist() if label != true)
    plain = found.class_names[true], found.class_names[other]  # pictures show text as it is
    names = escape_markdown(plain[0]), escape_markdown(plain[1])
    if found.epoch != found.run.best_epoch:
        st.caption(
            f"Weights are kept of the best epoch only, so what spoke for {names[0]} after this one is not known."
        )
        return
    try:
        places, pushes = answers.evidence(found.run, image, first=true, second=other)
    except MnistCoreError as error:
        st.caption(f"What spoke for which label cannot be said. {escape_markdown(str(error))}")
        return
    st.subheader(f"What spoke for {names[0]}, what for {names[1]}", anchor=False)
    st.caption(
        f"Blue spoke for {names[0]}, orange for {names[1]}. Figures are natural logarithms of how many times more "
        f"probable {names[0]} became than {names[1]}: +0.7 is twice, −0.7 is half as probable."
    )
    left, right = st.columns([3, 10], gap="large")
    with left:
        _render_places(places, image, plain)
    with right:
        _render_pushes(pushes, plain)


def _render_places(places: np.ndarray, image: np.ndarray, names: tuple[str, str]) -> None:
    st.markdown(
        "**Places**", help="Each place is covered with background, and the network is asked again: what did its ink do?"
    )
    limit = float(np.abs(places).max())
    strongest = f"up to {limit:+.2f} for {names[0]}" if places.max() >= -places.min() else f"up to {-limit:+.2f}"
    picture_strip(
        [
            Picture(
                pixels=signed_picture(places, limit, ink=image),
                title=f"{names[0]} minus {names[1]}",
                detail=strongest,
                note=f"Places that spoke for {names[0]} in blue, for {names[1]} in orange",
            )
        ],
        key="mistakes.places",
        cell=170,
    )


def _render_pushes(pushes: tuple[FilterPush, ...], names: tuple[str, str]) -> None:
    st.markdown(
        "**Filters that pushed most**",
        help="Each filter of the last convolution is taken out in turn, and the network is asked again. "
        "The picture is what the filter answers to this digit.",
    )
    if not pushes:
        st.caption("This network has no convolution, so it has no filters.")
        return
    limit = max(float(np.abs(push.activation).max()) for push in pushes[:N_FILTERS])
    pictures = [
        Picture(
            pixels=signed_picture(np.abs(push.activation) * np.sign(push.push or 1), limit),
            title=f"Filter {push.filter}",
            detail=f"{push.push:+.2f} for {names[0] if push.push > 0 else names[1]}" if push.push else "nothing",
            note=f"Filter {push.filter} of {push.layer}: {push.push:+.2f} for {names[0]} against {names[1]}",
        )
        for push in pushes[:N_FILTERS]
    ]
    picture_strip(pictures, key="mistakes.pushes", cell=100)
    st.caption(f"Of the {len(pushes)} filters of {pushes[0].layer}.")
