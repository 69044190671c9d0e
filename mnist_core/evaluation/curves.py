"""One-vs-rest ROC and precision-recall curves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.evaluation.predictions import Predictions

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RocCurve:
    """One point for each different probability of `label`, after the point (0, 0); read-only arrays (K,).

    Attributes:
        thresholds: images with at least this probability are predicted as the label; infinite at the first point.
        area: under the curve: how often an image with the label has a higher probability than one without. NaN, with
            an empty curve, if no image or every image has the label.
    """

    label: int
    false_positive_rate: Doubles
    true_positive_rate: Doubles
    thresholds: Doubles
    area: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PrecisionRecallCurve:
    """One point for each different probability of `label`, with ascending recall; read-only arrays (K,).

    Attributes:
        average_precision: mean precision over the steps of recall, without interpolation. NaN, with an empty curve, if
            no image has the label.
    """

    label: int
    precision: Doubles
    recall: Doubles
    thresholds: Doubles
    average_precision: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Ranking:
    """True and false positives of one label at each threshold."""

    thresholds: Doubles
    hits: Doubles
    false_alarms: Doubles


def roc_curves(predictions: Predictions) -> tuple[RocCurve, ...]:
    """The ROC curve of each label, in label order."""
    return tuple(_roc_curve(label, _ranking(predictions, label)) for label in range(N_CLASSES))


def precision_recall_curves(predictions: Predictions) -> tuple[PrecisionRecallCurve, ...]:
    """The precision-recall curve of each label, in label order."""
    return tuple(_precision_recall_curve(label, _ranking(predictions, label)) for label in range(N_CLASSES))


def _ranking(predictions: Predictions, label: int) -> _Ranking:
    probabilities = predictions.probabilities[:, label]
    order = np.argsort(-probabilities, kind="stable")
    ordered = probabilities[order]
    # A threshold cannot separate images of equal probability, so they are one point.
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)])
    hits = np.cumsum(predictions.labels[order] == label)[ends].astype(np.float64)
    return _Ranking(thresholds=ordered[ends].astype(np.float64), hits=hits, false_alarms=ends + 1.0 - hits)


def _roc_curve(label: int, ranking: _Ranking) -> RocCurve:
    n_true = ranking.hits[-1] if len(ranking.hits) else 0
    n_other = ranking.false_alarms[-1] if len(ranking.hits) else 0
    if not (n_true and n_other):
        empty = _read_only(np.zeros(0))
        return RocCurve(
            label=label, false_positive_rate=empty, true_positive_rate=empty, thresholds=empty, area=math.nan
        )
    false_positive_rate = np.append(0.0, ranking.false_alarms / n_other)
    true_positive_rate = np.append(0.0, ranking.hits / n_true)
    return RocCurve(
        label=label,
        false_positive_rate=_read_only(false_positive_rate),
        true_positive_rate=_read_only(true_positive_rate),
        thresholds=_read_only(np.append(np.inf, ranking.thresholds)),
        area=float(np.trapezoid(true_positive_rate, false_positive_rate)),
    )


def _precision_recall_curve(label: int, ranking: _Ranking) -> PrecisionRecallCurve:
    n_true = ranking.hits[-1] if len(ranking.hits) else 0
    if not n_true:
        empty = _read_only(np.zeros(0))
        return PrecisionRecallCurve(
            label=label, precision=empty, recall=empty, thresholds=empty, average_precision=math.nan
        )
    precision = ranking.hits / (ranking.hits + ranking.false_alarms)
    recall = ranking.hits / n_true
    return PrecisionRecallCurve(
        label=label,
        precision=_read_only(precision),
        recall=_read_only(recall),
        thresholds=_read_only(ranking.thresholds),
        average_precision=float((np.diff(recall, prepend=0.0) * precision).sum()),
    )


def _read_only(array: Doubles) -> Doubles:
    array.setflags(write=False)
    return array
