"""Exact tests: how often chance alone would show as much."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, gammaln


def mcnemar_p_value(fixed: int, broken: int) -> float:
    """How often two equally good runs would differ by this much or more, two-sided; 1 when no image changed.

    Were the runs equally good, each image that changed would be fixed or broken with even chances. Source: McNemar,
    Note on the sampling error of the difference between correlated proportions, Psychometrika 12, 1947; exact form by
    the binomial distribution.
    """
    if fixed + broken == 0:
        return 1.0
    return float(min(1.0, 2 * bdtr(min(fixed, broken), fixed + broken, 0.5)))


def fisher_p_value(n: int, n_wrong: int, n_elsewhere: int, n_wrong_elsewhere: int) -> float:
    """Chance of at least `n_wrong` wrong ones among `n` if all wrong ones were dealt out at random.

    The one-sided exact test of Fisher, The design of experiments, 1935: the tail of a hypergeometric distribution.
    """
    total, all_wrong = n + n_elsewhere, n_wrong + n_wrong_elsewhere
    k = np.arange(n_wrong, min(n, all_wrong) + 1, dtype=np.float64)
    logs = _log_choose(all_wrong, k) + _log_choose(total - all_wrong, n - k) - _log_choose(total, n)
    return float(min(1.0, np.exp(logs).sum()))


def _log_choose(n: float, k: npt.ArrayLike) -> npt.NDArray[np.float64]:
    chosen = np.asarray(k, dtype=np.float64)
    logs: npt.NDArray[np.float64] = gammaln(n + 1) - gammaln(chosen + 1) - gammaln(n - chosen + 1)
    return logs
