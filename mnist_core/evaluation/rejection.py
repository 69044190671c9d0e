"""How much better a model gets when it may leave the digits it is least sure of unanswered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.evaluation.predictions import Predictions

Doubles = npt.NDArray[np.float64]


class Answered(NamedTuple):
    """What comes of answering the digits with at least this confidence."""

    threshold: float
    share: float  # of all digits
    accuracy: float  # of those answered
    n_wrong: int  # of those answered


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RejectionCurve:
    """Accuracy against the share of digits answered, most confident first; read-only arrays (K,) of the same length.

    There is one point for each different confidence: digits of the same confidence are answered together. Source: the
    risk-coverage curve of El-Yaniv and Wiener, On the foundations of noise-free selective classification, JMLR 2010.
    """

    threshold: Doubles
    n_answered: npt.NDArray[np.int64]
    n_wrong: npt.NDArray[np.int64]
    n: int

    def __post_init__(self) -> None:
        for array in (self.threshold, self.n_answered, self.n_wrong):
            array.setflags(write=False)

    @property
    def share(self) -> Doubles:
        """Share of all digits that is answered, rising."""
        return self.n_answered / max(self.n, 1)

    @property
    def accuracy(self) -> Doubles:
        """Share of right ones among those answered."""
        return (self.n_answered - self.n_wrong) / self.n_answered

    def at_share(self, share: float) -> Answered | None:
        """The point that answers at least `share` of the digits and no more than needed; None without digits."""
        reached = np.flatnonzero(self.n_answered >= share * self.n - 1e-9)
        return self._point(int(reached[0])) if len(reached) else None

    def _point(self, position: int) -> Answered:
        return Answered(
            threshold=float(self.threshold[position]),
            share=float(self.share[position]),
            accuracy=float(self.accuracy[position]),
            n_wrong=int(self.n_wrong[position]),
        )


def rejection_curve(predictions: Predictions) -> RejectionCurve:
    """The curve of `predictions`; without images it has no points."""
    confidence = predictions.confidence.astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~predictions.correct[order], dtype=np.int64)
    ordered = confidence[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
    ends = np.flatnonzero(is_last).astype(np.int64)
    return RejectionCurve(threshold=ordered[ends], n_answered=ends + 1, n_wrong=wrong[ends], n=len(predictions))
