from __future__ import annotations

import pytest

from dashboard.widgets.confusion_grid import Picked, _checked


@pytest.mark.parametrize(
    ("sent", "picked"),
    [
        ("cell-4-9", Picked(4, 9)),
        ("cell-0-0", Picked(0, 0)),
        ("true-3", Picked(3, None)),
        ("predicted-9", Picked(None, 9)),
    ],
)
def test_a_cell_a_row_or_a_column_is_picked(sent: str, picked: Picked) -> None:
    assert _checked(sent, 10) == picked


@pytest.mark.parametrize(
    "sent",
    ["cell-4", "cell-4-10", "cell-10-4", "true-4-9", "true-10", "predicted--1", "row-4", "cell-4-9 ", "", 4, None],
)
def test_whatever_else_the_browser_sends_is_nothing(sent: object) -> None:
    assert _checked(sent, 10) is None
