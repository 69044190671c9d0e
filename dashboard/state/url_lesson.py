"""How far a person is in a lesson, as it is in the URL of every page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dashboard.state.url_values import UrlValue

PLACE = re.compile(r"([a-z]{1,20})\.(0|[1-9][0-9]?)([pta])(?:\.([0-9]{1,20}))?", re.ASCII)


class Phase(StrEnum):
    """The three parts of a question: predict the answer, try it out, see the answer."""

    PREDICT = "predict"
    TRY = "try"
    ANSWER = "answer"


PHASES = {phase.value[0]: phase for phase in Phase}


@dataclass(frozen=True, kw_only=True, slots=True)
class LessonPlace:
    """A place in a lesson.

    Attributes:
        name: of the lesson.
        question: which of its questions, from 0; as many as there are stands for the end.
        predictions: the option that was predicted for each question so far, from 0.
    """

    name: str
    question: int = 0
    phase: Phase = Phase.PREDICT
    predictions: tuple[int, ...] = ()


class UrlLesson(UrlValue[LessonPlace | None]):
    """A place in a lesson, written `overfitting.1t.02`: trying the second question, after two predictions."""

    def __init__(self, *, pages: tuple[str, ...]) -> None:
        super().__init__(default=None, pages=pages)

    def parse(self, text: str) -> LessonPlace:
        match = PLACE.fullmatch(text)
        if match is None:
            raise ValueError(text)
        predictions = tuple(int(digit) for digit in match[4] or "")
        phase = PHASES[match[3]]
        if len(predictions) != int(match[2]) + (phase is not Phase.PREDICT):
            raise ValueError(text)
        return LessonPlace(name=match[1], question=int(match[2]), phase=phase, predictions=predictions)

    def write(self, value: LessonPlace | None) -> str:
        if value is None:
            return ""
        predictions = "".join(str(option) for option in value.predictions)
        return f"{value.name}.{value.question}{value.phase.value[0]}" + (f".{predictions}" if predictions else "")
