from __future__ import annotations

import pytest

from mnist_core.evaluation.repeats import Spread, is_within_spread, spread_of


def test_the_spread_is_median_and_ends() -> None:
    assert spread_of([0.98, None, 0.99, 0.95, 0.97]) == Spread(count=4, median=0.975, low=0.95, high=0.99)
    assert spread_of([None]) is None
    assert spread_of([]) is None


@pytest.mark.parametrize(
    ("difference", "first", "second", "expected"),
    [
        (0.01, [0.97, 0.98], [0.99], True),
        (-0.01, [0.97, 0.98], [0.99], True),
        (0.02, [0.97, 0.98], [0.99, 0.995], False),
        (0.001, [0.97], [0.98], False),
        (0.001, [], [0.98, None], False),
    ],
)
def test_a_difference_is_within_the_spread_of_repeats(
    difference: float, first: list[float], second: list[float], expected: bool
) -> None:
    assert is_within_spread(difference, (spread_of(first), spread_of(second))) is expected
