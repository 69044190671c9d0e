"""What each network predicts for a digit, and where they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.shared.answers.network import Answering
from dashboard.widgets.answer_rows import AnswerRow, answer_rows, rows_shown
from dashboard.widgets.answer_words import answer_words
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.probability_bars import bars_shown, probability_bars
from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import MnistCoreError
from mnist_core.shares import shown_probability
from mnist_core.words import word_for


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


def render_answers(answers: Sequence[Answer], *, key: str, channel: str = "") -> None:
    """Ten bars of one network, or a line for each of several.

    Args:
        key: "<page>.<field>", for the keys.
        channel: of the answers that change them between two reruns, in the form of `shown_answers`.
    """
    answer_words(_words(answers), key=f"{key}.words", channel=channel)
    if len(answers) == 1:
        only = answers[0]
        names = only.network.class_names
        probability_bars(only.probabilities, key=f"{key}.bars", class_names=names, channel=channel)
    else:
        rows = [_row(answer) for answer in answers]
        answer_rows(rows, key=f"{key}.rows", label="Predictions of each network", channel=channel)
    for answer in answers:
        if answer.problem:
            st.caption(
                f":material/error: {escape_markdown(answer.network.title)} makes no prediction. "
                f"{escape_markdown(answer.problem)}"
            )


def shown_answers(answers: Sequence[Answer]) -> dict[str, object]:
    """The same for the browser, in JSON's types: the `words`, and what is `shown` below them."""
    if len(answers) == 1:
        shown = bars_shown(answers[0].probabilities, class_names=answers[0].network.class_names)
    else:
        shown = rows_shown([_row(answer) for answer in answers])
    return {"words": _words(answers), "shown": shown}


def _row(answer: Answer) -> AnswerRow:
    found = answer.probabilities
    return AnswerRow(
        title=answer.network.title,
        label=answer.name,
        confidence="" if found is None else shown_probability(float(found.max())),
        names=answer.network.class_names,
        shares=None if found is None else tuple(float(share) for share in found),
    )


def _words(answers: Sequence[Answer]) -> tuple[str, ...]:
    """The prediction of one network, or how far several agree; every other part is the name of a class."""
    given = [answer for answer in answers if answer.probabilities is not None]
    if not given:
        return ("Predicted label: ", "–")
    if len(answers) == 1:
        probabilities = given[0].probabilities
        assert probabilities is not None
        return ("Predicted label: ", given[0].name, f", confidence {shown_probability(float(probabilities.max()))}")
    counts = Counter(answer.name for answer in given).most_common()
    if len(counts) == 1:
        return (f"All {len(given)} networks predict ", given[0].name, ".")
    # One line, whoever answers what: while somebody draws, nothing below may move. The lines tell who it is.
    (first, n_first), *others = counts
    rest = (part for name, n in others for part in (f", {n} {_verb(n)} ", name))
    return (f"The networks disagree: {n_first} of {len(given)} {_verb(n_first)} ", first, *rest, ".")


def _verb(n: int) -> str:
    return word_for(n, "predicts", "predict")
