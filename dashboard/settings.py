"""Folders on this machine. The only module of the dashboard that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

from mnist_core import environment

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `dashboard`, `mnist_core` and `pages`."""

FAVICON = ROOT / "dashboard" / "favicon.png"


def runs_folder() -> Path:
    """The folder of runs; absolute, it may not exist yet."""
    return environment.runs_folder()


def data_folder() -> Path:
    """The folder of data sets; absolute, it may not exist yet."""
    return environment.data_folder()


def enter_project() -> None:
    """Prepare this process to serve: resolve the folders, then change to the project's root.

    Streamlit looks for `.streamlit/config.toml` in the current folder, and its reloader watches only what is on
    `PYTHONPATH`. The folders of runs and data are resolved first, because by default they are in the folder in which
    the dashboard is started.
    """
    os.environ.update(environment.child_environment())
    os.chdir(ROOT)
