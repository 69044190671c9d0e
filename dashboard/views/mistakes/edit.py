"""Edit a digit: draw, erase, rotate, shift, scale or thicken it and see the probabilities change."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.charts.flips import flips_figure
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.operation_sliders import operation_title, render_operation_sliders
from dashboard.shared.errors import explain_errors
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.mistakes.choices import MistakesChoices
from dashboard.views.mistakes.opened_digit import render_opened_digit
from dashboard.widgets.chart import chart
from dashboard.widgets.drawing_pad import drawing_pad, drawn_on
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.picture_strip import Picture, grey_picture, picture_strip
from dashboard.widgets.probability_bars import probability_bars
from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import RunError
from mnist_core.evaluation.predictions import Position
from mnist_core.probing.flips import OPERATIONS, Flip, FlipCurve, Operation, operated
from mnist_core.shares import shown_probability

PAD = "mistakes.pad"


def render_edit(found: Evaluated) -> None:
    """The pad with the open digit, the sliders, and the values at which the predicted label flips."""
    if found.dataset is None:
        st.info("Editing needs the image, and it is not available.", icon=":material/edit_off:")
        return
    try:
        cached.weights(found.run.run_id)
    except RunError as error:
        st.info(f"There is no network to predict with. {escape_markdown(str(error))}", icon=":material/edit_off:")
        return
    opened = render_opened_digit(found)
    if opened is not None:
        st.fragment(_render_now)(found, opened)


@explain_errors()
def _render_now(found: Evaluated, opened: Position) -> None:
    stored = found.image(opened)
    assert stored is not None
    row = found.predictions.row_at(opened)
    token = f"{found.split}-{row}-{found.run.config.dataset}"
    pad, sliders, prediction = st.columns([4, 4, 5], gap="large")
    drawn = drawn_on(stored, key=PAD, token=token)
    with sliders:
        st.markdown("**Rotate, shift, scale, thicken**")
        amounts = render_operation_sliders(name="mistakes.operate", token=token)
    image = operated(drawn, amounts)
    true = int(found.predictions.labels[opened]) if np.array_equal(drawn, stored) else None
    with prediction, st.container(key="mistakes.answer"):
        _render_prediction(found, opened, image, stored, true=true)
    _render_flips(found, drawn, amounts, true=true)
    with pad:  # last: see drawing_pad
        st.markdown("**Draw and erase**")
        drawing_pad(stored, key=PAD, token=token, label=f"{found.split.capitalize()} digit {row}", keeps=True)


def _render_prediction(
    found: Evaluated, opened: Position, image: UInt8Array, stored: UInt8Array, *, true: int | None
) -> None:
    """What the network predicts for the edited image, by the same weights as for the stored one."""
    is_changed = not np.array_equal(image, stored)
    probabilities = answers.answer(found.run, image)
    predicted = int(probabilities.argmax())
    before = int(answers.answer(found.run, stored).argmax())
    names = [escape_markdown(name) for name in found.class_names]
    start = "Unchanged:" if not is_changed else "Still" if predicted == before else "Now"
    was = f", before {names[before]}" if is_changed and predicted != before else ""
    confidence = shown_probability(float(probabilities[predicted]))
    st.markdown(f"**Prediction**  \n{start} **{names[predicted]}**{was}, confidence {confidence}")
    probability_bars(probabilities, key="mistakes.operate_bars", true_label=true, class_names=found.class_names)
    if true is None:
        label = names[int(found.predictions.labels[opened])]
        st.caption(f"Drawn on: the true label of the stored digit, {label}, may not apply any more.")
    picture_strip(
        [Picture(pixels=grey_picture(image), title="Input", note="The edited digit, the input of the network")],
        key="mistakes.operate_seen",
        cell=84,
    )
    others = "" if found.other_epoch is None else f". The other predictions of this page are of epoch {found.epoch}"
    st.caption(f"Best checkpoint: epoch {found.run.best_epoch}{others}")


def _render_flips(found: Evaluated, drawn: UInt8Array, amounts: dict[str, float], *, true: int | None) -> None:
    st.subheader("Flips of the predicted label", anchor=False)
    names = found.class_names
    name = linked_segments(
        "Edit",
        tuple(OPERATIONS),
        choice=MistakesChoices.operation,
        default="rotate",
        words=lambda name: OPERATIONS[name].title,
        label_visibility="collapsed",
    )
    operation, curve = OPERATIONS[name], answers.flip_curve(found.run, drawn, name)
    st.markdown(_flip_words(operation, curve, names))
    figure = flips_figure(
        curve,
        title=operation_title(operation),
        now=amounts[name],
        true_label=true,
        class_names=names,
    )
    chart(
        figure,
        key="mistakes.flips",
        alt=f"Probabilities against {operation.title.lower()}",
        name=f"{found.run.title} flips {operation.title}",
    )
    st.caption(
        f"For the digit on the pad and this edit alone, tried in steps of {_amount(operation.step, operation)}: "
        "flips between two steps are not found. The strip below the lines is the predicted label; the "
        "dotted line is the value of the slider."
    )


def _flip_words(operation: Operation, curve: FlipCurve, names: tuple[str, ...]) -> str:
    """All flips in sentences, those among larger amounts first, each side from no change outwards."""
    names = tuple(escape_markdown(name) for name in names)
    unchanged = f"Unchanged, the prediction is **{names[curve.answer]}**."
    if not curve.below and not curve.above:
        ends = f"{_amount(operation.low, operation)} to {_amount(operation.high, operation)}"
        return f"{unchanged} It is the same at every step from {ends}: no flip."
    sides = ((curve.above, operation.high), (curve.below, operation.low))
    return " ".join([unchanged, *(_side_words(flips, end, operation, curve, names) for flips, end in sides)])


def _side_words(
    flips: tuple[Flip, ...], end: float, operation: Operation, curve: FlipCurve, names: tuple[str, ...]
) -> str:
    if not flips:
        return f"No flip {'up' if end > operation.neutral else 'down'} to {_amount(end, operation)}."
    parts = [
        f"**{names[flip.label]}**{' again' if flip.label == curve.answer else ''} from {_short(flip.value, operation)}"
        for flip in flips
    ]
    return f"Towards {_amount(end, operation)}: {', then '.join(parts)}."


def _amount(value: float, operation: Operation) -> str:
    unit = operation.unit.replace(" pixels", " pixel") if abs(value) == 1 else operation.unit
    return f"{value:g}{unit}"


def _short(value: float, operation: Operation) -> str:
    """The amount where its unit was written before: a unit in words is left out."""
    return f"{value:g}" if operation.unit.startswith(" ") else _amount(value, operation)
