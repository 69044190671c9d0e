"""Exact significance tests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

UNLIKELY = 0.05
"""A difference with a smaller p-value is called unlikely to be chance."""


def chance_words(p_value: float) -> str:
    """What a p-value says of a difference: that it "is unlikely to be chance", or "may be chance"."""
    return "is unlikely to be chance" if p_value < UNLIKELY else "may be chance"


def mcnemar_p_value(fixed: int, broken: int) -> float:
    """Probability that equally good runs differ by this much or more, two-sided; 1 if no image changed.

    With equally good runs, each image that changed is fixed or broken with probability 1/2. Source: McNemar,
    Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947; exact form by
    the binomial distribution.
    """
    from scipy.stats import binomtest  # slow to import, and rarely needed

    if fixed + broken == 0:
        return 1.0
    return float(binomtest(fixed, fixed + broken).pvalue)


def fisher_p_value(n: int, n_wrong: int, n_elsewhere: int, n_wrong_elsewhere: int) -> float:
    """Probability of at least `n_wrong` wrong images among `n` if all wrong images were distributed at random.

    The one-sided exact test of Fisher, The design of experiments, 1935.
    """
    total, all_wrong = n + n_elsewhere, n_wrong + n_wrong_elsewhere
    ways = _log_choose(total, n)
    return _sum_of_exponentials(
        _log_choose(all_wrong, k) + _log_choose(total - all_wrong, n - k) - ways
        for k in range(n_wrong, min(n, all_wrong) + 1)
        if n - k <= total - all_wrong
    )


def binomial_p_value(successes: int, trials: int, share: float) -> float:
    """Probability of at least `successes` in so many trials, each of which succeeds with probability `share`.

    Args:
        share: above 0 and below 1.
    """
    return _sum_of_exponentials(
        _log_choose(trials, k) + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(successes, trials + 1)
    )


def _log_choose(n: int, k: int) -> float:
    """The logarithm of the number of ways to choose `k` of `n`."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _sum_of_exponentials(logarithms: Iterable[float]) -> float:
    """The probability of several outcomes; rounding does not raise it above 1."""
    return min(1.0, math.fsum(map(math.exp, logarithms)))


def permutation_p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """Probability that the means of equally good designs differ by this much or more, two-sided.

    With equally good designs, each of the scores could as well be one of the other: the p-value is the share of all
    ways to deal them out whose means differ at least as much. Source: Fisher, The design of experiments, 1935.

    Args:
        first, second: at least one and at most ten scores each.
    """
    scores = np.array([*first, *second], dtype=np.float64)
    n = len(first)
    dealt = np.array(list(combinations(range(len(scores)), n)))
    sums = scores[dealt].sum(axis=1)
    differences = np.abs(sums / n - (scores.sum() - sums) / (len(scores) - n))
    return float((differences >= differences[0] - 1e-12).mean())  # the first way is how they fell


def holm_p_values(p_values: Sequence[float]) -> tuple[float, ...]:
    """P-values of several comparisons, adjusted so that all of them together are wrong as seldom as a single one.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return tuple(adjusted)


def p_words(p_value: float) -> str:
    """A p-value in a sentence: "p = 0.021"."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
