"""Exact tests: how often chance alone would show as much."""

from __future__ import annotations


def mcnemar_p_value(fixed: int, broken: int) -> float:
    """How often two equally good runs would differ by this much or more, two-sided; 1 when no image changed.

    Were the runs equally good, each image that changed would be fixed or broken with even chances. Source: McNemar,
    Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947; exact form by
    the binomial distribution.
    """
    from scipy.stats import binomtest  # takes longer to import than all that is computed with it

    if fixed + broken == 0:
        return 1.0
    return float(binomtest(fixed, fixed + broken).pvalue)


def fisher_p_value(n: int, n_wrong: int, n_elsewhere: int, n_wrong_elsewhere: int) -> float:
    """Chance of at least `n_wrong` wrong ones among `n` if all wrong ones were dealt out at random.

    The one-sided exact test of Fisher, The design of experiments, 1935.
    """
    from scipy.stats import fisher_exact

    table = [[n_wrong, n - n_wrong], [n_wrong_elsewhere, n_elsewhere - n_wrong_elsewhere]]
    return float(fisher_exact(table, alternative="greater").pvalue)
