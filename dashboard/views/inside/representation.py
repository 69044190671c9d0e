"""Representation: digits as points by the output of any layer, and how well a linear probe reads each layer."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.linked_choice import linked_segments
from dashboard.views.inside.choices import InsideChoices, RepresentationPart
from dashboard.views.inside.layer_map import render_layer_map
from dashboard.views.inside.network import TrainedNetwork, open_digits
from dashboard.views.inside.probes import render_probes
from mnist_core.errors import RunError

PARTS = {RepresentationPart.MAP: "Embedding of a layer", RepresentationPart.PROBES: "Probes of all layers"}
PARTS_HELP = (
    "Embedding: the test digits as points, by the output of one layer. Probes: how well a linear classifier tells the "
    "classes apart by the output of each layer."
)


def render_representation(network: TrainedNetwork) -> None:
    """The map of a layer, or the probes of all of them."""
    if network.run.scaler is None:
        raise RunError("The scaling of this run's images is not stored, so its activations cannot be computed.")
    dataset = open_digits(network)
    if dataset is None:
        return
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        part = linked_segments(
            "Show", tuple(PARTS), choice=InsideChoices.part, words=PARTS.__getitem__, help=PARTS_HELP
        )
    if part is RepresentationPart.MAP:
        render_layer_map(bar, network, dataset)
    else:
        render_probes(network, dataset)
