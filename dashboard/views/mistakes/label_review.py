"""The suspect labels of some predictions with what was decided about them."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.context.reviewed_labels import label_overlay
from dashboard.shared.digits.digit_list import DigitList, Place
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.label_overlay.overlay import Decision, LabelOverlay
from mnist_core.evaluation.predictions import Position
from mnist_core.evaluation.relabelled import suspects


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Review:
    """The suspect labels of some predictions, the most suspect first, and what was decided about them.

    Attributes:
        decisions: about images of this split, by their rows; also about images whose label is not suspect here.
    """

    found: Evaluated
    dataset: Dataset
    overlay: LabelOverlay
    suspects: DigitList
    decisions: dict[int, Decision]

    def decision_at(self, position: Position) -> Decision | None:
        return self.decisions.get(self.found.predictions.row_at(position))

    def reread(self) -> Review:
        """The same with what was decided since."""
        return _with_overlay(self.found, self.dataset, self.suspects)

    @property
    def n_reviewed(self) -> int:
        """How many of the suspect labels were reviewed."""
        return sum(row in self.decisions for row in self.found.predictions.index[self.suspects.positions].tolist())

    def next_open(self, after: Place) -> Position | None:
        """The next suspect label to review; behind the last one, the first; None if all were reviewed."""
        n = len(self.suspects)
        places = (Place((after + 1 + step) % n) for step in range(n))
        return next((at for place in places if self.decision_at(at := self.suspects.position_at(place)) is None), None)


def read_review(found: Evaluated, dataset: Dataset) -> Review:
    """The review as it stands now.

    Raises:
        DatasetError: the file of the decisions is damaged.
    """
    return _with_overlay(found, dataset, DigitList(suspects(found.predictions)))


def _with_overlay(found: Evaluated, dataset: Dataset, suspects: DigitList) -> Review:
    overlay = label_overlay(dataset)
    decisions = overlay.of_split(SplitName(found.data_split))
    return Review(found=found, dataset=dataset, overlay=overlay, suspects=suspects, decisions=decisions)
