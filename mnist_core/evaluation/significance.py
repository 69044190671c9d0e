"""Exact significance tests."""

from __future__ import annotations

UNLIKELY = 0.05
"""A difference with a smaller p-value is called unlikely to be chance."""


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
    from scipy.stats import fisher_exact

    table = [[n_wrong, n - n_wrong], [n_wrong_elsewhere, n_elsewhere - n_wrong_elsewhere]]
    return float(fisher_exact(table, alternative="greater").pvalue)
