"""The place in a lesson as it is in the URL."""

from __future__ import annotations

import pytest

from dashboard.state.url_lesson import LessonPlace, Phase, UrlLesson

KIND = UrlLesson(pages=("home",))
PLACES = {
    "overfitting.0p": LessonPlace(name="overfitting"),
    "overfitting.0t.2": LessonPlace(name="overfitting", phase=Phase.TRY, predictions=(2,)),
    "seeds.1a.01": LessonPlace(name="seeds", question=1, phase=Phase.ANSWER, predictions=(0, 1)),
    "seeds.2p.01": LessonPlace(name="seeds", question=2, predictions=(0, 1)),
}


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_written_and_read(text: str) -> None:
    assert KIND.parse(text) == PLACES[text]
    assert KIND.write(PLACES[text]) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "seeds",
        "seeds.1",
        "seeds.1x.0",
        "seeds.0t",
        "seeds.0p.1",
        "seeds.1t.0",
        "seeds.0t2",
        "seeds.0p.",
        "seeds.00p",
        "SEEDS.0p",
        "../seeds.0p",
        "s.0p\n",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - without words, as for all choices
        KIND.parse(text)
