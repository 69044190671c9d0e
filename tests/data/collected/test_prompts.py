"""The digits that are asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mnist_core.data.collected.prompts import prompt


@pytest.mark.parametrize("seed", range(20))
def test_prompts_are_balanced_shuffled_and_never_the_same_twice_in_a_row(seed: int) -> None:
    asked = [prompt(seed, number) for number in range(200)]
    for start in range(0, 200, 10):
        assert sorted(asked[start : start + 10]) == list(range(10))
    assert all(first != second for first, second in pairwise(asked))
    assert asked != [prompt(seed + 1, number) for number in range(200)]
