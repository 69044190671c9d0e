"""The accuracy of a linear probe on each layer, from the pixels to the output."""

from __future__ import annotations

import streamlit as st

from dashboard.cached import probed
from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.probes import probes_figure
from dashboard.server.background import jobs
from dashboard.shared.errors import explain_errors
from dashboard.shared.job_progress import render_job
from dashboard.shared.runs.jobs import start_analysis
from dashboard.views.inside.choices import RepresentationPart, inside
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.chart import chart, clicked_in
from mnist_core.data.dataset import Dataset
from mnist_core.network.layer_vectors import MAX_WIDTH, output_shape, represented_layers, shape_kept
from mnist_core.probing.probes import N_TRAINING, STRENGTH, Probes
from mnist_core.probing.robustness import N_DIGITS
from mnist_core.shares import shown_range, shown_share

CHART = "inside.probes"
REDRAW_SECONDS = 1.0


def render_probes(network: TrainedNetwork, dataset: Dataset) -> None:
    """A button that trains the probes, if that was not done before; then a line over the layers."""
    found = probed.probes(network.run, dataset)
    layers = represented_layers(network.architecture)
    if found is not None and found.layers == layers:
        _render_result(network, found)
        return
    is_running = _render_offer(network, dataset, is_begun=found is not None)
    st.fragment(_render_so_far, run_every=REDRAW_SECONDS if is_running else None)(network, dataset)


def _render_offer(network: TrainedNetwork, dataset: Dataset, *, is_begun: bool) -> bool:
    """The progress of the probes, or a button that starts them; returns whether they are trained."""
    key = _job_key(network, dataset)
    if render_job(key, title="Training probes", name="inside.probing", can_cancel=True):
        job = jobs().get(key)
        return job is not None and job.is_running
    st.markdown(
        "How well the output of each layer separates the classes: a linear probe is a logistic regression on one "
        f"layer. It is trained on up to {N_TRAINING:,} training digits and scored on up to {N_DIGITS:,} test "
        "digits. This runs in the background; the result is stored with the run."
    )
    st.button(
        "Continue" if is_begun else "Train a probe on each layer",
        type="primary",
        key="inside.probe",
        icon=":material/query_stats:",
        on_click=_start,
        args=(network, dataset),
    )
    return False


def _job_key(network: TrainedNetwork, dataset: Dataset) -> tuple[str, ...]:
    return ("probes", probed.weights_digest(network.run), network.run.run_id, dataset.sha256)


def _start(network: TrainedNetwork, dataset: Dataset) -> None:
    start_analysis(_job_key(network, dataset), network.run, "probes")


@explain_errors()
def _render_so_far(network: TrainedNetwork, dataset: Dataset) -> None:
    found = probed.probes(network.run, dataset)
    if found is not None and found.layers:
        _render_result(network, found)


def _render_result(network: TrainedNetwork, found: Probes) -> None:
    st.markdown(
        "**How to read it:** where the line rises, a layer makes the classes easier to tell apart by straight "
        "boundaries; where it is flat, the layer adds nothing that a linear classifier could use.",
        help="Alain and Bengio, Understanding intermediate layers using linear classifier probes, 2016. A probe finds "
        "what is there; it does not show that the network uses it.",
    )
    figure = probes_figure(
        found.layers,
        [found.accuracy(layer) for layer in found.layers],
        [found.interval(layer) for layer in found.layers],
        network=found.network_accuracy,
    )
    layers = found.layers
    chart(
        figure,
        key=CHART,
        name=f"{network.run.title} probes",
        on_click=lambda: _open_layer(layers),
        alt="Accuracy of the probe of each layer",
    )
    st.caption(_words(network, found))


def _open_layer(layers: tuple[str, ...]) -> None:
    """Show the map of the layer that was clicked."""
    clicked = clicked_numbers(clicked_in(CHART), len(layers))
    if clicked is not None:
        inside.mapped_layer = layers[clicked[0]]
        inside.part = RepresentationPart.MAP


def _words(network: TrainedNetwork, found: Probes) -> str:
    first, best = found.layers[0], max(found.layers, key=found.n_right)
    shapes = {layer: output_shape(network.architecture, layer) for layer in found.layers}
    cut = [layer for layer, shape in shapes.items() if shape_kept(shape) != shape]
    reduced = (
        f" Layers with more than {MAX_WIDTH:,} values ({', '.join(cut)}) are shortened to no more: feature maps are "
        "averaged over a grid."
        if cut
        else ""
    )
    return (
        f"From {shown_share(found.accuracy(first))} ({shown_range(*found.interval(first))}) on the pixels to "
        f"{shown_share(found.accuracy(best))} ({shown_range(*found.interval(best))}) on `{best}`; the dashed line is "
        f"the network itself, {shown_share(found.network_accuracy)}. Trained on {found.n_training:,} training digits, "
        f"scored on {len(found.labels):,} test digits; L2 regularisation with C = {STRENGTH:g} on standardised "
        f"values.{reduced} Click a point to see the embedding of its layer."
    )
