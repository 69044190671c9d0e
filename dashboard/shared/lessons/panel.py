"""The panel of the open lesson: a question, what to try, and the answer beside the prediction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.errors import explain_errors
from dashboard.shared.lessons.lesson import Answer, Missing, Question, Way
from dashboard.shared.lessons.progress import (
    OpenLesson,
    leave_lesson,
    lesson_address,
    n_right,
    next_lesson,
    next_question,
    note_verdict,
    predict,
    predict_again,
    prediction_before,
    see_answer,
    try_again,
)
from dashboard.shared.lessons.seen_runs import judged_run, named
from dashboard.shared.lessons.ways import training_ways
from dashboard.state.current import current
from dashboard.state.session import BY_LINK, BY_WHOLE_LINK, is_partial_rerun, per_tab, url_text, widget_value
from dashboard.state.url_lesson import LessonPlace, Phase
from mnist_core.words import listed

TICK_SECONDS = 1.5
DESIGN = "design"
"""What the address of the page Design has its design in."""
ICONS = {Phase.PREDICT: "psychology", Phase.TRY: "experiment", Phase.ANSWER: "lightbulb"}
STEPS = {Phase.PREDICT: "Predict", Phase.TRY: "Try it", Phase.ANSWER: "Answer"}


def render_panel(opened: OpenLesson) -> Callable[[], None]:
    """Draw the panel; returns what adds to it when the page has run: what the lesson has seen of it.

    An error, such as a damaged run, is told in the panel, and the page is drawn as ever.
    """
    with st.container(border=True, key="lesson", gap="xsmall"):
        _render_heading(opened)
        return _render_part(opened) or _nothing


@explain_errors(is_run_kept=True)
def _render_part(opened: OpenLesson) -> Callable[[], None] | None:
    """What stands below the heading; None after an error."""
    return _render_end(opened) if opened.is_at_end else PARTS[opened.place.phase](opened)


def _render_heading(opened: OpenLesson) -> None:
    n, place = len(opened.lesson.questions), opened.place
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson.heading"):
        where = "Finished" if opened.is_at_end else f"Question {place.question + 1} of {n} · {STEPS[place.phase]}"
        icon = "school" if opened.is_at_end else ICONS[place.phase]
        about = "" if opened.is_at_end else _about(opened)
        st.markdown(f":material/{icon}: **{opened.lesson.title}** · :gray[{where}{about}]", width="stretch")
        st.button("Close", key="lesson.close", icon=":material/close:", type="tertiary", on_click=leave_lesson,
                  help="The lesson can be continued on the page Learn.")  # fmt: skip


def _render_prediction(opened: OpenLesson) -> Callable[[], None]:
    """The question with its options; nothing is chosen beforehand."""
    question, number = opened.question, opened.place.question
    st.markdown(question.ask)
    if opened.lesson.is_about_run:
        _render_unfit(question)
    key = f"lesson.{opened.lesson.name}.{number}.prediction"
    options = tuple(range(len(question.options)))
    with st.container(horizontal=True, vertical_alignment="bottom", key="lesson.predict"):
        option = st.radio(
            "Your prediction",
            options,
            index=prediction_before(opened),
            format_func=question.options.__getitem__,
            horizontal=True,
            key=key,
        )
        st.button(
            "Predict",
            key="lesson.predicted",
            type="primary",
            disabled=option is None,
            on_click=_predict,
            args=(opened, key),
            help="Choose an answer first. It need not be right." if option is None else None,
        )
    return _nothing


def _render_trial(opened: OpenLesson) -> Callable[[], None]:
    """What to try, and the place for what the lesson has seen of it."""
    _render_question(opened)
    st.markdown(opened.question.task)
    place = st.container(key="lesson.trial")

    def fill() -> None:
        with place, explain_errors(is_run_kept=True):
            seen = _seen(opened)
            _tell(opened, seen)
            tick = None if isinstance(seen, Answer) else TICK_SECONDS
            st.fragment(_render_seen, run_every=tick)(opened, seen, current.run)

    return fill


@explain_errors(is_run_kept=True)
def _render_seen(opened: OpenLesson, seen: Answer | Missing, run_id: str | None) -> None:
    """The links, and what is still missing, which is looked for again until it is there."""
    is_done = isinstance(seen, Answer)
    if is_partial_rerun():
        seen = _seen(opened)
    if isinstance(seen, Answer) != is_done or (current.lesson, current.run) != (opened.place, run_id):
        st.rerun()  # the whole page, once: with the timer or without it, or after a click on a button below
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _render_instead(seen)
        for way in opened.question.ways():
            _render_way(way)
        st.button(
            "See the answer",
            key="lesson.see",
            type="primary" if is_done else "secondary",
            disabled=not is_done,
            on_click=see_answer,
            args=(opened,),
        )
        st.button("Change the prediction", key="lesson.back", type="tertiary", on_click=predict_again, args=(opened,))
        if isinstance(seen, Missing):
            st.caption(f":material/hourglass_empty: {seen.text}")
        else:
            st.caption(f":material/check_circle: Done: {_names(seen)}.")


def _render_answer(opened: OpenLesson) -> Callable[[], None]:
    """What was found, beside the prediction, and why."""
    question = opened.question
    _render_question(opened)
    answer = question.look()
    is_last = opened.place.question + 1 == len(opened.lesson.questions)
    if isinstance(answer, Missing):
        st.markdown(f":material/hourglass_empty: {answer.text}")
    else:
        is_right = answer.is_right(opened.prediction)
        note_verdict(opened, is_right=is_right)
        icon = ":green[:material/check_circle:]" if is_right else ":orange[:material/cancel:]"
        verdict = "As you predicted" if is_right else "Not as you predicted"
        # Of several that are right, as after a tie, what was found names them.
        options = (opened.prediction,) if is_right else answer.right
        shown = f": **{question.options[options[0]]}**" if len(options) == 1 else ""
        st.markdown(
            f"{icon} {verdict}{shown}. {answer.found}  \n{_reason(question, answer)}  \n"
            f":gray[:small[Found in {_names(answer)}.]]"
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _render_instead(answer)
        if isinstance(answer, Missing):
            st.button("Back to the trial", key="lesson.back", on_click=try_again, args=(opened,))
        elif answer.way is not None:
            _render_way(answer.way)
        st.button(
            "Finish the lesson" if is_last else "Next question",
            key="lesson.next",
            type="primary",
            on_click=next_question,
            args=(opened,),
        )
    return _nothing


PARTS = {Phase.PREDICT: _render_prediction, Phase.TRY: _render_trial, Phase.ANSWER: _render_answer}


def _render_end(opened: OpenLesson) -> Callable[[], None]:
    """How well the person predicted, what to remember, and the way to the other lessons."""
    n, right = len(opened.lesson.questions), n_right(opened)
    score = "" if right is None else f"  \nPredicted correctly: {right} of {n}."
    st.markdown(f"**To remember:** {opened.lesson.takeaway}{score}")
    following, page = next_lesson(opened.lesson.name), page_named("learn")
    with st.container(horizontal=True, gap="small"):
        if following is not None and (begin := page_named(following.page)) is not None:
            st.page_link(
                begin,
                label=f"Next lesson: {following.title}",
                icon=":material/arrow_forward:",
                query_params={**lesson_address(following.name), **BY_LINK},
                help="",
            )
        if page is not None:
            st.page_link(page, label="All lessons", icon=page.icon, help="")
    return _nothing


@explain_errors(is_run_kept=True)
def _render_unfit(question: Question) -> None:
    """Before a prediction: why the run that is looked at cannot answer the question, and which one can."""
    missing = judged_run(question.why_not)
    if not isinstance(missing, Missing):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson.unfit"):
        st.caption(f":material/hourglass_empty: {missing.text}")
        _render_instead(missing)
        for way in training_ways(missing):
            _render_way(way)


def _render_instead(found: Answer | Missing) -> None:
    """A button that looks at a run that can answer the question, where the one that is looked at cannot."""
    if isinstance(found, Missing) and found.instead is not None:
        st.button(
            f"Use {named(found.instead)} instead",
            key="lesson.instead",
            type="primary",
            on_click=_look_at,
            args=(found.instead.run_id,),
        )


def _look_at(run_id: str) -> None:
    current.run = run_id


def _seen(opened: OpenLesson) -> Answer | Missing:
    """The answer, if there is one and the person has tried it; else what is missing."""
    found = opened.question.look()
    missing = opened.question.tried() if isinstance(found, Answer) else None
    return found if missing is None else replace(missing, is_reply=True)


def _render_question(opened: OpenLesson) -> None:
    """What was asked and predicted, small: it is read already."""
    question = opened.question
    st.caption(f"{question.ask} Your prediction: {question.options[opened.prediction]}.")


def _tell(opened: OpenLesson, seen: Answer | Missing) -> None:
    """Say what a click on the page has changed: the panel may be out of sight."""
    told: dict[LessonPlace, str] = per_tab("lessons.told", dict)
    words = ":material/check_circle: Done: the answer can be seen." if isinstance(seen, Answer) else seen.text
    before = told.get(opened.place)
    if before is not None and before != words and (isinstance(seen, Answer) or seen.is_reply):
        st.toast(words, icon=":material/school:")
    told.clear()
    told[opened.place] = words


def _about(opened: OpenLesson) -> str:
    """The run that the lesson is about, if it is about one."""
    run = judged_run() if opened.lesson.is_about_run else None
    return "" if run is None or isinstance(run, Missing) else f" · {named(run)}"


def _reason(question: Question, answer: Answer) -> str:
    """Why the answer is what it usually is; said so where it is another one here."""
    if question.usual is None or answer.option in question.usual:
        return question.why
    usual = " or ".join(question.options[option] for option in question.usual)
    return f"Usually the answer is: {usual}. {question.why}"


def _names(answer: Answer) -> str:
    return listed([named(run) for run in answer.runs])


def _render_way(way: Way) -> None:
    page = page_named(way.page)
    if page is not None:
        # The design that is open is in the address.
        is_here = DESIGN in way.query and url_text(DESIGN) == way.query[DESIGN]
        icon = ":material/check:" if is_here else page.icon
        st.page_link(page, label=way.label, icon=icon, query_params={**way.query, **BY_WHOLE_LINK}, help="")


def _predict(opened: OpenLesson, key: str) -> None:
    """A callback: take the prediction that is chosen now; the panel may be older than the last choice."""
    option = widget_value(key)
    if isinstance(option, int):
        predict(opened, option)


def _nothing() -> None:
    """Nothing is to be added when the page has run."""
