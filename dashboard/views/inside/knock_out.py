"""Knock-out: what a run predicts with each filter of a layer muted in turn."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.cached import probed
from dashboard.server.background import jobs
from dashboard.shared.errors import explain_errors
from dashboard.shared.job_progress import render_job
from dashboard.shared.linked_choice import linked_segments, linked_select, linked_toggle
from dashboard.shared.runs.jobs import start_analysis
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import reset
from dashboard.views.inside.choices import ABOUT_MUTED, InsideChoices, inside
from dashboard.views.inside.knock_out_words import change_words, interval_words, verdict_words
from dashboard.views.inside.muted_digits import render_changed
from dashboard.views.inside.network import TrainedNetwork, open_digits
from dashboard.widgets.effect_list import Effect, effect_list, picked_effect
from mnist_core.data.dataset import Dataset
from mnist_core.network.filters import filter_banks
from mnist_core.network.muting import Muteable, muteable_layers
from mnist_core.network.templates import pixel_templates
from mnist_core.probing.knock_out_result import KnockOut, MutedTo
from mnist_core.probing.robustness import N_DIGITS
from mnist_core.shares import shown_share
from mnist_core.words import counted

LIST = "inside.muted"
N_SHOWN = 16
FEW_LAYERS = 5
REDRAW_SECONDS = 1.0
"""How often results are looked for while filters are muted."""
MUTED_TO = {MutedTo.ZERO: "0", MutedTo.MEAN: "Its mean"}
MUTED_TO_HELP = (
    "What a muted filter returns instead of its output, behind its batch normalisation and activation. 0: as if it had "
    "not been there. Its mean over all positions of these digits: what later layers are used to, so that only what the "
    "filter tells about the digit is missing."
)
WIDTHS = (7, 5)


def render_knock_out(network: TrainedNetwork) -> None:
    """A layer, a button that mutes its filters in turn if that was not done before, and what each of them changes."""
    layers = {item.name: item for item in muteable_layers(network.architecture)}
    if not layers:
        st.info("This network has no hidden layer, so there is nothing to mute.", icon=":material/info:")
        return
    dataset = open_digits(network, to="predict")
    if dataset is None:
        return
    question, answer = question_and_answer(*WIDTHS)
    with question:
        layer, muted_to = _render_choices(layers)
    found = probed.knock_out(network.run, dataset, layer.name, muted_to)
    if found is None or not found.is_complete:
        with question:
            is_running = _render_offer(network, dataset, layer, muted_to, is_begun=found is not None)
            if is_running:
                st.fragment(_render_so_far, run_every=REDRAW_SECONDS)(network, dataset, layer, muted_to)
        if is_running or found is None or not len(found.rows):
            return
    with question, st.container(key="inside.muted_list"):
        _render_ranking(network, layer, found, takes_clicks=True)
    _render_muted(answer, network, dataset, layer, found)


def _render_choices(layers: dict[str, Muteable]) -> tuple[Muteable, MutedTo]:
    """Which layer is muted, and to what."""
    if not any(layer.is_convolution for layer in layers.values()):
        st.caption("This network has no convolution: the units of its dense layers are muted instead of filters.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = layers[_render_layer_choice(layers)]
        muted_to = linked_segments(
            "Mute to",
            tuple(MUTED_TO),
            choice=InsideChoices.muted_to,
            words=MUTED_TO.__getitem__,
            help=MUTED_TO_HELP,
            resets=ABOUT_MUTED,
        )
    return layer, muted_to


def _render_layer_choice(layers: dict[str, Muteable]) -> str:
    choose = linked_segments if len(layers) <= FEW_LAYERS else partial(linked_select, width=220)
    convolutions = [name for name, layer in layers.items() if layer.is_convolution]
    return choose(
        "Layer",
        tuple(layers),
        choice=InsideChoices.muted_layer,
        default=convolutions[-1] if convolutions else next(iter(layers)),
        resets=ABOUT_MUTED,
        help="Each filter of a convolution, or each unit of a dense layer, is muted in turn.",
    )


def _render_offer(
    network: TrainedNetwork, dataset: Dataset, layer: Muteable, muted_to: MutedTo, *, is_begun: bool
) -> bool:
    """The progress of the knock-out, or a button that starts it; returns whether it runs."""
    key = _job_key(network, dataset, layer, muted_to)
    title = f"Muting the {_parts(layer)} of {layer.name}"
    if render_job(key, title=title, name="inside.muting", can_cancel=True):
        job = jobs().get(key)
        return job is not None and job.is_running
    n = min(N_DIGITS, len(dataset.test))
    st.markdown(
        f"Which {_parts(layer)} the predictions depend on: each of the {layer.n:,} {_parts(layer)} "
        f"of `{layer.name}` is muted in turn, and {n:,} test digits are predicted again. This runs in the background; "
        "the result is stored with the run."
    )
    if network.run.status.is_active:
        st.caption("This run is still training. Its best checkpoint so far is used.")
    st.button(
        "Continue" if is_begun else f"Mute each {_part(layer)} in turn",
        type="primary",
        key="inside.mute",
        icon=":material/volume_off:",
        on_click=_start,
        args=(network, dataset, layer, muted_to),
    )
    return False


def _job_key(network: TrainedNetwork, dataset: Dataset, layer: Muteable, muted_to: MutedTo) -> tuple[str, ...]:
    return ("knock_out", probed.weights_digest(network.run), network.run.run_id, dataset.sha256, layer.name, muted_to)


def _start(network: TrainedNetwork, dataset: Dataset, layer: Muteable, muted_to: MutedTo) -> None:
    key = _job_key(network, dataset, layer, muted_to)
    start_analysis(key, network.run, "knock_out", layer.name, muted_to.value)


@explain_errors()
def _render_so_far(network: TrainedNetwork, dataset: Dataset, layer: Muteable, muted_to: MutedTo) -> None:
    """The digits that are predicted already, while the others are."""
    found = probed.knock_out(network.run, dataset, layer.name, muted_to)
    if found is not None and len(found.rows):
        _render_ranking(network, layer, found, takes_clicks=False)  # a second is too short to look at digits


def _render_ranking(network: TrainedNetwork, layer: Muteable, found: KnockOut, *, takes_clicks: bool) -> None:
    """What was measured, in words, and the filters in their order; a click chooses one."""
    of = "" if found.is_complete else f" of {found.n_digits:,}"
    st.markdown(
        f"**{len(found.rows):,}{of} test images** · best checkpoint: **epoch {network.run.best_epoch}** · accuracy "
        f"with all {_parts(layer)} **{shown_share(found.clean_accuracy)}**"
    )
    words = verdict_words(found, _part(layer))
    st.markdown(words.text, help=words.help)
    shown = found.order if _is_all(layer) else found.order[:N_SHOWN]
    picked = picked_effect(_list_key(found), len(shown)) if takes_clicks else None
    if picked is not None:
        reset(InsideChoices.changed_page, InsideChoices.changed_cell)
        inside.muted = int(shown[picked])
    _render_list(network, layer, found, shown)


def _render_muted(
    place: DeltaGenerator, network: TrainedNetwork, dataset: Dataset, layer: Muteable, found: KnockOut
) -> None:
    """The filter that was clicked, else the first; in the panel."""
    chosen = inside.muted if inside.muted is not None and inside.muted < layer.n else None
    muted = int(found.order[0]) if chosen is None else chosen
    title = f"{_part(layer).capitalize()} {muted} of {layer.name} muted"
    panel = answer_panel(place, name="inside", title=title, is_open=chosen is not None, on_close=_forget_choice)
    with panel, st.container(key="inside.muted_digits"):
        render_changed(network.run, dataset, found, muted, part=_part(layer))


def _forget_choice() -> None:
    reset(*ABOUT_MUTED)


def _is_all(layer: Muteable) -> bool:
    if layer.n <= N_SHOWN:
        return True
    return linked_toggle(
        f"All {layer.n:,} {_parts(layer)}",
        choice=InsideChoices.all_muted,
        help=f"Off: only the {N_SHOWN} that lower the accuracy most.",
    )


def _render_list(network: TrainedNetwork, layer: Muteable, found: KnockOut, shown: np.ndarray) -> None:
    pictures, limit = _pictures(network, layer, shown)
    broken, fixed = found.broken, found.fixed
    effects = [
        Effect(
            title=f"{_part(layer).capitalize()} {position}",
            lost=int(broken[position]),
            won=int(fixed[position]),
            change=change_words(found, position),
            interval=interval_words(found, position),
            note=f"{_part(layer)} {position}: {counted(int(broken[position]), 'digit')} broken, "
            f"{int(fixed[position]):,} fixed; {change_words(found, position)} {interval_words(found, position)}",
        )
        for position in shown.tolist()
    ]
    at = np.flatnonzero(shown == (found.order[0] if inside.muted is None else inside.muted))
    effect_list(
        effects,
        pictures,
        key=_list_key(found),
        label=f"Change by each {_part(layer)} of {layer.name}",
        heads=(_part(layer).capitalize(), "Broken | fixed digits", "Broken", "Fixed", "Accuracy (95% interval)"),
        limit=limit,
        scale=int(max(broken.max(initial=0), fixed.max(initial=0))),
        selected=int(at[0]) if len(at) else None,
    )


def _list_key(found: KnockOut) -> str:
    return f"{LIST}.{found.layer}.{found.muted_to}"


def _pictures(network: TrainedNetwork, layer: Muteable, shown: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The slice of highest norm of each filter, or the weight image of each unit on the pixels; else none."""
    for bank in filter_banks(network.architecture, network.weights):
        if bank.name == layer.kernel:
            return np.stack([bank.kernels[..., bank.main_slice(i), i] for i in shown]), bank.limit
    templates = pixel_templates(network.architecture, network.weights)
    if templates is not None and templates.layer == layer.name:
        return templates.images[shown], templates.limit
    return None, 0.0


def _part(layer: Muteable) -> str:
    return "filter" if layer.is_convolution else "unit"


def _parts(layer: Muteable) -> str:
    return f"{_part(layer)}s"
