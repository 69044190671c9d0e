"""Deciding about the labels of one data set, with the checks that only its images allow."""

from __future__ import annotations

from pathlib import Path

from mnist_core import environment
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay import store
from mnist_core.data.label_overlay.overlay import Decision, DecisionKind, LabelOverlay
from mnist_core.errors import ConfigError, DatasetError, shown
from mnist_core.fields import as_integer


class LabelReview:
    """What is decided about the labels of a data set, and ways to decide. It is read anew at every question.

    Attributes:
        dataset: the data set, which stays as it is.
        folder: the folder of data sets, which keeps the decisions.
    """

    def __init__(self, dataset: Dataset, folder: Path | None = None) -> None:
        self.dataset, self.folder = dataset, folder or environment.data_folder()

    @property
    def overlay(self) -> LabelOverlay:
        """All decisions, the oldest first.

        Raises:
            DatasetError: their file is damaged.
        """
        return store.read_overlay(self.folder, self.dataset.sha256, n_rows=self._n_rows)

    @property
    def _n_rows(self) -> store.RowCounts:
        return {name: len(self.dataset.split(name)) for name in SplitName}

    def decide(self, split: str, row: int, kind: str, label: int | None = None) -> Decision:
        """Save a decision about a label; it replaces an earlier one. To relabel with the same label is to keep it.

        Args:
            split: `train` or `test`.
            row: of the image in the split, from 0.
            kind: `keep`, `relabel` or `ambiguous`.
            label: the new label, 0 to 9, to relabel.

        Raises:
            ConfigError: there is no such kind.
            DatasetError: there is no such image or label, or the decision cannot be saved.
        """
        if kind not in tuple(DecisionKind):
            raise ConfigError.invalid("kind", expected="one of " + ", ".join(DecisionKind), received=kind)
        image = self.image(split, row)
        number = as_integer(label)
        if kind == DecisionKind.RELABEL and number == self.label(image):
            kind, label, number = DecisionKind.KEEP, None, None
        wanted = label if number is None else number  # what is no integer is refused where it is to be saved
        return store.decide(self.folder, self.dataset.sha256, image, DecisionKind(kind), wanted, n_rows=self._n_rows)

    def remove(self, split: str, row: int) -> bool:
        """Remove the decision about a label; returns whether there was one.

        Raises:
            DatasetError: there is no such image, or the change cannot be saved.
        """
        image = self.image(split, row)
        if self.overlay.of(image) is None:
            return False
        store.withdraw(self.folder, self.dataset.sha256, image, n_rows=self._n_rows)
        return True

    def undo(self) -> ImageRef | None:
        """Undo the last change; returns the image that it was about, None if no change is known.

        Raises:
            DatasetError: the change cannot be saved.
        """
        return store.undo(self.folder, self.dataset.sha256, n_rows=self._n_rows)

    def image(self, split: str, row: int) -> ImageRef:
        """The image in this row of a split.

        Raises:
            DatasetError: there is none.
        """
        n, number = len(self.dataset.split(split)), as_integer(row)
        if number is None or not 0 <= number < n:
            raise DatasetError(
                f"There is no such row in the {split} split of {self.dataset.name}. Expected 0 to {n - 1}. "
                f"Received: {shown(row)}."
            )
        return ImageRef(split=SplitName(split), row=number)

    def label(self, image: ImageRef) -> int:
        """The label that an image has in the data set, whatever was decided."""
        return int(self.dataset.split(image.split).labels[image.row])
