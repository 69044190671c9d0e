from __future__ import annotations

import pytest

from dashboard.charts.clicks import clicked_numbers


def event(carried):
    return {"selection": {"points": [{"customdata": carried}]}}


def test_the_numbers_that_a_point_carries_come_back():
    assert clicked_numbers(event([4, 9, 31]), 10, 10) == (4, 9)
    assert clicked_numbers(event([4.0]), 5) == (4,)


@pytest.mark.parametrize(
    "carried", [[5], [-1], [4.5], ["4"], [None], [True], [float("nan")], [], "4", {"0": 4}, None, 4]
)
def test_numbers_that_cannot_be_are_none(carried):
    assert clicked_numbers(event(carried), 5) is None


@pytest.mark.parametrize("sent", [None, "x", [], {}, {"selection": {"points": {}}}, {"selection": {"points": [None]}}])
def test_events_that_cannot_be_are_none(sent):
    assert clicked_numbers(sent, 5) is None
