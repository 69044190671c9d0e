"""Counts and lists in a sentence."""

from __future__ import annotations

import pytest

from mnist_core.words import counted, listed, word_for


@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1_024, "1,024 runs"), (1_234_567, "1,234,567 runs")],
)
def test_a_count_stands_before_its_noun(n: int, expected: str) -> None:
    assert counted(n, "run") == expected


def test_a_noun_may_have_a_plural_of_its_own_and_a_verb() -> None:
    assert [counted(n, "class", "classes") for n in (1, 10)] == ["1 class", "10 classes"]
    assert [counted(n, "run is", "runs are") for n in (0, 1, 2)] == ["0 runs are", "1 run is", "2 runs are"]


def test_a_word_takes_the_form_that_goes_with_the_count() -> None:
    assert [word_for(n, "is", "are") for n in (0, 1, 2)] == ["are", "is", "are"]
    assert [word_for(n, "digit") for n in (0, 1, 2)] == ["digits", "digit", "digits"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (("a", "b", "c"), "a, b and c")],
)
def test_words_are_joined_as_in_a_sentence(words: list[str], expected: str) -> None:
    assert listed(words) == expected


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert listed(list("abc"), 3) == "a, b and c"
    assert listed(list("abcd"), 3) == "a, b, c and 1 more"
    assert listed(list("abcdefg"), limit=3) == "a, b, c and 4 more"
    assert listed([f"{i}" for i in range(1_235)], 1) == "0 and 1,234 more"
    assert listed([], 3) == ""
