"""How a dashboard starts that serves a class."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.class_server import class_options, own_hosts
from mnist_core.classroom.people import create_class
from mnist_core.environment import child_environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_class(tmp_path / "class", title="7b", teacher="Ms Curie")
    return tmp_path / "class"


def test_other_machines_reach_it_by_its_names_and_no_others(folder: Path) -> None:
    options = class_options(folder, ["--server.port", "8600"])
    assert options[:4] == ["--server.port", "8600", "--server.address", "0.0.0.0"]
    hosts = [value for name, value in zip(options, options[1:], strict=False) if name == "--server.allowedHosts"]
    assert {"localhost", "127.0.0.1"} < set(hosts)
    assert "*" not in hosts
    assert options[options.index("--browser.serverAddress") + 1] == own_hosts()[0]


@pytest.mark.parametrize("stated", [["--server.address", "127.0.0.1"], ["--server.address=127.0.0.1"]])
def test_what_is_stated_counts(folder: Path, stated: list[str]) -> None:
    assert "0.0.0.0" not in class_options(folder, stated)


def test_a_folder_without_a_class_is_refused_in_a_sentence(tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "dashboard", "--server.port", "0"],
        env={**child_environment(), "MNIST_STUDIO_CLASS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert started.returncode == 2
    assert str(tmp_path) in started.stderr
    assert len(started.stderr.splitlines()) == 1
