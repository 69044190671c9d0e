"""Filters and order of the images on the page Mistakes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import ConfigError
from mnist_core.evaluation.predictions import IndexArray, MaskArray, Predictions
from mnist_core.fields import as_integer


class MistakeSort(StrEnum):
    """What images are sorted by."""

    LOSS = "loss"  # cross-entropy of the image
    CONFIDENCE = "confidence"  # probability of the predicted label
    MARGIN = "margin"  # the same minus the second highest probability
    INDEX = "index"  # row number in the split
    MEASURE = "measure"  # values passed by the caller, such as a handwriting measure


SORTS = tuple(sort.value for sort in MistakeSort if sort is not MistakeSort.MEASURE)
"""What images are sorted by without values of a caller."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MistakeQuery:
    """Filters by labels, and an order.

    Attributes:
        true_labels: keep images with one of these true labels; empty keeps all.
        predicted_labels: keep images with one of these predicted labels; empty keeps all.
        sort: what to sort by; ties in the order of the rows, in both directions.
        descending: largest first.
        only_mistakes: leave out correct images; a cell on the diagonal of the matrix needs False.

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
            object.__setattr__(self, name, _checked_labels(getattr(self, name), name))
        if self.sort not in tuple(MistakeSort):
            raise ConfigError.invalid("sort", expected="one of " + ", ".join(MistakeSort), received=self.sort)
        object.__setattr__(self, "sort", MistakeSort(self.sort))


def _checked_labels(labels: object, name: str) -> tuple[int, ...]:
    numbers = [as_integer(label) for label in labels] if isinstance(labels, Iterable) else [None]
    found = {number for number in numbers if number is not None and 0 <= number < N_CLASSES}
    if len(found) < len(set(numbers)):
        raise ConfigError.invalid(name, expected=f"labels from 0 to {N_CLASSES - 1}", received=labels)
    return tuple(sorted(found))


def find_mistakes(
    predictions: Predictions,
    query: MistakeQuery,
    *,
    keep: MaskArray | None = None,
    measure: npt.NDArray[Any] | None = None,
) -> IndexArray:
    """Positions int64 (K,) in `predictions` of the images of `query`, in its order.

    Args:
        keep: a further condition, bool (N,), such as a category of the training history or a range of a measure.
        measure: numbers (N,) to sort by with `MistakeSort.MEASURE`; NaN comes last.

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
            # By probability, not by the clipped loss, which is the same for the most confident mistakes.
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
