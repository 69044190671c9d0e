"""What lessons are made of, and that what they say of their networks is so."""

from __future__ import annotations

import pytest

from dashboard.choices import WITH_CHOICES, choices_of
from dashboard.navigation import page_named
from dashboard.shared.lessons import confidence, convolution, filters, mistakes, rates
from dashboard.shared.lessons.catalogue import LESSONS
from dashboard.shared.lessons.designs import SMALL_NETWORK
from dashboard.shared.lessons.lesson import Ranges
from dashboard.views.evaluate.choices import EvaluateView
from dashboard.views.mistakes.choices import MistakesView
from mnist_core.evaluation.mistakes import MistakeSort


@pytest.mark.parametrize(
    ("share", "option"), [(0.0, 0), (0.7999, 0), (0.8, 1), (0.9, 1), (0.95, 1), (0.9501, 2), (1.0, 2)]
)
def test_a_share_has_one_range(share: float, option: int) -> None:
    assert Ranges((0.8, 0.95)).option(share) == option


def test_every_range_has_words() -> None:
    assert len(Ranges((0.1, 0.5, 0.9)).words) == 4


def test_every_lesson_begins_on_a_page_and_has_a_few_questions() -> None:
    for lesson in LESSONS.values():
        page_named(lesson.page)  # raises for a name that no page has
        assert 2 <= len(lesson.questions) <= 4
        for question in lesson.questions:
            assert 2 <= len(question.options) <= 9  # one digit each in the URL


def test_the_choices_that_lessons_look_at_exist() -> None:
    names = {choice.name for page in WITH_CHOICES for choice in choices_of(page)}
    assert {mistakes.CELL, mistakes.VIEW, confidence.VIEW, confidence.SORT, filters.MUTED} <= names
    assert mistakes.HISTORY in tuple(MistakesView)
    assert confidence.CALIBRATION in tuple(EvaluateView)
    assert confidence.UNSUREST in tuple(MistakeSort)


def test_the_network_with_convolutions_has_fewer_parameters() -> None:
    assert SMALL_NETWORK.parameters < convolution.LINEAR.parameters == 28 * 28 * 10 + 10


def test_the_learning_rates_differ_as_the_questions_say() -> None:
    assert pytest.approx(1000) == rates.HIGH / rates.USUAL
    assert pytest.approx(100) == rates.USUAL / rates.LOW
