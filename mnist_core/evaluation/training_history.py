"""The training history of each digit: its predicted label and the probability of its true one after each epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import FloatArray, IndexArray, LabelArray, MaskArray, Predictions


class Category(StrEnum):
    """How the training history of a digit went; each digit has exactly one."""

    EARLY = "learned early"  # no forgetting event, correct since an epoch in the first quarter (rounded up)
    LATE = "learned late"  # no forgetting event, correct since a later epoch
    UNSTABLE = "unstable"  # correct after the last epoch, with at least one forgetting event before
    FORGOTTEN = "forgotten"  # wrong after the last epoch, correct after an earlier one
    NEVER = "never learned"  # wrong after every epoch


CATEGORIES = tuple(Category)
"""The categories in the order of their codes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingHistories:
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
        """Whether the digit was correct after each epoch, bool (E, N)."""
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
        """Forgetting events of each digit, int64 (N,): correct after one epoch and wrong after the next.

        Source: Toneva et al., An empirical study of example forgetting during deep neural network learning, ICLR 2019.
        They count them on training images at each presentation; here they are counted on validation images after each
        epoch.
        """
        correct = self.correct
        events: IndexArray = (correct[:-1] & ~correct[1:]).sum(axis=0, dtype=np.int64)
        return events

    @property
    def first_correct(self) -> IndexArray:
        """The first epoch after which each digit was correct, int64 (N,); 0 when there is none."""
        correct = self.correct
        first = np.asarray(self.epochs, dtype=np.int64)[correct.argmax(axis=0)]
        return np.where(correct.any(axis=0), first, 0)

    @property
    def early_until(self) -> int:
        """The last epoch that counts as early: the first quarter of the epochs, rounded up."""
        return self.epochs[math.ceil(len(self.epochs) / 4) - 1]

    @property
    def category_codes(self) -> npt.NDArray[np.uint8]:
        """The category of each digit as its position in `CATEGORIES`, uint8 (N,)."""
        correct = self.correct
        is_correct, was_correct = correct[-1], correct.any(axis=0)
        has_event = (correct[:-1] & ~correct[1:]).any(axis=0)
        is_early = self.first_correct <= self.early_until
        conditions = [~was_correct, ~is_correct, has_event, is_early]
        chosen = [Category.NEVER, Category.FORGOTTEN, Category.UNSTABLE, Category.EARLY]
        codes = np.select(conditions, [CATEGORIES.index(item) for item in chosen], CATEGORIES.index(Category.LATE))
        return codes.astype(np.uint8)

    @property
    def counts(self) -> dict[Category, int]:
        """Digits of each category, in the order of `CATEGORIES`."""
        counts = np.bincount(self.category_codes, minlength=len(CATEGORIES)).tolist()
        return dict(zip(CATEGORIES, counts, strict=True))

    def of_category(self, category: Category) -> MaskArray:
        """Which digits are of this category, bool (N,)."""
        mask: MaskArray = self.category_codes == CATEGORIES.index(category)
        return mask


def training_histories(history: Sequence[tuple[int, Predictions]]) -> TrainingHistories:
    """The training histories from (epoch, predictions) pairs of the same images in the same order.

    Raises:
        PredictionsError: there are no epochs, one comes twice, or they are not about the same images.
    """
    if not history:
        raise PredictionsError("There are no predictions of any epoch yet. Expected at least one epoch. Received: 0.")
    ordered = sorted(history, key=lambda item: item[0])
    epochs = tuple(epoch for epoch, _ in ordered)
    if len(set(epochs)) < len(epochs):
        raise PredictionsError(f"An epoch is given twice. Expected each epoch once. Received: {epochs}.")
    first = ordered[0][1]
    for epoch, predictions in ordered[1:]:
        if not _same_images(first, predictions):
            raise PredictionsError(f"The predictions after epoch {epoch} are about other images than those before.")
    return TrainingHistories(
        epochs=epochs,
        index=first.index,
        labels=first.labels,
        predicted=np.stack([predictions.predicted for _, predictions in ordered]),
        true_probability=np.stack([predictions.true_probability for _, predictions in ordered]),
    )


def _same_images(first: Predictions, second: Predictions) -> bool:
    return np.array_equal(first.index, second.index) and np.array_equal(first.labels, second.labels)
