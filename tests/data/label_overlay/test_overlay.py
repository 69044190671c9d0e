"""Decisions about labels: at most one for each image, and the last changes can be undone one by one."""

from __future__ import annotations

from typing import Any

import pytest

from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import MAX_UNDO, Decision, DecisionKind, LabelOverlay
from mnist_core.errors import DatasetError


def image(row: int, split: SplitName = SplitName.TEST) -> ImageRef:
    return ImageRef(split=split, row=row)


def keep(row: int, time: float = 1.0, split: SplitName = SplitName.TEST) -> Decision:
    return Decision(image=image(row, split), kind=DecisionKind.KEEP, time=time)


def relabel(row: int, label: int, time: float = 1.0) -> Decision:
    return Decision(image=image(row), kind=DecisionKind.RELABEL, label=label, time=time)


def after(*decisions: Decision) -> LabelOverlay:
    found = LabelOverlay()
    for decision in decisions:
        found = found.decided(decision)
    return found


def test_a_later_decision_replaces_the_one_about_the_same_image() -> None:
    found = after(keep(5, 1), keep(6, 2), relabel(5, 3, 4))
    assert found.decisions == (keep(6, 2), relabel(5, 3, 4))
    assert found.of(image(5)) == relabel(5, 3, 4)
    assert found.of(image(5, SplitName.TRAIN)) is None


def test_rows_of_one_split_are_not_those_of_the_other() -> None:
    found = after(keep(5, 1), keep(5, 2, SplitName.TRAIN), keep(7, 3, SplitName.TRAIN))
    assert list(found.of_split(SplitName.TEST)) == [5]
    assert list(found.of_split(SplitName.TRAIN)) == [5, 7]


def test_every_change_is_undone_in_turn() -> None:
    first = after(keep(5, 1), relabel(6, 2, 2))
    changed = first.decided(relabel(5, 9, 3))
    without = changed.withdrawn(image(6))
    assert without.undone().decisions == changed.decisions
    assert without.undone().undone().decisions == first.decisions
    assert without.undone().undone().undone().decisions == (keep(5, 1),)
    assert len(without.undone().undone().undone().undone().undone()) == 0


def test_to_decide_the_same_again_is_no_change_to_undo() -> None:
    once = after(relabel(5, 9, 1))
    assert once.decided(relabel(5, 9, 2)) == once
    assert once.withdrawn(image(6)) == once
    assert len(once.decided(relabel(5, 8, 2)).changes) == 2


def test_only_the_last_changes_can_be_undone() -> None:
    found = after(*(keep(row, row) for row in range(MAX_UNDO + 5)))
    for _ in range(MAX_UNDO + 5):
        found = found.undone()
    assert list(found.of_split(SplitName.TEST)) == list(range(5))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": DecisionKind.RELABEL},
        {"kind": DecisionKind.RELABEL, "label": 10},
        {"kind": DecisionKind.RELABEL, "label": -1},
        {"kind": DecisionKind.RELABEL, "label": True},
        {"kind": DecisionKind.RELABEL, "label": 2.0},
        {"kind": DecisionKind.KEEP, "label": 3},
        {"kind": DecisionKind.AMBIGUOUS, "label": 30},
        {"kind": DecisionKind.KEEP, "time": float("nan")},
        {"kind": DecisionKind.KEEP, "time": 1e300},
        {"kind": DecisionKind.KEEP, "time": -1e14},
        {"kind": DecisionKind.KEEP, "image": ImageRef(split=SplitName.TEST, row=-1)},
    ],
)
def test_decisions_that_say_nothing_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match="Expected"):
        Decision(**{"image": image(1), "time": 1.0, **values})


def test_two_decisions_about_one_image_are_refused() -> None:
    with pytest.raises(DatasetError, match="at most one"):
        LabelOverlay(decisions=(keep(5), relabel(5, 2)))
