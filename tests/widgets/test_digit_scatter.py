from __future__ import annotations

import pytest

from dashboard.widgets import component
from dashboard.widgets.digit_scatter import _event


@pytest.mark.parametrize(
    ("sent", "picked", "lassoed"),
    [
        (None, None, None),
        ({"picked": 3}, 3, None),
        ({"picked": 10}, None, None),
        ({"picked": -1}, None, None),
        ({"picked": "3"}, None, None),
        ({"picked": True}, None, None),
        ({"picked": float("nan")}, None, None),
        ({"lassoed": [4, 2, 2]}, None, (2, 4)),
        ({"lassoed": []}, None, ()),
        ({"lassoed": [1, 99, "x", None, 2.5]}, None, (1,)),
        ({"lassoed": list(range(99))}, None, None),
        ({"lassoed": "12"}, None, None),
    ],
)
def test_what_the_browser_sends_of_a_map_is_checked(
    monkeypatch: pytest.MonkeyPatch, sent: object, picked: int | None, lassoed: tuple[int, ...] | None
) -> None:
    monkeypatch.setattr(component, "widget_value", lambda key: sent)
    event = _event("test.map", 10)
    assert (event.picked, event.lassoed) == (picked, lassoed)
