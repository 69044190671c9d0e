"""Selective prediction: accuracy when only images with a high confidence get a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.evaluation.predictions import Predictions

Doubles = npt.NDArray[np.float64]


class Answered(NamedTuple):
    """The result of predicting only the images with at least this confidence."""

    threshold: float
    share: float  # coverage
    accuracy: float  # of the images with a prediction
    n_wrong: int  # of the images with a prediction


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RejectionCurve:
    """Accuracy against coverage, highest confidence first; read-only arrays (K,) of the same length.

    There is one point for each different confidence. Source: the risk-coverage curve of El-Yaniv and Wiener, On the
    foundations of noise-free selective classification, JMLR 2010.
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
        """Coverage, ascending."""
        return self.n_answered / max(self.n, 1)

    @property
    def accuracy(self) -> Doubles:
        """Accuracy of the images with a prediction."""
        return (self.n_answered - self.n_wrong) / self.n_answered

    def at_share(self, share: float) -> Answered | None:
        """The point with the lowest coverage of at least `share`; None without images."""
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
