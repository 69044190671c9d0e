"""The toolbar of charts, and the name of the file that a chart is downloaded to."""

from __future__ import annotations

import pytest

from dashboard.widgets.chart import chart_config
from dashboard.widgets.file_names import file_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("two-conv loss", "two-conv-loss"),
        ("../../etc/passwd", "etc-passwd"),
        ("Größe <b>8</b> ✏ Verlust", "Größe-b-8-b-Verlust"),
        ("/\\:*?", "chart"),
        ("", "chart"),
    ],
)
def test_a_download_has_a_name_that_every_system_takes(name: str, expected: str) -> None:
    assert file_name(name) == expected


def test_a_long_name_is_cut() -> None:
    assert len(file_name("x" * 5000)) < 100


def test_every_chart_can_be_downloaded_and_only_some_zoomed() -> None:
    plain, zoomed = chart_config("run loss"), chart_config("run loss", can_zoom=True)
    for config in (plain, zoomed):
        assert config["toImageButtonOptions"]["filename"] == "run-loss"
        assert any("toImage" in group for group in config["modeBarButtons"])
    assert [any("zoom2d" in group for group in config["modeBarButtons"]) for config in (plain, zoomed)] == [False, True]
