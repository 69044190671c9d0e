"""Attribution: which pixels raise or lower the score of a class for one digit, by four methods side by side."""

from __future__ import annotations

import streamlit as st

from dashboard.cached import answers
from dashboard.shared.digits.attribution import AttributionQuestion, render_maps
from dashboard.shared.linked_choice import linked_select, linked_toggle
from dashboard.views.inside.choices import NOTHING, InsideChoices
from dashboard.views.inside.digits import digits_to_choose, render_digit, render_digit_choice, render_probabilities
from dashboard.views.inside.network import TrainedNetwork, open_digits
from mnist_core.errors import RunError

WIDTHS = (4, 12)


def render_attribution(network: TrainedNetwork) -> None:
    """Choose a digit on the left and what to explain above; the maps of the four methods are on the right."""
    if network.run.scaler is None:
        raise RunError("The scaling of this run's images is not stored, so its scores cannot be computed.")
    dataset = open_digits(network, to="explain", without="The tabs Filters and Feature pictures work without it.")
    if dataset is None:
        return
    left, right = st.columns(WIDTHS, gap="medium")
    with left:
        digits = digits_to_choose(network, dataset)
        top = st.container()
        opened = render_digit_choice(digits)
        probabilities = answers.answer(network.run, opened.image)
        with top:
            render_digit(digits, opened, probabilities, network.compared)
        render_probabilities(opened, probabilities)
    with right, st.container(key="inside.attribution"):
        predicted = int(probabilities.argmax())
        label = predicted if opened.label is None else opened.label
        towards, against, is_unsigned = _render_question(opened.class_names, label, predicted)
        asked = AttributionQuestion(
            image=opened.image, towards=towards, against=against, class_names=opened.class_names
        )
        render_maps(network.run, asked, name="inside", is_unsigned=is_unsigned)


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
            words=lambda value: "No other class" if value == NOTHING else names[value],
            width=170,
            help="With another class, the difference of the two logits is explained, which is the log-odds: "
            "the evidence for one against the other.",
        )
        is_unsigned = linked_toggle(
            "Saliency without sign",
            choice=InsideChoices.unsigned,
            help="The size of the gradient alone, as in the paper: where a change matters, in whichever direction.",
        )
    return towards, None if against == NOTHING else against, is_unsigned
