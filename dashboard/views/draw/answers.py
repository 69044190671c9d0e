"""What each network predicts for a digit, and where they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.views.draw.networks import Answering
from dashboard.widgets.answer_rows import AnswerRow, answer_rows
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.probability_bars import probability_bars
from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import MnistCoreError
from mnist_core.shares import shown_probability


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """What one network predicts: probabilities float32 (10,), or None with the reason."""

    network: Answering
    probabilities: np.ndarray | None
    problem: str = ""

    @property
    def name(self) -> str:
        """The name of the predicted class, or a dash."""
        if self.probabilities is None:
            return "–"
        return self.network.class_names[int(self.probabilities.argmax())]


def answers_of(networks: Sequence[Answering], image: UInt8Array | None) -> tuple[Answer, ...]:
    """What the networks predict for a digit, uint8 (28, 28); nothing for None."""
    return tuple(_answer(network, image) for network in networks)


def _answer(network: Answering, image: UInt8Array | None) -> Answer:
    if image is None:
        return Answer(network=network, probabilities=None)
    try:
        return Answer(network=network, probabilities=network.predict(image[np.newaxis])[0])
    except MnistCoreError as error:  # the run was deleted while it was looked at, or its files are damaged
        return Answer(network=network, probabilities=None, problem=str(error))


def render_answers(answers: Sequence[Answer], *, key: str) -> None:
    """Ten bars of one network, or a line for each of several.

    Args:
        key: "<page>.<field>", for the keys.
    """
    with st.container(key=f"{key}.words"):
        st.markdown(_words(answers))
    if len(answers) == 1:
        probability_bars(answers[0].probabilities, key=f"{key}.bars", class_names=answers[0].network.class_names)
    else:
        answer_rows([_row(answer) for answer in answers], key=f"{key}.rows", label="Predictions of each network")
    for answer in answers:
        if answer.problem:
            st.caption(
                f":material/error: {escape_markdown(answer.network.title)} makes no prediction. "
                f"{escape_markdown(answer.problem)}"
            )


def _row(answer: Answer) -> AnswerRow:
    found = answer.probabilities
    return AnswerRow(
        title=answer.network.title,
        label=answer.name,
        confidence="" if found is None else shown_probability(float(found.max())),
        names=answer.network.class_names,
        shares=None if found is None else tuple(float(share) for share in found),
    )


def _words(answers: Sequence[Answer]) -> str:
    """The prediction of one network, or how far several agree."""
    given = [answer for answer in answers if answer.probabilities is not None]
    if not given:
        return "Predicted label: **–**"
    if len(answers) == 1:
        probabilities = given[0].probabilities
        assert probabilities is not None
        confidence = shown_probability(float(probabilities.max()))
        return f"Predicted label: **{escape_markdown(given[0].name)}**, confidence {confidence}"
    counts = Counter(answer.name for answer in given).most_common()
    if len(counts) == 1:
        return f"All {len(given)} networks predict **{escape_markdown(given[0].name)}**."
    # One line, whoever answers what: while somebody draws, nothing below may move. The lines tell who it is.
    (first, n_first), *others = [(escape_markdown(name), n) for name, n in counts]
    rest = ", ".join(f"{n} {_verb(n)} **{name}**" for name, n in others)
    return f"The networks disagree: {n_first} of {len(given)} {_verb(n_first)} **{first}**, {rest}."


def _verb(n: int) -> str:
    return "predicts" if n == 1 else "predict"
