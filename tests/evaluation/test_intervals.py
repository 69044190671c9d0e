from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from mnist_core.evaluation.intervals import wilson_interval, wilson_intervals


@pytest.mark.parametrize(("successes", "trials"), [(0, 5), (5, 5), (1, 3), (979, 1000), (9812, 10_000)])
def test_interval_equals_scipy(successes, trials):
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_without_trials_the_interval_is_0_to_1():
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_arrays_give_the_same_as_single_counts():
    low, high = wilson_intervals(np.array([3, 0, 7]), np.array([9, 4, 7]))
    singles = [wilson_interval(k, n) for k, n in [(3, 9), (0, 4), (7, 7)]]
    assert list(zip(low, high, strict=True)) == singles
