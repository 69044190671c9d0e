"""Attribution: which pixels raise or lower the score of a class for one digit, by four methods side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.server.background import Job, jobs
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select, linked_toggle
from dashboard.views.inside.attribution_pictures import Shown, render_methods
from dashboard.views.inside.choices import NOTHING, InsideChoices
from dashboard.views.inside.digits import digits_to_choose, render_digit, render_digit_choice, render_probabilities
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import DatasetError, RunError
from mnist_core.probing.attribution import QUESTION, Attribution, asked_attribution, read_attribution
from mnist_core.probing.helper.answers import ask
from mnist_core.runs.store import RunStore

PATIENCE_SECONDS = 0.8
"""A warm helper answers within this time, and no progress has to be shown."""

SEED = 0
"""Of the random weights."""

WIDTHS = (4, 12)


def render_attribution(network: TrainedNetwork) -> None:
    """Choose a digit on the left and what to explain above; the maps of the four methods are on the right."""
    if network.run.scaler is None:
        raise RunError("The scaling of this run's images is not stored, so its scores cannot be computed.")
    try:
        dataset = cached.dataset(network.run.config.dataset)
    except DatasetError as error:
        text = f"{escape_markdown(str(error))} The tabs Filters and Feature pictures work without it."
        render_empty_state("No digits to explain", text, page="home", link="See which data is here")
        return
    left, right = st.columns(WIDTHS, gap="medium")
    with left:
        digits = digits_to_choose(network, dataset)
        top = st.container()
        opened = render_digit_choice(digits)
        image = dataset.split(opened.split).images[opened.row]
        probabilities = answers.answer(network.run, image)
        with top:
            render_digit(digits, opened, probabilities, network.compared)
        render_probabilities(digits, opened, probabilities)
    with right, st.container(key="inside.attribution"):
        label = int(dataset.split(opened.split).labels[opened.row])
        towards, against, is_unsigned = _render_question(dataset.class_names, label, int(probabilities.argmax()))
        _render_answer(network, image, towards, against, is_unsigned=is_unsigned, names=dataset.class_names)


def _render_question(names: tuple[str, ...], label: int, predicted: int) -> tuple[int, int | None, bool]:
    """What to explain: by default of a wrong digit its true label against the predicted one, else the predicted one."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        towards = linked_select(
            "Score of",
            tuple(range(len(names))),
            choice=InsideChoices.towards,
            default=label,
            words=lambda value: names[value],
            width=150,
            help="The logit of this class is explained: the number that softmax turns into its probability.",
        )
        others = tuple(value for value in range(len(names)) if value != towards)
        usual = predicted if label != predicted and towards != predicted else NOTHING
        against = linked_select(
            "Minus the score of",
            (NOTHING, *others),
            choice=InsideChoices.against,
            default=usual,
            words=lambda value: "no other class" if value == NOTHING else names[value],
            width=170,
            help="With another class, the difference of the two logits is explained, which is the log-odds: "
            "what speaks for one and against the other.",
        )
        is_unsigned = linked_toggle(
            "Saliency without sign",
            choice=InsideChoices.unsigned,
            help="The size of the gradient alone, as in the paper: where a change matters, in whichever direction.",
        )
    return towards, None if against == NOTHING else against, is_unsigned


def _render_answer(
    network: TrainedNetwork,
    image: UInt8Array,
    towards: int,
    against: int | None,
    *,
    is_unsigned: bool,
    names: tuple[str, ...],
) -> None:
    trained = _attribution(network, image, towards, against, seed=None)
    if trained is None:
        return
    st.markdown(_score_words(trained, names))
    place = st.container()
    random = _attribution(network, image, towards, against, seed=SEED)
    with place:
        render_methods(
            network.architecture, Shown(trained=trained, random=random, image=image, is_unsigned=is_unsigned)
        )


def _attribution(
    network: TrainedNetwork, image: UInt8Array, towards: int, against: int | None, *, seed: int | None
) -> Attribution | None:
    """The maps, or None while they are computed or if they cannot be, after saying so."""
    asked = asked_attribution(image, towards, against, seed=seed)
    work = partial(_work, cached.run_store(), network.run.run_id, asked)
    is_random, key = seed is not None, ("attribution", *network.key, asked["image"], towards, against, seed)
    found: Attribution | None = job_result(
        key,
        work,
        title="Computing the maps with random weights" if is_random else "Computing the maps",
        name="inside.random_maps" if is_random else "inside.maps_of_digit",
        can_cancel=True,
        patience_seconds=PATIENCE_SECONDS,
    )
    job = jobs().get(key)
    if job is not None and job.is_running:
        st.caption("Right after the start of the dashboard this takes some seconds: TensorFlow is being loaded.")
    return found


def _work(store: RunStore, run_id: str, asked: dict[str, Any], job: Job) -> Attribution:
    return ask(store, run_id, QUESTION, asked, read_attribution, tell=job.tell, is_cancelled=job.is_cancelled)


def _score_words(found: Attribution, names: tuple[str, ...]) -> str:
    first = escape_markdown(names[found.towards])
    if found.against is None:
        what = f"Logit of **{first}**"
    else:
        what = f"Logit of **{first}** minus logit of **{escape_markdown(names[found.against])}**"
    return f"{what}: **{found.score:+.2f}** for this digit, {found.empty_score:+.2f} for an image without ink."
