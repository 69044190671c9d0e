"""Finds the issues of a data set, as the page Explore lists them: duplicates, outliers and suspect labels."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Protocol

import numpy as np

from mnist_core.data.dataset import N_CLASSES, Dataset, Float32Array, Indices, SplitName, UInt8Array
from mnist_core.data.finding.duplicates import Progress, exact_duplicates, near_duplicates
from mnist_core.data.finding.issues import MAX_LISTED, Issue, IssueFinding, Quality, check_takes
from mnist_core.data.finding.outliers import outlier_scores, outliers
from mnist_core.data.finding.suspect_labels import suspect_labels
from mnist_core.data.image_ref import ImageRef
from mnist_core.errors import ConfigError
from mnist_core.fields import checked_integer


class Judged(Protocol):
    """Predictions for some training images, by a network that was not trained on them."""

    @property
    def index(self) -> Indices: ...
    @property
    def labels(self) -> UInt8Array: ...
    @property
    def probabilities(self) -> Any: ...


def find_issue(
    dataset: Dataset,
    issue: str,
    *,
    split: str | None = None,
    label: int | None = None,
    judged: Judged | None = None,
    progress: Progress | None = None,
) -> Quality:
    """What is found of one issue; at most `MAX_LISTED` findings are listed.

    Near-duplicates of 70,000 images take about 15 seconds.

    Args:
        issue: one of `Issue`.
        split: whose outliers, by default those of the training split; duplicates are looked for in both splits, suspect
            labels among validation images.
        label: only outliers with this label, and near-duplicates of which at least one image has it.
        judged: what suspect labels are found by.
        progress: called with the share of the work for near-duplicates that is done, 0 to 1.

    Raises:
        ConfigError: there is no such issue or label, there are no predictions for suspect labels, or the issue has
            nothing to do with a value that is given.
        DatasetError: there is no such split.
    """
    if issue not in tuple(Issue):
        raise ConfigError.invalid("issue", expected="one of " + ", ".join(Issue), received=issue)
    check_takes(Issue(issue), {"split": split, "label": label, "run": judged})
    if label is not None:
        label = checked_integer(label, "label", low=0, high=N_CLASSES - 1)
    match Issue(issue):
        case Issue.NEAR_DUPLICATES:
            return find_near_duplicates(dataset, label=label, progress=progress)
        case Issue.EXACT_DUPLICATES:
            return find_exact_duplicates(dataset)
        case Issue.OUTLIERS:
            chosen = SplitName.TRAIN if split is None else split
            scores = outlier_scores(dataset.split(chosen))
            return find_outliers(dataset, SplitName(chosen), scores, label=label)
        case Issue.SUSPECT_LABELS:
            if judged is None:
                raise ConfigError("Suspect labels are found by the predictions of a run. Expected one. Received: none.")
            return find_suspect_labels(judged)


def find_near_duplicates(dataset: Dataset, *, label: int | None = None, progress: Progress | None = None) -> Quality:
    """The closest pairs of images: those with different labels, then those of each label in turn.

    The closest pairs of all are nearly all ones.

    Args:
        label: only pairs in which at least one image has this label.
        progress: called with the share of the work that is done, 0 to 1.
    """
    found = near_duplicates(dataset, label=label, limit=MAX_LISTED, progress=progress)
    turns = [pair for turn in zip_longest(*found.of_label) for pair in turn if pair is not None]
    pairs = [*found.differing, *turns][:MAX_LISTED]
    return Quality(
        issue=Issue.NEAR_DUPLICATES,
        findings=tuple(
            IssueFinding(images=(pair.first, pair.second), values={"distance": pair.distance}) for pair in pairs
        ),
        n_found=found.n_found,
        n_images=len(dataset.train) + len(dataset.test),
        label=label,
        is_complete=found.is_complete,
        n_across_splits=found.n_across_splits,
        n_different_labels=found.n_different_labels,
    )


def find_exact_duplicates(dataset: Dataset) -> Quality:
    """Groups of images with the same pixels, in the order in which they first occur."""
    groups = [IssueFinding(images=group) for group in exact_duplicates(dataset)]
    return Quality(
        issue=Issue.EXACT_DUPLICATES,
        findings=tuple(groups[:MAX_LISTED]),
        n_found=len(groups),
        n_images=len(dataset.train) + len(dataset.test),
        n_across_splits=sum(group.crosses_splits for group in groups),
        n_identical=sum(len(group.images) for group in groups),
    )


def find_outliers(dataset: Dataset, split: SplitName, scores: Float32Array, *, label: int | None = None) -> Quality:
    """The images of a split with the highest outlier scores, the highest first; of one class, or of all.

    Images of a class that is too small for scores are left out.

    Args:
        scores: from `outlier_scores`, of all images of the split.
    """
    images = dataset.split(split)
    rows = outliers(images, scores, label=label, limit=MAX_LISTED)
    findings = tuple(
        IssueFinding(images=(ImageRef(split=split, row=row),), values={"outlier_score": score})
        for row, score in zip(rows.tolist(), scores[rows].tolist(), strict=True)
    )
    is_asked_for = np.ones(len(images), np.bool_) if label is None else images.labels == label
    n_without_score = int((is_asked_for & np.isnan(scores)).sum())
    n = int(is_asked_for.sum())
    return Quality(
        issue=Issue.OUTLIERS,
        findings=findings,
        n_found=n - n_without_score,
        n_images=n,
        label=label,
        n_without_score=n_without_score,
    )


def find_suspect_labels(judged: Judged) -> Quality:
    """The suspect labels of training images that a network was not trained on, the least probable first."""
    found = suspect_labels(judged.labels, judged.probabilities)
    rows = judged.index[found.positions].tolist()[:MAX_LISTED]
    findings = tuple(
        IssueFinding(
            images=(ImageRef(split=SplitName.TRAIN, row=row),),
            values={"label_probability": own, "suggested_label": suggested},
        )
        for row, own, suggested in zip(rows, found.self_confidence.tolist(), found.suggested.tolist(), strict=False)
    )
    return Quality(issue=Issue.SUSPECT_LABELS, findings=findings, n_found=len(found), n_images=len(judged.labels))
