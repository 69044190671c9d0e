"""How the confusion matrix of one run differs from that of another on the same images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.predictions import IndexArray, LabelArray, Predictions
from mnist_core.evaluation.several_runs import several_runs


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfusionChange:
    """The images that two runs have in common, N of them; read-only arrays.

    Attributes:
        index: int64 (N,), ascending row numbers in their split.
        labels: uint8 (N,), true labels.
        first, second: uint8 (N,), predicted labels of the two runs.
    """

    index: IndexArray
    labels: LabelArray
    first: LabelArray
    second: LabelArray

    @property
    def counts(self) -> IndexArray:
        """Images of each cell in the second run minus those in the first, int64 (10, 10); rows are true labels.

        Each row sums to 0, because both runs predict the same images.
        """
        before, after = (ConfusionMatrix.from_labels(self.labels, one).counts for one in (self.first, self.second))
        change: IndexArray = after - before
        return change

    def moved(self, true_label: int | None, predicted_label: int | None) -> IndexArray:
        """Positions int64 (K,), ascending, of the images that one run alone has in a cell; None takes a row or column.

        In a whole row, they are the images with this true label to which the runs give different labels.
        """
        has_moved = self.first != self.second
        if true_label is not None:
            has_moved = has_moved & (self.labels == true_label)
        if predicted_label is not None:
            has_moved = has_moved & ((self.first == predicted_label) | (self.second == predicted_label))
        return np.flatnonzero(has_moved).astype(np.int64)


def confusion_change(first: Predictions, second: Predictions) -> ConfusionChange:
    """What changes from the first run to the second.

    Raises:
        PredictionsError: the runs have no image in common, or their true labels differ (other data).
    """
    both = several_runs((first, second))
    before, after = both.predicted
    return ConfusionChange(index=both.index, labels=both.labels, first=before, second=after)
