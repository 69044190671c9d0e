from __future__ import annotations

import pytest
from scipy.stats import binomtest, fisher_exact

from mnist_core.evaluation.significance import fisher_p_value, mcnemar_p_value


@pytest.mark.parametrize(("fixed", "broken"), [(0, 1), (7, 3), (3, 7), (5, 5), (40, 12), (412, 5)])
def test_mcnemar_equals_the_binomial_test(fixed, broken):
    assert mcnemar_p_value(fixed, broken) == pytest.approx(binomtest(fixed, fixed + broken).pvalue, rel=1e-6)


def test_no_change_is_no_evidence():
    assert mcnemar_p_value(0, 0) == 1


@pytest.mark.parametrize(
    "counts", [(30, 4, 4970, 60), (100, 0, 900, 20), (50, 50, 10, 0), (122, 5, 4878, 34), (1, 1, 1, 0)]
)
def test_fisher_equals_scipy(counts):
    n, n_wrong, n_elsewhere, n_wrong_elsewhere = counts
    table = [[n_wrong, n - n_wrong], [n_wrong_elsewhere, n_elsewhere - n_wrong_elsewhere]]
    assert fisher_p_value(*counts) == pytest.approx(fisher_exact(table, alternative="greater").pvalue, rel=1e-6)


def test_an_empty_group_is_no_evidence():
    assert fisher_p_value(0, 0, 100, 5) == pytest.approx(1)
