"""The lesson of this tab, and how far the person is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.lesson import Lesson, Question
from dashboard.state.current import CurrentChoices, current
from dashboard.state.held_back import HeldBack
from dashboard.state.session import per_tab
from dashboard.state.url_lesson import LessonPlace, Phase


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenLesson:
    """A lesson at a place that it has."""

    lesson: Lesson
    place: LessonPlace

    @property
    def is_at_end(self) -> bool:
        """Whether all questions are answered."""
        return self.place.question == len(self.lesson.questions)

    @property
    def question(self) -> Question:
        """The question that is open; only before the end."""
        return self.lesson.questions[self.place.question]

    @property
    def hides(self) -> tuple[HeldBack, ...]:
        """What gives the answer away that the person has not seen yet."""
        return () if self.is_at_end or self.place.phase is Phase.ANSWER else self.question.hides

    @property
    def prediction(self) -> int:
        """The option that was predicted for the open question; only after it was."""
        return self.place.predictions[self.place.question]


def open_lesson() -> OpenLesson | None:
    """The lesson that is open, or None. The place comes from the URL: one that the lesson does not have is none."""
    opened = lesson_at(current.lesson)
    if opened is None:
        current.lesson = None
    else:
        _places()[opened.place.name] = opened.place
    return opened


def lesson_at(place: LessonPlace | None) -> OpenLesson | None:
    """The lesson at a place; None if there is no such place."""
    lesson = LESSONS.get(place.name) if place is not None else None
    if place is None or lesson is None or place.question > len(lesson.questions):
        return None
    if place.question == len(lesson.questions) and place.phase is not Phase.PREDICT:
        return None
    asked = zip(place.predictions, lesson.questions, strict=False)
    if not all(option < len(question.options) for option, question in asked):
        return None
    return OpenLesson(lesson=lesson, place=place)


def lesson_address(name: str) -> dict[str, str]:
    """What a link has in its query that opens a lesson: where this tab left it, else at its first question."""
    return {CurrentChoices.lesson.param: CurrentChoices.lesson.write(place_in(name) or LessonPlace(name=name))}


def next_lesson(name: str) -> Lesson | None:
    """The first lesson after this one that is not finished, else the first one before; None if there is none."""
    names = list(LESSONS)
    place = names.index(name)
    others = (*names[place + 1 :], *names[:place])
    return next((LESSONS[other] for other in others if other not in current.lessons_done), None)


def leave_lesson() -> None:
    """A callback: close the lesson; the tab remembers the place."""
    current.lesson = None


def predict(opened: OpenLesson, option: int) -> None:
    """Take a prediction for the open question, and go on to trying it out."""
    place = opened.place
    _go_on(opened, replace(place, phase=Phase.TRY, predictions=(*place.predictions, option)))


def predict_again(opened: OpenLesson) -> None:
    """A callback: take back the prediction for the open question."""
    place = opened.place
    _taken_back()[place.name, place.question] = opened.prediction
    _go_on(opened, replace(place, phase=Phase.PREDICT, predictions=place.predictions[: place.question]))


def prediction_before(opened: OpenLesson) -> int | None:
    """The option that was predicted for the open question and taken back; None if none was."""
    return _taken_back().get((opened.place.name, opened.place.question))


def try_again(opened: OpenLesson) -> None:
    """A callback: go back from the answer to the trial."""
    _go_on(opened, replace(opened.place, phase=Phase.TRY))


def see_answer(opened: OpenLesson) -> None:
    """A callback: show the answer to the open question."""
    _go_on(opened, replace(opened.place, phase=Phase.ANSWER))


def next_question(opened: OpenLesson) -> None:
    """A callback: go to the next question, or to the end, where the lesson counts as finished."""
    place = replace(opened.place, phase=Phase.PREDICT, question=opened.place.question + 1)
    is_gone = _go_on(opened, place)
    if is_gone and place.question == len(opened.lesson.questions) and place.name not in current.lessons_done:
        known = tuple(name for name in current.lessons_done if name in LESSONS)
        current.lessons_done = (*known, place.name)


def place_in(name: str) -> LessonPlace | None:
    """Where this tab is or was in a lesson that it began and has not finished."""
    opened = open_lesson()
    place = opened.place if opened is not None and opened.place.name == name else _places().get(name)
    found = lesson_at(place)
    return None if found is None or found.is_at_end else place


def note_verdict(opened: OpenLesson, *, is_right: bool) -> None:
    """Remember whether the prediction for the open question turned out to be right, when the person is told so."""
    _verdicts()[opened.place.name, opened.place.question] = is_right


def n_right(opened: OpenLesson) -> int | None:
    """How many predictions of the lesson turned out to be right; None if this tab was not told all of them."""
    told = [_verdicts().get((opened.place.name, number)) for number in range(len(opened.lesson.questions))]
    return None if None in told else told.count(True)


def _go_on(opened: OpenLesson, place: LessonPlace) -> bool:
    """Go to a place from another one; nothing happens if that was left already, by a click before."""
    if current.lesson != opened.place:
        return False
    current.lesson = place
    return True


def _places() -> dict[str, LessonPlace]:
    return per_tab("lessons", dict)


def _taken_back() -> dict[tuple[str, int], int]:
    return per_tab("lessons.taken_back", dict)


def _verdicts() -> dict[tuple[str, int], bool]:
    return per_tab("lessons.verdicts", dict)
