"""Several runs on the same images: how often they agree, what all of them get wrong, and their average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import IndexArray, LabelArray, MaskArray, Predictions

MAX_RUNS = 50
"""So many runs are compared at once; 50 on 10,000 images are 20 MB."""

JUDGES = 3
JUDGE_ACCURACY = 0.98
JUDGE_CONFIDENCE = 0.95
"""A label is suspect only if so many runs that are so accurate contradict it with such a confidence, all alike.

In a data set with few wrong labels, networks that are wrong on 5% of the images agree on the same wrong label for many
that are merely hard: of 10,000 test images of MNIST, about 15 have a wrong label (Northcutt, Athalye and Mueller,
Pervasive label errors in test sets destabilize machine learning benchmarks, NeurIPS 2021). Only networks that are
seldom wrong, and sure where all of them are, leave few of the others.
"""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeveralRuns:
    """The images that R runs have in common; read-only arrays.

    Attributes:
        index: int64 (N,), ascending row numbers of these images in their split.
        labels: uint8 (N,), their true labels.
        probabilities: float32 (R, N, 10), in the order of the runs.
        smallest: a smaller mean probability counts as this one, as in `Predictions`: the largest of the runs.
    """

    index: IndexArray
    labels: LabelArray
    probabilities: npt.NDArray[np.float32]
    smallest: float

    def __post_init__(self) -> None:
        for array in (self.index, self.labels, self.probabilities):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def predicted(self) -> LabelArray:
        """Predicted labels, uint8 (R, N)."""
        predicted: LabelArray = self.probabilities.argmax(axis=2).astype(np.uint8)
        return predicted

    @property
    def accuracies(self) -> npt.NDArray[np.float64]:
        """Accuracy of each run on these images, float64 (R,)."""
        accuracies: npt.NDArray[np.float64] = (self.predicted == self.labels).mean(axis=1)
        return accuracies

    @property
    def agreement(self) -> npt.NDArray[np.float64]:
        """Share of the images to which two runs give the same label, float64 (R, R); ones on the diagonal."""
        predicted = self.predicted
        rows = [(predicted == one).mean(axis=1) for one in predicted]
        return np.stack(rows)

    @property
    def ensemble(self) -> Predictions:
        """The mean of the probabilities, as predictions that can be scored like those of a run."""
        mean = self.probabilities.mean(axis=0, dtype=np.float64)
        return Predictions(
            index=self.index, labels=self.labels, probabilities=mean.astype(np.float32), smallest=self.smallest
        )

    def wrong_in_all(self) -> WrongInAll:
        """The images that every run gets wrong, those most likely mislabelled first.

        A label is suspect if at least `JUDGES` runs have an accuracy of at least `JUDGE_ACCURACY`, and all of these
        predict the same other label, each with a confidence of at least `JUDGE_CONFIDENCE`. First come the images with
        suspect labels, then those for which all runs predict the same label, then the others; each in the order of the
        mean probability of the true label, the lowest first.
        """
        predicted = self.predicted
        positions = np.flatnonzero((predicted != self.labels).all(axis=0))
        mean = self.probabilities[:, positions].mean(axis=0, dtype=np.float64)  # (M, 10)
        own = mean[np.arange(len(positions)), self.labels[positions]]
        is_agreed = (predicted[:, positions] == predicted[0, positions]).all(axis=0)
        suggested, is_suspect = mean.argmax(axis=1).astype(np.uint8), np.zeros(len(positions), dtype=np.bool_)
        judges = self.judges
        if len(judges) >= JUDGES:
            said, sure = predicted[judges][:, positions], self.probabilities[judges][:, positions].max(axis=2)
            is_suspect = (said == said[0]).all(axis=0) & (sure >= JUDGE_CONFIDENCE).all(axis=0)
            suggested = np.where(is_suspect, said[0], suggested)
        order = np.lexsort((own, ~is_agreed, ~is_suspect))
        return WrongInAll(
            positions=positions[order].astype(np.int64),
            suggested=suggested[order],
            true_probability=own[order],
            is_agreed=is_agreed[order],
            is_suspect=is_suspect[order],
        )

    @property
    def judges(self) -> IndexArray:
        """The runs that are accurate enough to cast doubt on a label, int64 (J,), as positions among the runs."""
        return np.flatnonzero(self.accuracies >= JUDGE_ACCURACY).astype(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WrongInAll:
    """The images that every one of several runs gets wrong, M of them.

    Attributes:
        positions: int64 (M,), in the `SeveralRuns`.
        suggested: uint8 (M,), the label with the highest mean probability; for a suspect label that of the judges.
        true_probability: float64 (M,), mean probability of the true label.
        is_agreed: bool (M,), whether all runs predict the same label. Hard images do that to networks as well.
        is_suspect: bool (M,), whether runs that are accurate and confident enough contradict the true label.
    """

    positions: IndexArray
    suggested: LabelArray
    true_probability: npt.NDArray[np.float64]
    is_agreed: MaskArray
    is_suspect: MaskArray

    def __len__(self) -> int:
        return len(self.positions)


def several_runs(predictions: Sequence[Predictions]) -> SeveralRuns:
    """The images with predictions of all runs, matched by their row number in the split.

    Raises:
        PredictionsError: there are too few or too many runs, they have no image in common, or their true labels differ
            (other data).
    """
    if not 2 <= len(predictions) <= MAX_RUNS:
        raise PredictionsError(f"Expected at least two and at most {MAX_RUNS} runs. Received: {len(predictions)}.")
    index = reduce(lambda common, one: np.intersect1d(common, one.index, assume_unique=True), predictions[1:],
                   np.sort(predictions[0].index))  # fmt: skip
    if len(index) == 0:
        raise PredictionsError("The runs cannot be compared: they have no image in common.")
    taken = [one.take(_positions(one, index)) for one in predictions]
    if any(not np.array_equal(one.labels, taken[0].labels) for one in taken):
        raise PredictionsError("The runs cannot be compared: their true labels differ, so the data are not the same.")
    return SeveralRuns(
        index=index,
        labels=taken[0].labels.copy(),
        probabilities=np.stack([one.probabilities for one in taken]),
        smallest=max(one.smallest for one in taken),
    )


def _positions(predictions: Predictions, index: IndexArray) -> IndexArray:
    order = np.argsort(predictions.index)
    positions: IndexArray = order[np.searchsorted(predictions.index, index, sorter=order)].astype(np.int64)
    return positions
