"""Evidence for the true label against another one: an occlusion map, and the most influential filters."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.context.evaluated import Evaluated
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.picture_strip import Picture, picture_strip, signed_picture
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.predictions import Position
from mnist_core.probing.evidence import PATCH, FilterPush

N_FILTERS = 6


def render_evidence(found: Evaluated, opened: Position, image: np.ndarray) -> None:
    """The occlusion map and the filters whose ablation changes the log-odds most."""
    probabilities = found.predictions.probabilities[opened]
    true = int(found.predictions.labels[opened])
    other = next(label for label in np.argsort(-probabilities, kind="stable").tolist() if label != true)
    plain = found.class_names[true], found.class_names[other]  # pictures show text as it is
    names = escape_markdown(plain[0]), escape_markdown(plain[1])
    if found.other_epoch is not None:
        st.caption(
            f"Evidence is computed with the weights of the best checkpoint (epoch {found.run.best_epoch}), "
            f"but this prediction is of epoch {found.epoch}."
        )
        return
    try:
        places, pushes = answers.evidence(found.run, image, first=true, second=other)
    except MnistCoreError as error:
        st.caption(f"The evidence cannot be computed. {escape_markdown(str(error))}")
        return
    st.subheader(f"Evidence for {names[0]} against {names[1]}", anchor=False)
    st.caption(
        f"Blue is evidence for {names[0]}, orange for {names[1]}. Numbers are changes of the log-odds of {names[0]} "
        f"against {names[1]} (+{math.log(2):.1f} doubles the odds, -{math.log(2):.1f} halves them)."
    )
    left, right = st.columns([3, 10], gap="large")
    with left:
        _render_occlusion_map(places, image, plain)
    with right:
        _render_pushes(pushes, plain)


def _render_occlusion_map(places: np.ndarray, image: np.ndarray, names: tuple[str, str]) -> None:
    st.markdown(
        "**Occlusion map**",
        help=f"Squares of {PATCH} x {PATCH} pixels are covered with background, all over the image. "
        "Each pixel shows by how much the log-odds fall, on average, when it is covered.",
    )
    limit = float(np.abs(places).max())
    strongest = f"up to {limit if places.max() >= -places.min() else -limit:+.2f}"
    picture_strip(
        [
            Picture(
                pixels=signed_picture(places, limit, ink=image),
                title=f"{names[0]} against {names[1]}",
                detail=strongest,
                note=f"Evidence for {names[0]} in blue, for {names[1]} in orange",
            )
        ],
        key="mistakes.places",
        cell=170,
    )


def _render_pushes(pushes: tuple[FilterPush, ...], names: tuple[str, str]) -> None:
    st.markdown(
        "**Most influential filters**",
        help="Ablation: the output of each filter of the last convolution is set to 0 in turn, and the network "
        "predicts again. The number is by how much the log-odds fall; the picture is that output for this digit.",
    )
    if not pushes:
        st.caption("This network has no convolution, so it has no filters.")
        return
    limit = max(float(np.abs(push.activation).max()) for push in pushes[:N_FILTERS])
    pictures = [
        Picture(
            pixels=signed_picture(np.abs(push.activation) * np.sign(push.push or 1), limit),
            title=f"Filter {push.filter}",
            detail=f"{push.push:+.2f}" if push.push else "no change",
            note=f"Filter {push.filter} of {push.layer}: log-odds of {names[0]} against {names[1]} {push.push:+.2f}",
        )
        for push in pushes[:N_FILTERS]
    ]
    picture_strip(pictures, key="mistakes.pushes", cell=100)
    st.caption(f"{len(pictures)} of the {len(pushes)} filters of {pushes[0].layer}.")
