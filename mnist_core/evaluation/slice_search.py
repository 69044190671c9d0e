"""Slices with many wrong digits, read from the nodes of a shallow decision tree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from mnist_core.data.dataset import N_CLASSES
from mnist_core.evaluation.predictions import LabelArray, MaskArray

ALL_LABELS = tuple(range(N_CLASSES))

MIN_STANDARD_ERRORS = 2.0
"""A slice is proposed when its error rate is above that of the rest by more than this many standard errors."""

IDLE_SHARE = 0.9
"""A condition that keeps more than this share of the digits narrows nothing, and is dropped."""


class Condition(NamedTuple):
    """A range of one measure: above `low` and at most `high`; infinite ends are open."""

    measure: str
    low: float
    high: float


class Terms(NamedTuple):
    """The definition of a slice: any of these true labels, and all of these conditions."""

    true_labels: tuple[int, ...]
    conditions: tuple[Condition, ...]

    def members(self, measures: pd.DataFrame, labels: LabelArray) -> MaskArray:
        """Which of the digits belong to the slice, bool (N,)."""
        inside = np.isin(labels, self.true_labels)
        for measure, low, high in self.conditions:
            values = measures[measure].to_numpy(dtype=np.float64)
            inside &= (values > low) & (values <= high)
        return inside


def proposed_slices(
    measures: pd.DataFrame, labels: LabelArray, wrong: MaskArray, *, min_digits: int, max_depth: int
) -> list[Terms]:
    """Slices with a higher error rate than the rest, the largest difference in standard errors first.

    Args:
        measures: numbers only, one row a digit.
        labels: uint8 (N,), true labels.
        wrong: bool (N,).
    """
    if len(labels) < 2 * min_digits or not wrong.any() or wrong.all():
        return []
    is_label = labels[:, None] == np.arange(N_CLASSES)
    features = np.hstack([measures.to_numpy(dtype=np.float64), is_label])
    tree = DecisionTreeClassifier(max_depth=max_depth, min_samples_leaf=min_digits, random_state=0)
    tree.fit(features, wrong)
    score = _standard_errors(tree.decision_path(features).toarray().astype(np.bool_), wrong)
    paths = _paths(tree, list(measures.columns))
    found = [
        _without_idle_conditions(paths[node], measures, labels)
        for node in np.argsort(-score, kind="stable").tolist()
        if score[node] > MIN_STANDARD_ERRORS
    ]
    return list(dict.fromkeys(found))


def _standard_errors(members: MaskArray, wrong: MaskArray) -> npt.NDArray[np.float64]:
    """By how many standard errors the error rate of each node (a column of `members`) is above that outside it."""
    n = members.sum(axis=0).astype(np.float64)
    n_wrong = members[wrong].sum(axis=0)
    elsewhere = len(wrong) - n
    excess = n_wrong / n - (wrong.sum() - n_wrong) / np.maximum(elsewhere, 1)
    overall = wrong.mean()
    spread = np.sqrt(overall * (1 - overall) * (1 / n + 1 / np.maximum(elsewhere, 1)))
    return np.where(elsewhere > 0, excess / spread, 0.0)  # the root has nothing outside it


def _paths(tree: DecisionTreeClassifier, columns: list[str]) -> dict[int, Terms]:
    """The definition of each node by the splits on the way to it."""
    structure = tree.tree_
    paths = {0: Terms(ALL_LABELS, ())}
    for node in range(structure.node_count):  # parents come before their children
        left, right = int(structure.children_left[node]), int(structure.children_right[node])
        if left < 0:
            continue
        feature, threshold = int(structure.feature[node]), float(structure.threshold[node])
        if feature >= len(columns):
            label = feature - len(columns)
            paths[left] = _with_labels(paths[node], {*ALL_LABELS} - {label})
            paths[right] = _with_labels(paths[node], {label})
        else:
            paths[left] = _with_range(paths[node], columns[feature], -np.inf, threshold)
            paths[right] = _with_range(paths[node], columns[feature], threshold, np.inf)
    return paths


def _with_labels(terms: Terms, labels: set[int]) -> Terms:
    return terms._replace(true_labels=tuple(label for label in terms.true_labels if label in labels))


def _with_range(terms: Terms, measure: str, low: float, high: float) -> Terms:
    """With one more condition; two on the same measure become one range."""
    others = tuple(condition for condition in terms.conditions if condition.measure != measure)
    for before in terms.conditions:
        if before.measure == measure:
            low, high = max(before.low, low), min(before.high, high)
    return terms._replace(conditions=(*others, Condition(measure, low, high)))


def _without_idle_conditions(terms: Terms, measures: pd.DataFrame, labels: LabelArray) -> Terms:
    for condition in terms.conditions:
        shorter = terms._replace(conditions=tuple(other for other in terms.conditions if other != condition))
        terms = _shorter_if_same(terms, shorter, measures, labels)
    return _shorter_if_same(terms, terms._replace(true_labels=ALL_LABELS), measures, labels)


def _shorter_if_same(terms: Terms, shorter: Terms, measures: pd.DataFrame, labels: LabelArray) -> Terms:
    if shorter == Terms(ALL_LABELS, ()):
        return terms
    kept = terms.members(measures, labels).sum() / max(shorter.members(measures, labels).sum(), 1)
    return shorter if kept > IDLE_SHARE else terms
