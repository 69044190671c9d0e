"""What a person has decided about the labels of a data set: an overlay, which changes nothing in the data set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mnist_core.data.dataset import N_CLASSES, SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.errors import DatasetError, shown

END_OF_TIME = 253_402_300_800
"""The year 10,000 in seconds since 1970: no calendar of Python goes on."""
MAX_UNDO = 100
"""The last changes that can be undone."""


class DecisionKind(StrEnum):
    """What is decided about the label of an image."""

    KEEP = "keep"
    RELABEL = "relabel"
    AMBIGUOUS = "ambiguous"  # a person cannot tell the class either


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What was decided about the label of one image.

    Attributes:
        label: the new label, 0 to 9, if it is relabelled; else None.
        time: in seconds since 1970, before the year 10,000.

    Raises:
        DatasetError: there is a label where none belongs, none where one does, or a value out of range.
    """

    image: ImageRef
    kind: DecisionKind
    label: int | None = None
    time: float

    def __post_init__(self) -> None:
        is_label = type(self.label) is int and 0 <= self.label < N_CLASSES
        if (self.kind is DecisionKind.RELABEL) != is_label or (self.label is not None and not is_label):
            raise DatasetError(
                f"Wrong label of a decision. Expected 0 to {N_CLASSES - 1} to relabel, else none. "
                f"Received: {shown(self.label)}."
            )
        if type(self.image.row) is not int or self.image.row < 0:
            raise DatasetError(f"Wrong row of an image. Expected 0 or more. Received: {shown(self.image.row)}.")
        if not 0 <= self.time < END_OF_TIME:  # nor is it NaN
            raise DatasetError(
                f"Wrong time of a decision. Expected seconds from 0 to {END_OF_TIME:,}. Received: {shown(self.time)}."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change that can be undone; `before` is the earlier decision about the image, None if there was none."""

    image: ImageRef
    before: Decision | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelOverlay:
    """All decisions about one data set, at most one for each image.

    Attributes:
        decisions: the oldest first.
        changes: the last ones, which can be undone; the newest is at the end.

    Raises:
        DatasetError: two decisions are about one image.
    """

    decisions: tuple[Decision, ...] = ()
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if len({decision.image for decision in self.decisions}) != len(self.decisions):
            raise DatasetError("Two decisions are about the same image. Expected at most one for each.")

    def __len__(self) -> int:
        return len(self.decisions)

    def of(self, image: ImageRef) -> Decision | None:
        """What was decided about an image; None if nothing was."""
        return next((decision for decision in self.decisions if decision.image == image), None)

    def of_split(self, split: SplitName) -> dict[int, Decision]:
        """The decisions about the images of a split by their rows, the oldest first."""
        return {decision.image.row: decision for decision in self.decisions if decision.image.split == split}

    def decided(self, decision: Decision) -> LabelOverlay:
        """With this decision, which replaces an earlier one about the image; to decide the same again is no change."""
        before = self.of(decision.image)
        if before is not None and (before.kind, before.label) == (decision.kind, decision.label):
            return self
        return self._replaced(decision.image, decision)._noting(Change(image=decision.image, before=before))

    def withdrawn(self, image: ImageRef) -> LabelOverlay:
        """Without the decision about an image; the same if there is none."""
        before = self.of(image)
        return self if before is None else self._replaced(image, None)._noting(Change(image=image, before=before))

    def undone(self) -> LabelOverlay:
        """As it was before the last change; the same if no change is known."""
        if not self.changes:
            return self
        last = self.changes[-1]
        return LabelOverlay(decisions=self._replaced(last.image, last.before).decisions, changes=self.changes[:-1])

    def _replaced(self, image: ImageRef, decision: Decision | None) -> LabelOverlay:
        others = [other for other in self.decisions if other.image != image]
        found = others if decision is None else sorted([*others, decision], key=lambda other: other.time)
        return LabelOverlay(decisions=tuple(found), changes=self.changes)

    def _noting(self, change: Change) -> LabelOverlay:
        return LabelOverlay(decisions=self.decisions, changes=(*self.changes, change)[-MAX_UNDO:])
