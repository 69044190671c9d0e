"""All lessons, in the order in which they are best taken."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.shared.lessons import confidence, convolution, filters, mistakes, overfitting, rates, seeds
from dashboard.shared.lessons.lesson import Lesson

LESSONS: Mapping[str, Lesson] = {
    lesson.name: lesson
    for lesson in (
        convolution.LESSON,
        mistakes.LESSON,
        rates.LESSON,
        overfitting.LESSON,
        filters.LESSON,
        confidence.LESSON,
        seeds.LESSON,
    )
}
