"""Finds the issues of a data set, as the page Explore lists them: duplicates, outliers and suspect labels."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Protocol

from mnist_core.data.dataset import N_CLASSES, Dataset, Float32Array, Indices, SplitName, UInt8Array
from mnist_core.data.finding.duplicates import DuplicatePair, Progress, exact_duplicates, near_duplicates
from mnist_core.data.finding.issues import MAX_LISTED, Issue, IssueFinding, Quality
from mnist_core.data.finding.outliers import outlier_scores, outliers
from mnist_core.data.finding.suspect_labels import suspect_labels
from mnist_core.data.image_ref import ImageRef
from mnist_core.errors import ConfigError

WHOLE = 0.8
"""The share of the work for near-duplicates that comparing all images with each other is."""


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
    split: str = SplitName.TRAIN,
    label: int | None = None,
    judged: Judged | None = None,
    progress: Progress | None = None,
) -> Quality:
    """What is found of one issue; at most `MAX_LISTED` findings are listed.

    Near-duplicates of 70,000 images take up to a minute.

    Args:
        issue: one of `Issue`.
        split: whose outliers; duplicates are looked for in both splits, suspect labels among validation images.
        label: only among images of this label: near-duplicates and outliers.
        judged: what suspect labels are found by.
        progress: called with the share of the work for near-duplicates that is done, 0 to 1.

    Raises:
        ConfigError: there is no such issue or label, or there are no predictions for suspect labels.
        DatasetError: there is no such split.
    """
    if issue not in tuple(Issue):
        raise ConfigError.invalid("issue", expected="one of " + ", ".join(Issue), received=issue)
    if label is not None and not (type(label) is int and 0 <= label < N_CLASSES):
        raise ConfigError.invalid("label", expected=f"an integer from 0 to {N_CLASSES - 1}", received=label)
    match Issue(issue):
        case Issue.NEAR_DUPLICATES:
            return find_near_duplicates(dataset, label=label, progress=progress)
        case Issue.EXACT_DUPLICATES:
            return find_exact_duplicates(dataset)
        case Issue.OUTLIERS:
            scores = outlier_scores(dataset.split(split))
            return find_outliers(dataset, SplitName(split), scores, label=label)
        case Issue.SUSPECT_LABELS:
            if judged is None:
                raise ConfigError("Suspect labels are found by the predictions of a run. Expected one. Received: none.")
            return find_suspect_labels(judged)


def find_near_duplicates(dataset: Dataset, *, label: int | None = None, progress: Progress | None = None) -> Quality:
    """The closest pairs of images with a label; for all labels, pairs with different ones, then those of each in turn.

    The closest pairs of all are nearly all ones.

    Args:
        progress: called with the share of the work that is done, 0 to 1.
    """
    tell = progress or (lambda share: None)
    pairs = _varied_pairs(dataset, tell) if label is None else _pairs_of(dataset, label, tell)
    findings = tuple(
        IssueFinding(images=(pair.first, pair.second), values={"distance": pair.distance}) for pair in pairs
    )
    return Quality(
        issue=Issue.NEAR_DUPLICATES,
        findings=findings,
        n_found=len(findings),
        n_images=len(dataset.train) + len(dataset.test),
        n_across_splits=sum(found.crosses_splits for found in findings),
        n_different_labels=sum(not pair.has_same_label for pair in pairs),
    )


def _varied_pairs(dataset: Dataset, tell: Progress) -> tuple[DuplicatePair, ...]:
    closest = near_duplicates(dataset, limit=MAX_LISTED, progress=lambda share: tell(WHOLE * share))
    differing = [pair for pair in closest if not pair.has_same_label]
    of_each = []
    for label in range(N_CLASSES):
        of_each.append(_pairs_of(dataset, label))
        tell(WHOLE + (1 - WHOLE) * (label + 1) / N_CLASSES)
    turns = [pair for turn in zip_longest(*of_each) for pair in turn if pair is not None]
    return tuple([*differing, *turns][:MAX_LISTED])


def _pairs_of(dataset: Dataset, label: int, tell: Progress | None = None) -> tuple[DuplicatePair, ...]:
    """The closest pairs of a label; none if it has fewer than two images."""
    n = sum(int((dataset.split(name).labels == label).sum()) for name in SplitName)
    return near_duplicates(dataset, labels=(label,), limit=MAX_LISTED, progress=tell) if n > 1 else ()


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

    Args:
        scores: from `outlier_scores`, of all images of the split.
    """
    images = dataset.split(split)
    rows = outliers(images, scores, label=label, limit=MAX_LISTED)
    findings = tuple(
        IssueFinding(images=(ImageRef(split=split, row=row),), values={"outlier_score": score})
        for row, score in zip(rows.tolist(), scores[rows].tolist(), strict=True)
    )
    n = len(images) if label is None else int((images.labels == label).sum())
    return Quality(issue=Issue.OUTLIERS, findings=findings, n_found=n, n_images=n)


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
