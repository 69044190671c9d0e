from __future__ import annotations

import pytest

from dashboard.widgets.quantities import about, shown_bytes, shown_count, shown_seconds


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.00 k"),
        (999_600, "1.00 M"),
        (12_345, "12.3 k"),
        (4_510_000, "4.51 M"),
        (2e9, "2.00 G"),
    ],
)
def test_counts_have_three_digits(number: float, text: str) -> None:
    assert shown_count(number) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 B"), (640, "640 B"), (100_352, "100 kB"), (1.5e9, "1.50 GB")])
def test_bytes_have_a_unit(number: float, text: str) -> None:
    assert shown_bytes(number) == text


DURATIONS = (
    (0.04, "0.0 s"),
    (9.9, "9.9 s"),
    (9.96, "10 s"),
    (75, "75 s"),
    (99.6, "1 min 40 s"),
    (120, "2 min"),
    (200, "3 min 20 s"),
    (599.7, "10 min"),
    (3_599, "1 h"),
    (7_500, "2 h 5 min"),
)


@pytest.mark.parametrize(("seconds", "text"), DURATIONS)
def test_durations_are_rounded_for_display(seconds: float, text: str) -> None:
    assert shown_seconds(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "5 seconds"),
        (18, "20 seconds"),
        (52, "50 seconds"),
        (53, "a minute"),
        (89, "a minute"),
        (150, "2 minutes"),
        (7_300, "2 hours"),
    ],
)
def test_a_time_is_rounded_as_one_says_it(seconds: float, words: str) -> None:
    assert about(seconds) == words
