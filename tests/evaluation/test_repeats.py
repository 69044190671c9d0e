from __future__ import annotations

from itertools import product

import pytest

from mnist_core.evaluation.repeats import Spread, is_within_spread, median_interval, spread_of


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


@pytest.mark.parametrize("n", [2, 3, 5, 6, 8, 10, 12])
def test_the_interval_of_the_median_holds_it_as_often_as_it_says(n: int) -> None:
    """Each score is above the median of all seeds with probability 1/2: every outcome is counted."""
    scores = [float(place) for place in range(n)]
    found = median_interval(scores)
    below_low, above_high = scores.index(found.low), n - 1 - scores.index(found.high)
    holds = [1 for sides in product((0, 1), repeat=n) if below_low < sum(sides) < n - above_high]
    assert below_low == above_high
    assert found.level == pytest.approx(len(holds) / 2**n)
    narrower = [1 for sides in product((0, 1), repeat=n) if below_low + 1 < sum(sides) < n - above_high - 1]
    assert found.level >= 0.95 or below_low == 0
    assert len(narrower) / 2**n < 0.95


def test_the_interval_of_a_single_score_is_that_score_and_sure_of_nothing() -> None:
    found = median_interval([0.98])
    assert (found.low, found.median, found.high, found.level) == (0.98, 0.98, 0.98, 0.0)
    with pytest.raises(ValueError, match="at least one"):
        median_interval([])
