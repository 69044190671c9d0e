"""The confusion matrix: how often each true label was predicted as each label."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import ConfigError
from mnist_core.evaluation.predictions import IndexArray, Predictions


class Normalization(StrEnum):
    """The denominator of the shares."""

    TRUE = "true"  # of the images with that true label: rows sum to 1, the diagonal is recall
    PREDICTED = "predicted"  # of the images with that predicted label: columns sum to 1, the diagonal is precision


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfusedPair:
    """One cell off the diagonal."""

    true_label: int
    predicted_label: int
    count: int
    rate: float  # of the images with that true label


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfusionMatrix:
    """Counts int64 (10, 10), read-only; rows are true labels, columns predicted ones."""

    counts: IndexArray

    def __post_init__(self) -> None:
        counts = np.array(self.counts, dtype=np.int64)
        if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.min(initial=0) < 0:
            raise ConfigError.invalid("counts", expected="a square array of counts", received=counts.shape)
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)

    @classmethod
    def from_predictions(cls, predictions: Predictions) -> ConfusionMatrix:
        """The matrix of all images in `predictions`."""
        return cls.from_labels(predictions.labels, predictions.predicted)

    @classmethod
    def from_labels(cls, true: npt.NDArray[np.integer], predicted: npt.NDArray[np.integer]) -> ConfusionMatrix:
        """The matrix of images with these true and predicted labels, integers (N,)."""
        cells = true.astype(np.int64) * N_CLASSES + predicted
        return cls(counts=np.bincount(cells, minlength=N_CLASSES**2).reshape(N_CLASSES, N_CLASSES))

    def normalized(self, over: Normalization | str | None) -> npt.NDArray[np.float64]:
        """Shares float64 (10, 10) of the row ("true"), of the column ("predicted"), or of all images (None).

        A row or column without images is 0, as in scikit-learn.
        """
        totals = {
            None: self.counts.sum(keepdims=True),
            Normalization.TRUE: self.counts.sum(axis=1, keepdims=True),
            Normalization.PREDICTED: self.counts.sum(axis=0, keepdims=True),
        }
        if over not in totals:
            raise ConfigError.invalid("over", expected="true, predicted or None", received=over)
        shares: npt.NDArray[np.float64] = self.counts / np.maximum(totals[over], 1)  # type: ignore[index]
        return shares

    def without_diagonal(self) -> ConfusionMatrix:
        """The misclassified images alone: the same counts with 0 on the diagonal."""
        counts = self.counts.copy()
        np.fill_diagonal(counts, 0)
        return ConfusionMatrix(counts=counts)

    def most_confused(self, k: int = 10) -> tuple[ConfusedPair, ...]:
        """The `k` cells off the diagonal with most images, in descending order; ties by rate, then by label.

        Cells without images are left out, so there may be fewer.
        """
        mistakes = self.without_diagonal().counts
        rates = self.normalized(Normalization.TRUE)
        rows, columns = np.nonzero(mistakes)
        order = np.lexsort((columns, rows, -rates[rows, columns], -mistakes[rows, columns]))[:k]
        return tuple(
            ConfusedPair(true_label=int(i), predicted_label=int(j), count=int(mistakes[i, j]), rate=float(rates[i, j]))
            for i, j in zip(rows[order], columns[order], strict=True)
        )

    @property
    def most_frequent(self) -> tuple[ConfusedPair, ...]:
        """The cells off the diagonal with most images: several if they tie, none without misclassified images."""
        mistakes = self.without_diagonal().counts
        return self.most_confused(int((mistakes == mistakes.max()).sum()))


def cell_rows(predictions: Predictions, true_label: int | None, predicted_label: int | None) -> IndexArray:
    """Positions int64 (K,), ascending, of the images in one cell; None takes the whole row or column."""
    inside = np.ones(len(predictions), dtype=np.bool_)
    if true_label is not None:
        inside &= predictions.labels == true_label
    if predicted_label is not None:
        inside &= predictions.predicted == predicted_label
    return np.flatnonzero(inside).astype(np.int64)
