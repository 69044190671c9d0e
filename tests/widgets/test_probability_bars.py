from __future__ import annotations

import pytest

from dashboard.widgets.probability_bars import per_cent


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "<0.1%"), (0.0004, "<0.1%"), (0.0005, "0.1%"), (0.5, "50.0%"), (0.9994, "99.9%"), (1.0, ">99.9%")],
)
def test_nothing_is_called_certain_or_impossible(share: float, text: str) -> None:
    assert per_cent(share) == text
