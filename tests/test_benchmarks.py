"""What the benchmarks share: their figures, the table of all, and the short form of each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.__main__ import interrupt
from benchmarks.collected import BEGIN, DOCS, END, Collected, put_into_docs
from benchmarks.log_log import growth, log_log_chart
from benchmarks.report import Report, figure, report
from benchmarks.short_forms import LONG, SHORT
from mnist_core.environment import child_environment
from tests.conftest import ROOT


def collected(**failures: str) -> Collected:
    slow = figure("A page", [310.0, 290.0, 300.0], "ms", at_most=200)
    fast = figure("Speed, to plain Keras", [1.25], at_least=1)
    return Collected(
        machine={"Python": "3.11.7", "cores": "2"},
        seconds=61,
        reports=(report("pages", slow, fast),),
        failures=failures,
    )


def test_every_benchmark_has_a_place() -> None:
    found = {path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py")}
    assert found == {*SHORT, *LONG}


PARSED = """
import argparse, runpy, sys
parse = argparse.ArgumentParser.parse_args
def parse_only(parser):
    parse(parser)
    sys.exit()
argparse.ArgumentParser.parse_args = parse_only
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script until it has read its options: with `--help`, it would not look at the others."""


@pytest.mark.thorough
@pytest.mark.parametrize("name", SHORT)
def test_the_options_of_a_short_form_are_accepted(name: str) -> None:
    script = str(ROOT / "benchmarks" / f"bench_{name}.py")
    command = [sys.executable, "-c", PARSED, script, *SHORT[name].split()]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.thorough
def test_a_benchmark_runs_in_its_table(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "import", "--output", str(tmp_path / "found.json")]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=False)
    found = json.loads((tmp_path / "found.json").read_text())
    assert [one["benchmark"] for one in found["reports"]] == ["import"], done.stdout
    assert found["failures"] == {}
    assert all(one["value"] > 0 for one in found["reports"][0]["figures"])


def test_a_benchmark_that_is_interrupted_ends_what_it_has_started(tmp_path: Path) -> None:
    script = f"""
import pathlib, signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background a shell has it ignored
try:
    print("ready", flush=True)
    time.sleep(60)
finally:
    pathlib.Path({str(tmp_path / "ended")!r}).touch()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        interrupt(started)
    assert (tmp_path / "ended").exists()
    assert started.returncode != 0


def test_a_figure_is_the_median_or_another_percentile_with_its_spread() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    middle, slow = figure("x", values), figure("x", values, percentile=95)
    assert (middle.value, middle.low, middle.high, middle.n) == (50.5, 1, 100, 100)
    assert slow.value == np.percentile(values, 95)
    assert figure("x", 0.123456).value == 0.1235


@pytest.mark.parametrize(
    ("limits", "is_met"),
    [
        ({"at_most": 2}, True),
        ({"at_most": 1.9}, False),
        ({"at_least": 2}, True),
        ({"at_least": 2.1}, False),
        ({}, True),
    ],
)
def test_a_limit_is_met_or_not(limits: dict[str, float], is_met: bool) -> None:
    found = report("x", figure("y", [1, 2, 3], **limits))
    assert found.is_met is is_met
    assert found.shown() == (0 if is_met else 1)


def test_a_report_is_read_from_the_last_line_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    found = report("x", figure("y", [1.0, 2.0], "ms", at_most=3), recipe="lenet-5")
    found.shown()
    assert Report.from_json(capsys.readouterr().out.splitlines()[-1]) == found


def test_the_table_names_what_is_not_met_and_what_failed() -> None:
    lines = collected(draw="no Chromium").to_text().splitlines()
    assert [line.split()[-1] for line in lines[1:4]] == ["MET", "1", "FAILED"]
    for number in ("300 ms", "290", "310"):
        assert number in lines[1]
    assert "no Chromium" in lines[3]
    assert "Python: 3.11.7" in lines


def test_the_documentation_gets_the_table_and_keeps_the_rest(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Speed\n\n{BEGIN}\n\nold\n\n{END}\n\n## More\n", encoding="utf-8")
    put_into_docs(collected(), page)
    put_into_docs(collected(), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Speed\n")
    assert text.endswith("\n## More\n")
    assert "old" not in text
    assert text.count("| pages | A page | 300 ms | 290 | 310 | at most 200 | NOT MET |") == 1


def test_the_documentation_has_a_place_for_the_table() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


def test_growth_is_the_exponent() -> None:
    points = [(10.0, 3.0), (100.0, 30.0), (1000.0, 3000.0)]
    assert growth(points[:2]) == pytest.approx(1)
    assert growth(points) == pytest.approx(2)


def test_a_chart_places_points_by_their_logarithms() -> None:
    chart = log_log_chart("Time & more", [(10, 1), (100, 10), (1000, 100)], x_title="runs", y_title="s")
    circles = ElementTree.fromstring(chart).findall("{http://www.w3.org/2000/svg}circle")
    places = np.array([[float(circle.attrib[name]) for name in ("cx", "cy")] for circle in circles])
    steps = np.diff(places, axis=0)
    np.testing.assert_allclose(steps[0], steps[1], atol=0.2)
    assert steps[0, 0] > 0 > steps[0, 1], "to the right and up"
