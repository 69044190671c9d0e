"""A card for each lesson: what it is about, and how far the person is. A click on it begins the lesson, or goes on."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.lesson import Lesson
from dashboard.shared.lessons.progress import lesson_address, place_in
from dashboard.state.current import current
from dashboard.widgets.link_card import link_card

MIN_CARD_WIDTH = 330
MINUTES = 10


def render_lessons() -> None:
    """All lessons, in the order in which they are best taken."""
    st.markdown(
        f"Lessons of about {MINUTES} minutes. Predict the answer to a question, try it out on the pages, and see what "
        "your own runs say. A lesson stays above every page until it is closed."
    )
    with st.grid(min_column_width=MIN_CARD_WIDTH):
        for number, lesson in enumerate(LESSONS.values(), start=1):
            with link_card(f"learn.{lesson.name}"):
                _render_card(number, lesson)


def _render_card(number: int, lesson: Lesson) -> None:
    place, page = place_in(lesson.name), page_named(lesson.page)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if page is not None:
            label = f"**{number}. {lesson.title}**"
            st.page_link(page, label=label, query_params=lesson_address(lesson.name), help="")
        if lesson.name in current.lessons_done:
            st.badge("Finished", icon=":material/check:", color="green")
        if place is not None:
            st.badge(f"Question {place.question + 1} of {len(lesson.questions)}", color="blue")
    st.markdown(lesson.about)
    st.caption(f"{len(lesson.questions)} questions · {lesson.needs}")
