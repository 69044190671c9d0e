"""The issues that a data set may have, and what was found of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mnist_core.data.image_ref import ImageRef
from mnist_core.errors import ConfigError
from mnist_core.words import listed

MAX_LISTED = 200
"""Issues that are listed of each kind."""


class Issue(StrEnum):
    """A kind of issue."""

    NEAR_DUPLICATES = "near-duplicates"
    EXACT_DUPLICATES = "exact-duplicates"
    OUTLIERS = "outliers"
    SUSPECT_LABELS = "suspect-labels"


TAKES: Mapping[Issue, tuple[str, ...]] = {
    Issue.NEAR_DUPLICATES: ("label",),
    Issue.EXACT_DUPLICATES: (),
    Issue.OUTLIERS: ("split", "label"),
    Issue.SUSPECT_LABELS: ("run",),
}
"""What can be chosen for each issue."""


def check_takes(issue: Issue, given: Mapping[str, object], prefix: str = "") -> None:
    """Whether each choice that is `given`, which is not None, has an effect on this issue.

    Raises:
        ConfigError: one has none; `prefix` is written before its name.
    """
    for name, value in given.items():
        if value is not None and name not in TAKES[issue]:
            of = listed([other.value for other in Issue if name in TAKES[other]])
            raise ConfigError.invalid(prefix + name, expected=f"none for {issue}; it is for {of}", received=value)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueFinding:
    """Images with an issue: one, or those that are duplicates of each other.

    Attributes:
        values: the numbers it was found by; every finding of an issue has the same names. `distance` is in full pixels,
            an `outlier_score` of about 1 is usual, `label_probability` is that of the label, 0 to 1.
    """

    images: tuple[ImageRef, ...]
    values: Mapping[str, float | int] = field(default_factory=dict)

    @property
    def crosses_splits(self) -> bool:
        """Whether there are images of both splits: leakage."""
        return len({image.split for image in self.images}) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """What was found of one issue.

    Attributes:
        findings: those that are listed, in the order of the page.
        n_found: how many there are, listed or not; of outliers, all images that have a score.
        n_images: the images that were looked at; for near-duplicates, those that the ones with the label were compared
            with.
        label: every finding has an image with this label; None for all labels.
        is_complete: whether all near-duplicates were counted; otherwise there are at least as many.
        n_across_splits: findings with images of both splits: leakage.
        n_different_labels: near-duplicates whose labels differ.
        n_identical: exact duplicates: images that there are several of, of all findings.
        n_without_score: images of classes that are too small for outlier scores.
    """

    issue: Issue
    findings: tuple[IssueFinding, ...]
    n_found: int
    n_images: int
    label: int | None = None
    is_complete: bool = True
    n_across_splits: int = 0
    n_different_labels: int = 0
    n_identical: int = 0
    n_without_score: int = 0
