from __future__ import annotations

from math import comb

import pytest

from mnist_core.evaluation.significance import fisher_p_value, mcnemar_p_value


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


def test_an_empty_slice_is_not_significant():
    assert fisher_p_value(0, 0, 100, 5) == pytest.approx(1)
