"""Where things are on this machine. The only module of the dashboard that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

from mnist_core import environment

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `dashboard`, `mnist_core` and `pages`."""

FAVICON = ROOT / "dashboard" / "favicon.png"


def runs_folder() -> Path:
    """Where runs live; absolute, not necessarily there yet."""
    return environment.runs_folder()


def data_folder() -> Path:
    """Where data sets live; absolute, not necessarily there yet."""
    return environment.data_folder()


def enter_project() -> None:
    """Prepare this process to serve: settle the folders, then move to the project's root.

    Streamlit looks for `.streamlit/config.toml` in the current folder, and its reloader follows only what `PYTHONPATH`
    names. The folders of runs and data are settled first, because by default they lie in the folder of the person who
    starts the dashboard.
    """
    os.environ.update(environment.child_environment())
    os.chdir(ROOT)
