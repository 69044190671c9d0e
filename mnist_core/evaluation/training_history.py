"""The biography of each digit: how the model's answer for it changed over the epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import FloatArray, IndexArray, LabelArray, MaskArray, Predictions


class Fate(StrEnum):
    """What became of a digit; each digit has exactly one.

    A digit is forgotten when it is right after one epoch and wrong after the next: a forgetting event of Toneva et al.,
    An empirical study of example forgetting during deep neural network learning, ICLR 2019. They count it on training
    images, presentation by presentation; here it is counted on held-back images, epoch by epoch.
    """

    EARLY = "learned early"  # never forgotten, right since an epoch in the first quarter (rounded up)
    LATE = "learned late"  # never forgotten, right since a later epoch
    UNSTABLE = "unstable"  # right after the last epoch, but forgotten at least once on the way
    FORGOTTEN = "forgotten"  # wrong after the last epoch, but right after an earlier one
    NEVER = "never learned"  # wrong after every epoch


FATES = tuple(Fate)
"""The fates in the order of their codes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Biographies:
    """N digits over E epochs; read-only arrays.

    Attributes:
        epochs: the E epochs, rising.
        index: int64 (N,), row number of each digit in its split.
        labels: uint8 (N,), true labels.
        predicted: uint8 (E, N), most probable label after each epoch.
        true_probability: float32 (E, N), probability of the true label after each epoch.
    """

    epochs: tuple[int, ...]
    index: IndexArray
    labels: LabelArray
    predicted: npt.NDArray[np.uint8]
    true_probability: FloatArray

    def __post_init__(self) -> None:
        self.predicted.setflags(write=False)
        self.true_probability.setflags(write=False)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether the digit was right after each epoch, bool (E, N)."""
        correct: npt.NDArray[np.bool_] = self.predicted == self.labels
        return correct

    @property
    def confidence(self) -> FloatArray:
        """Mean probability of the true label over the epochs, float32 (N,).

        With `variability` the two axes of a data map: Swayamdipta et al., Dataset cartography: mapping and diagnosing
        datasets with training dynamics, EMNLP 2020. Low and steady is hard or mislabelled, in between and changing is
        ambiguous, high and steady is easy.
        """
        confidence: FloatArray = self.true_probability.mean(axis=0, dtype=np.float64).astype(np.float32)
        return confidence

    @property
    def variability(self) -> FloatArray:
        """Standard deviation (divided by E) of the probability of the true label over the epochs, float32 (N,)."""
        variability: FloatArray = self.true_probability.std(axis=0, dtype=np.float64).astype(np.float32)
        return variability

    @property
    def forgetting_events(self) -> IndexArray:
        """How often each digit went from right to wrong from one epoch to the next, int64 (N,)."""
        correct = self.correct
        events: IndexArray = (correct[:-1] & ~correct[1:]).sum(axis=0, dtype=np.int64)
        return events

    @property
    def first_right(self) -> IndexArray:
        """The first epoch after which each digit was right, int64 (N,); 0 when there is none."""
        correct = self.correct
        first = np.asarray(self.epochs, dtype=np.int64)[correct.argmax(axis=0)]
        return np.where(correct.any(axis=0), first, 0)

    @property
    def early_until(self) -> int:
        """The last epoch that counts as early: the first quarter of the epochs, rounded up."""
        return self.epochs[math.ceil(len(self.epochs) / 4) - 1]

    @property
    def fate_codes(self) -> npt.NDArray[np.uint8]:
        """The fate of each digit as its position in `FATES`, uint8 (N,)."""
        correct = self.correct
        is_right, was_right = correct[-1], correct.any(axis=0)
        was_forgotten = (correct[:-1] & ~correct[1:]).any(axis=0)
        is_early = self.first_right <= self.early_until
        conditions = [~was_right, ~is_right, was_forgotten, is_early]
        fates = [Fate.NEVER, Fate.FORGOTTEN, Fate.UNSTABLE, Fate.EARLY]
        codes = np.select(conditions, [FATES.index(fate) for fate in fates], FATES.index(Fate.LATE))
        return codes.astype(np.uint8)

    @property
    def counts(self) -> dict[Fate, int]:
        """Digits of each fate, in the order of `FATES`."""
        counts = np.bincount(self.fate_codes, minlength=len(FATES)).tolist()
        return dict(zip(FATES, counts, strict=True))

    def of_fate(self, fate: Fate) -> MaskArray:
        """Which digits have this fate, bool (N,)."""
        mask: MaskArray = self.fate_codes == FATES.index(fate)
        return mask


def biographies(history: Sequence[tuple[int, Predictions]]) -> Biographies:
    """The biographies from (epoch, predictions) pairs of the same images in the same order.

    Raises:
        PredictionsError: there are no epochs, one comes twice, or they are not about the same images.
    """
    if not history:
        raise PredictionsError("There are no predictions of any epoch yet. Expected at least one epoch. Received: 0.")
    ordered = sorted(history, key=lambda item: item[0])
    epochs = tuple(epoch for epoch, _ in ordered)
    if len(set(epochs)) < len(epochs):
        raise PredictionsError(f"An epoch comes twice. Expected each epoch once. Received: {epochs}.")
    first = ordered[0][1]
    for epoch, predictions in ordered[1:]:
        if not _same_images(first, predictions):
            raise PredictionsError(f"The predictions after epoch {epoch} are about other images than those before.")
    return Biographies(
        epochs=epochs,
        index=first.index,
        labels=first.labels,
        predicted=np.stack([predictions.predicted for _, predictions in ordered]),
        true_probability=np.stack([predictions.true_probability for _, predictions in ordered]),
    )


def _same_images(first: Predictions, second: Predictions) -> bool:
    return np.array_equal(first.index, second.index) and np.array_equal(first.labels, second.labels)
