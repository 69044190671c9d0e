"""Folders on this machine. The only module of the dashboard that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path

from mnist_core import environment

ROOT = Path(__file__).resolve().parents[1]
"""The folder that holds `dashboard`, `mnist_core` and `pages`."""

FAVICON = ROOT / "dashboard" / "favicon.png"


def runs_folder() -> Path:
    """The folder of runs; in a class, that of the person whose runs are shown. Absolute, it may not exist yet.

    Raises:
        SignedOutError: it is a class, and nobody has signed in.
    """
    folder = class_folder()
    if folder is None:
        return environment.runs_folder()
    from dashboard.state.person import looked_at  # without a class, nothing of it is loaded
    from mnist_core.classroom.people import runs_of

    return runs_of(folder, looked_at(folder).person_id)


def machine_folder() -> Path:
    """Where figures about this machine are kept: the folder of runs, or in a class the one around everybody's."""
    return environment.runs_folder()


def class_folder() -> Path | None:
    """The folder of the class that is served; None if the dashboard serves one person, who need not sign in."""
    return environment.class_folder()


def data_folder() -> Path:
    """The folder of data sets, which a class shares; absolute, it may not exist yet."""
    return environment.data_folder()


def enter_project() -> None:
    """Prepare this process to serve: resolve the folders, then change to the project's root.

    Streamlit looks for `.streamlit/config.toml` in the current folder, and its reloader watches only what is on
    `PYTHONPATH`. The folders of runs and data are resolved first, because by default they are in the folder in which
    the dashboard is started. In a class, the folder of runs is the one that holds everybody's.
    """
    folder = class_folder()
    if folder is not None:
        os.environ.update(MNIST_STUDIO_CLASS=str(folder), MNIST_STUDIO_RUNS=str(folder / environment.CLASS_RUNS))
    os.environ.update(environment.child_environment())
    os.chdir(ROOT)
