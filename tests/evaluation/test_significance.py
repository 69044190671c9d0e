from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import comb, factorial

import pytest
from scipy.stats import permutation_test

from mnist_core.evaluation.significance import (
    binomial_p_value,
    fisher_p_value,
    holm_p_values,
    mcnemar_p_value,
    permutation_p_value,
)


@pytest.mark.parametrize(("fixed", "broken"), [(0, 1), (7, 3), (3, 7), (5, 5), (40, 12), (412, 5)])
def test_mcnemar_counts_the_ways_of_a_fair_coin(fixed, broken):
    n = fixed + broken
    ways = sum(comb(n, heads) for heads in range(n + 1) if abs(2 * heads - n) >= abs(fixed - broken))
    assert mcnemar_p_value(fixed, broken) == pytest.approx(ways / 2**n, rel=1e-6)


def test_no_change_is_not_significant():
    assert mcnemar_p_value(0, 0) == 1


@pytest.mark.parametrize(
    "counts", [(30, 4, 4970, 60), (100, 0, 900, 20), (50, 50, 10, 0), (122, 5, 4878, 34), (1, 1, 1, 0)]
)
def test_fisher_counts_the_ways_to_deal_out_the_wrong_ones(counts):
    n, n_wrong, n_elsewhere, n_wrong_elsewhere = counts
    all_wrong, total = n_wrong + n_wrong_elsewhere, n + n_elsewhere
    ways = sum(comb(all_wrong, k) * comb(total - all_wrong, n - k) for k in range(n_wrong, min(n, all_wrong) + 1))
    assert fisher_p_value(*counts) == pytest.approx(ways / comb(total, n), rel=1e-6)


@pytest.mark.parametrize(
    ("successes", "trials", "share"), [(0, 5, 0.1), (3, 5, 0.5), (12, 116, 1 / 90), (90, 100, 0.8)]
)
def test_the_binomial_tail_adds_up_the_ways(successes, trials, share):
    p = Fraction(share)
    ways = sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes, trials + 1))
    assert binomial_p_value(successes, trials, share) == pytest.approx(float(ways), rel=1e-9)


def test_an_empty_slice_is_not_significant():
    assert fisher_p_value(0, 0, 100, 5) == pytest.approx(1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([0.98, 0.97, 0.99], [0.95, 0.96, 0.94]),
        ([0.98, 0.97, 0.99], [0.98, 0.96, 0.97]),
        ([0.5, 0.5], [0.5, 0.5]),
        ([0.981, 0.979, 0.985, 0.99, 0.975], [0.979, 0.975, 0.981, 0.97, 0.98]),
    ],
)
def test_the_permutation_test_deals_the_scores_out_in_every_way(first, second):
    def distance(x, y, axis=-1):
        return abs(x.mean(axis=axis) - y.mean(axis=axis))

    wanted = permutation_test((first, second), distance, n_resamples=10_000, alternative="greater", vectorized=True)
    assert permutation_p_value(first, second) == pytest.approx(wanted.pvalue)


def test_the_permutation_test_by_hand():
    scores = (4, 3, 1, 2)  # 4 and 3 against 1 and 2: the widest of all differences, and its mirror
    ways = [order for order in permutations(scores) if abs(sum(order[:2]) - sum(order[2:])) >= 4]
    assert permutation_p_value(scores[:2], scores[2:]) == len(ways) / factorial(4) == 2 / comb(4, 2)


def test_holm_multiplies_the_smallest_most_and_never_lowers():
    assert holm_p_values([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm_p_values([0.9, 0.8]) == (1.0, 1.0)
    assert holm_p_values([]) == ()
