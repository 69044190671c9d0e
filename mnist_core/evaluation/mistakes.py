"""Which images to look at, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import ConfigError
from mnist_core.evaluation.predictions import IndexArray, MaskArray, Predictions


class MistakeSort(StrEnum):
    """What images are put in order by."""

    LOSS = "loss"  # how improbable the true label was
    CONFIDENCE = "confidence"  # how probable the predicted label was
    MARGIN = "margin"  # how far the second label was behind
    INDEX = "index"  # row number in the split
    MEASURE = "measure"  # values that the caller gives, such as a handwriting measure


@dataclass(frozen=True, kw_only=True, slots=True)
class MistakeQuery:
    """A choice of images by their labels, and an order.

    Attributes:
        true_labels: keep images with one of these true labels; empty keeps all.
        predicted_labels: keep images with one of these predicted labels; empty keeps all.
        sort: what to order by; of equals the earlier row comes first, in both directions.
        descending: largest first.
        only_mistakes: leave out what was predicted right; a cell on the diagonal of the matrix needs False.

    Raises:
        ConfigError: a label that is not 0 to 9, or an unknown order.
    """

    true_labels: tuple[int, ...] = ()
    predicted_labels: tuple[int, ...] = ()
    sort: MistakeSort = MistakeSort.LOSS
    descending: bool = True
    only_mistakes: bool = True

    def __post_init__(self) -> None:
        for name in ("true_labels", "predicted_labels"):
            labels = getattr(self, name)
            if not all(type(label) is int and 0 <= label < N_CLASSES for label in labels):
                raise ConfigError.invalid(name, expected=f"labels from 0 to {N_CLASSES - 1}", received=labels)
            object.__setattr__(self, name, tuple(sorted(set(labels))))
        if self.sort not in tuple(MistakeSort):
            raise ConfigError.invalid("sort", expected="one of " + ", ".join(MistakeSort), received=self.sort)
        object.__setattr__(self, "sort", MistakeSort(self.sort))


def find_mistakes(
    predictions: Predictions,
    query: MistakeQuery,
    *,
    keep: MaskArray | None = None,
    measure: npt.NDArray[Any] | None = None,
) -> IndexArray:
    """Positions int64 (K,) in `predictions` of the images that `query` asks for, in its order.

    Args:
        keep: a further condition, bool (N,), such as a category of the training history or a range of a measure.
        measure: numbers (N,) to sort by with `MistakeSort.MEASURE`; what is not a number comes last.

    Raises:
        ConfigError: `keep` or `measure` do not fit, or `measure` is missing.
    """
    chosen = _is_asked_for(predictions, query)
    if keep is not None:
        chosen &= _fitting(keep, predictions, "keep").astype(np.bool_)
    positions = np.flatnonzero(chosen).astype(np.int64)
    values = _sort_values(predictions, query.sort, measure)[positions]
    return positions[np.argsort(-values if query.descending else values, kind="stable")]


def _is_asked_for(predictions: Predictions, query: MistakeQuery) -> MaskArray:
    predicted = predictions.predicted
    chosen = predicted != predictions.labels if query.only_mistakes else np.ones(len(predictions), dtype=np.bool_)
    if query.true_labels:
        chosen &= np.isin(predictions.labels, query.true_labels)
    if query.predicted_labels:
        chosen &= np.isin(predicted, query.predicted_labels)
    return chosen


def _sort_values(
    predictions: Predictions, sort: MistakeSort, measure: npt.NDArray[Any] | None
) -> npt.NDArray[np.float64]:
    match sort:
        case MistakeSort.LOSS:
            # By probability, not by the clipped loss: among the surest mistakes that still tells them apart.
            return -predictions.true_probability.astype(np.float64)
        case MistakeSort.CONFIDENCE:
            return predictions.confidence.astype(np.float64)
        case MistakeSort.MARGIN:
            return predictions.margin.astype(np.float64)
        case MistakeSort.INDEX:
            return predictions.index.astype(np.float64)
        case MistakeSort.MEASURE:
            if measure is None:
                raise ConfigError("Sorting by a measure needs its values. Expected `measure`. Received: None.")
            return _fitting(measure, predictions, "measure").astype(np.float64)


def _fitting(values: npt.NDArray[Any], predictions: Predictions, name: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.shape != (len(predictions),):
        raise ConfigError.invalid(name, expected=f"an array ({len(predictions)},)", received=array.shape)
    return array
