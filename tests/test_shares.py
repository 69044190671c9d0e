"""One function writes shares: its texts, and that nothing else writes percentages."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mnist_core.shares import (
    shown_area,
    shown_level,
    shown_points,
    shown_probability,
    shown_progress,
    shown_range,
    shown_share,
)
from tests.sources import ROOT, is_excepted, name_of, sources

FOLDERS = ("dashboard", "mnist_core", "pages")

NOT_SHARES = {
    ("dashboard/charts/theme.py", ".1~%"): "the ticks of an axis, at round numbers",
    ("dashboard/views/train/monitor.py", "cpu_percent"): "the load of a machine, beyond 100%",
    ("mnist_core/models/memory.py", "MEMORY_LIMIT.value"): "a whole number that was set",
    ("mnist_core/training/limits.py", "MEMORY_LIMIT.value"): "a whole number that was set",
    ("mnist_core/export/script_parts.py", "found['accuracy']:.2%"): "Python code as text",
}
"""Percentages that are not written by `mnist_core.shares`, and why."""

FORMAT = re.compile(r"(?<!\d)\.\d+~?%|^percent$|%\s?%%")
"""A format of Python or Plotly, or one of a table of Streamlit, that writes a percentage."""


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.00004, "<0.01%"),
        (0.00005, "0.01%"),
        (0.5, "50.00%"),
        (0.9856, "98.56%"),
        (0.9955, "99.55%"),
        (0.9999, "99.99%"),
        (0.99996, ">99.99%"),
        (1 - 1e-9, ">99.99%"),
        (1.0, "100%"),
        (0.1 + 0.2 + 0.7, "100%"),  # which is 1.0000000000000002 in some orders
        (math.nan, "–"),
    ],
)
def test_a_share_has_two_decimals_and_its_ends_are_exact(share: float, text: str) -> None:
    assert shown_share(share) == text


def test_a_share_of_any_count_is_all_or_nothing_only_if_the_count_is() -> None:
    for n in (1, 7, 30, 999, 10_000, 60_000, 280_000):
        for k in {0, 1, n // 2, n - 1, n}:
            assert (shown_share(k / n) == "100%") == (k == n)
            assert (shown_share(k / n) == "0%") == (k == 0)


def test_a_share_of_ten_thousand_is_the_count_itself() -> None:
    for k in range(1, 10_000):
        assert Fraction(shown_share(k / 10_000).removesuffix("%")) * 100 == k


@pytest.mark.parametrize(("probability", "text"), [(0.0, "<0.01%"), (0.25, "25.00%"), (1.0, ">99.99%")])
def test_no_probability_is_called_certain_or_impossible(probability: float, text: str) -> None:
    assert shown_probability(probability) == text
    assert shown_probability(float(np.float32(probability))) == text


@pytest.mark.parametrize(("level", "text"), [(0.95, "95%"), (0.07, "7%"), (0.025, "2.5%"), (1.0, "100%")])
def test_a_level_is_written_as_it_was_set(level: float, text: str) -> None:
    assert shown_level(level) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.0173, "+1.73 points"), (-0.5, "-50.00 points"), (0.0, "0.00 points"), (-1e-9, "0.00 points")],
)
def test_a_difference_of_shares_is_in_points(difference: float, text: str) -> None:
    assert shown_points(difference) == text


def test_work_is_done_only_when_all_of_it_is() -> None:
    assert [shown_progress(share) for share in (0.0, 0.29, 0.996, 1.0)] == ["0%", "29%", "99%", "100%"]


def test_a_range_names_both_ends() -> None:
    assert shown_range(0.98, 1.0) == "98.00% to 100%"


def percentages(path: Path) -> Iterator[str]:
    """Every text of a file that turns a number into a percentage, or writes a percent sign behind one."""
    text = path.read_text(encoding="utf-8")
    if "%" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            for value, after in pairwise(node.values):
                is_number = isinstance(value, ast.FormattedValue)
                if is_number and isinstance(after, ast.Constant) and re.match(r" ?%(?!\{)", str(after.value)):
                    yield ast.unparse(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and FORMAT.search(node.value):
            yield node.value


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_else_writes_percentages(folder: str) -> None:
    found = [
        f"{name_of(path)}: {text}"
        for path in sources(folder)
        if name_of(path) != "mnist_core/shares.py"
        for text in percentages(path)
        if not is_excepted(text, path, NOT_SHARES)
    ]
    assert found == []


def test_no_script_of_the_browser_writes_percentages() -> None:
    """The browser sets widths and places in percent; texts come written."""
    style = re.compile(r"style|width|left|setProperty|top")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "dashboard").rglob("*.js"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\}\s?%", line) and not style.search(line)
    ]
    assert found == []


def test_every_exception_is_needed() -> None:
    for name, fragment in NOT_SHARES:
        assert any(fragment in text for text in percentages(ROOT / name)), f"{fragment} is not in {name} any more"


@pytest.mark.parametrize(
    ("area", "text"),
    [(1, "1"), (0.99996, ">0.9999"), (0.99994, "0.9999"), (0.5, "0.5000"), (0.00001, "<0.0001"), (0, "0")],
)
def test_an_area_is_1_or_0_only_if_it_is_exactly_that(area: float, text: str) -> None:
    assert shown_area(area) == text
    assert shown_area(math.nan) == "–"
