"""A study: the record of one search, in a folder of its own beside the runs.

    <runs>/studies/<name>/study.json    space and settings
    <runs>/studies/<name>/trials.sqlite what Optuna knows of the trials, unless a database is used
    <runs>/studies/<name>/trials.json   the trials as the tuner saw them last, for readers without Optuna
    <runs>/studies/<name>/state.json    what the tuner does, and how long it has searched
    <runs>/studies/<name>/finals.json   the finalists that are trained again, once there are some
    <runs>/studies/<name>/tuner.log     what the tuner process printed

Each trial is an ordinary run beside the other runs. It has the tag `study:<name>`, and in its `run.json` the field
`study`, with the name, the time the study was made, and the number of the trial.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from mnist_core.data.sources.catalogue import list_datasets
from mnist_core.errors import ConfigError, StudyError, StudyNotFoundError
from mnist_core.fields import check_fields, choice, from_dict, integer, real, to_dict
from mnist_core.files import write_json
from mnist_core.jobs.queue import MAX_QUEUED
from mnist_core.jobs.sharing import MAX_PARALLEL
from mnist_core.training.limits import accident
from mnist_core.tuning.space import Space
from mnist_core.tuning.variables import label_of

SCHEMA = 1
FOLDER = "studies"
MAX_NAME = 30
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MAX_NAME - 1}}}", re.ASCII)
TAG = "study:"
MAX_TRIALS = 2000
MAX_GRID = 1000
MAX_MINUTES = 7 * 24 * 60


class Method(StrEnum):
    """How the next point is chosen."""

    TPE = "tpe"
    RANDOM = "random"
    GRID = "grid"


class Pruning(StrEnum):
    """When a trial is stopped early, by its validation accuracy."""

    NONE = "off"
    MEDIAN = "median"
    HALVING = "halving"


class Cost(StrEnum):
    """What is kept low beside a high validation accuracy."""

    NONE = "off"
    PARAMETERS = "parameters"
    MULTIPLY_ADDS = "multiply_adds"
    SECONDS = "seconds"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudySettings:
    """How a space is searched."""

    trials: int | None = integer(
        20,
        low=1,
        high=MAX_TRIALS,
        optional=True,
        basic=True,
        label="Trials",
        help="The search ends after this many trials.",
    )
    minutes: float | None = real(
        None,
        low=0.0,
        above_low=True,
        high=MAX_MINUTES,
        step=5,
        optional=True,
        basic=True,
        label="Minutes",
        help="The search ends after this time. Trials that are not finished then are stopped with a checkpoint.",
    )
    workers: int = integer(
        1,
        low=1,
        high=MAX_QUEUED,
        basic=True,
        label="Parallel trials",
        help=f"Trials in training at the same time. On one machine they share the CPU, so each takes longer; more than "
        f"{MAX_PARALLEL} are for a cluster.",
    )
    method: Method = choice(
        Method.TPE,
        Method,
        basic=True,
        label="Method",
        help="TPE tries more points near the good ones; random ignores earlier trials; grid tries every point.",
    )
    pruning: Pruning = choice(
        Pruning.MEDIAN,
        Pruning,
        basic=True,
        label="Pruning",
        help="Stop weak trials early, by their validation accuracy: those below the median of the others at the same "
        "epoch, or all but the best third at every stage (successive halving).",
    )
    cost: Cost = choice(
        Cost.NONE,
        Cost,
        basic=True,
        label="Also minimise",
        help="Search for a high validation accuracy and a low cost at once. Trials are not pruned then.",
    )
    seed: int = integer(0, low=0, high=2**31 - 1, label="Seed of the search", help="Decides which points are tried.")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.trials is None and self.minutes is None:
            words = "Give the search a number of trials or of minutes."
            raise ConfigError(f"The search has no budget. Expected `trials`, `minutes` or both. {words}", words=words)
        if self.cost is not Cost.NONE and self.pruning is not Pruning.NONE:
            object.__setattr__(self, "pruning", Pruning.NONE)  # Optuna prunes by a single number only


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """One search.

    Attributes:
        storage: host and name of the database that coordinates it; empty for the file in its folder.
    """

    name: str
    space: Space
    settings: StudySettings
    storage: str = ""
    created_at: float = 0.0

    @property
    def tag(self) -> str:
        """The tag of its runs."""
        return tag_of(self.name)

    def to_dict(self) -> dict[str, Any]:
        """The study in JSON's types."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "created_at": self.created_at,
            "storage": self.storage,
            "settings": to_dict(self.settings),
            "space": self.space.to_dict(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class DamagedStudy:
    """A study that cannot be read, and why."""

    name: str
    reason: str


def tag_of(name: str) -> str:
    """The tag of the runs of a study."""
    return f"{TAG}{name}"


def checked_name(text: str) -> str:
    """A name that may become part of a path.

    Raises:
        ConfigError: it may not.
    """
    if not isinstance(text, str) or NAME.fullmatch(text) is None:
        expected = f"1 to {MAX_NAME} letters, digits, hyphens and underscores, the first a letter or a digit"
        raise ConfigError.invalid("study", expected=expected, received=text, words=f"Name the search with {expected}.")
    return text


def study_folder(root: Path, name: str) -> Path:
    """The folder of a study; it may not exist.

    Args:
        root: the folder of runs.

    Raises:
        ConfigError: the name may not become part of a path.
    """
    return root / FOLDER / checked_name(name)


def create_study(root: Path, study: Study) -> Study:
    """Store a new study.

    Raises:
        ConfigError: its name is not allowed, its grid has too many points, or its base design, which is one of the
            points, should not be trained on this machine.
        StudyError: there is one of that name, or the folder cannot be written.
    """
    folder = study_folder(root, study.name)
    check_grid(study.space, study.settings)
    check_base(study.space)
    made = replace(study, created_at=study.created_at or time.time())
    draft = folder.parent / f".new-{study.name}-{os.getpid()}"
    try:
        draft.mkdir(parents=True, exist_ok=True)
        write_json(draft / "study.json", made.to_dict())
        os.rename(draft, folder)  # fails if there is one, which has files
    except OSError as error:
        if folder.is_dir():
            raise StudyError(f"There is already a search `{study.name}`. Choose another name.") from None
        raise StudyError(f"The study could not be saved in {folder.parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def check_grid(space: Space, settings: StudySettings) -> None:
    """Raise `ConfigError` if the space is too large, or has too many points to count, for a grid."""
    if settings.method is not Method.GRID:
        return
    if space.count is None:
        names = [label_of(space.base, one.setting) for one in space.dimensions if one.count is None]
        words = f"A grid needs a step or a list of values for: {', '.join(names)}."
        raise ConfigError(f"The space cannot be searched as a grid: it has ranges without a step. {words}", words=words)
    if space.count > MAX_GRID:
        raise ConfigError(
            f"The grid is too large. Expected at most {MAX_GRID:,} points. Received: {space.count:,}. "
            "Search it with TPE or at random, or give the ranges wider steps."
        )


def check_base(space: Space) -> None:
    """Raise `ConfigError` if the base design should not be trained on this machine.

    One that the space does not hold is not trained; nothing is known of a data set that is not here.
    """
    images = next((info.train_images for info in list_datasets() if info.name == space.base.dataset), 0)
    if not images or space.base_point is None:
        return
    if (problem := accident(space.base, train_images=images)) is not None:
        raise problem


def read_study(root: Path, name: str) -> Study:
    """A stored study.

    Raises:
        ConfigError: the name may not become part of a path.
        StudyNotFoundError: there is none of that name.
        StudyError: it cannot be read, or is of another version.
    """
    path = study_folder(root, name) / "study.json"
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise StudyNotFoundError(f"There is no study `{name}` in {root / FOLDER}.") from None
    except (OSError, ValueError, RecursionError):
        raise StudyError(f"The study `{name}` is damaged: its study.json cannot be read.") from None
    return study_from_dict(document, name)


def study_from_dict(document: Any, name: str) -> Study:
    """The study in the output of `Study.to_dict`.

    Raises:
        StudyError: it is of another version, or damaged.
    """
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise StudyError(
            f"The study `{name}` is of another version. Expected schema {SCHEMA}. Received: {schema!r:.40}."
        )
    try:
        return Study(
            name=name,
            space=Space.from_dict(document["space"]),
            settings=from_dict(StudySettings, document["settings"], "settings"),
            storage=str(document.get("storage") or ""),
            created_at=float(document.get("created_at") or 0.0),
        )
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise StudyError(f"The study `{name}` is damaged: {' '.join(str(error).split()):.200}") from None


def set_settings(root: Path, name: str, settings: StudySettings) -> Study:
    """Change how a study is searched, such as its budget.

    Raises:
        StudyError: there is no such study, or it cannot be written.
    """
    study = replace(read_study(root, name), settings=settings)
    check_grid(study.space, settings)
    try:
        write_json(study_folder(root, name) / "study.json", study.to_dict())
    except OSError as error:
        raise StudyError(f"The study `{name}` could not be saved: {error.strerror}.") from error
    return study


def study_names(root: Path) -> tuple[str, ...]:
    """The names of all studies, also of those that cannot be read."""
    try:
        return tuple(
            sorted(path.name for path in (root / FOLDER).iterdir() if NAME.fullmatch(path.name) and path.is_dir())
        )
    except OSError:
        return ()


def list_studies(root: Path) -> tuple[Study | DamagedStudy, ...]:
    """All studies, the newest first; then those that cannot be read."""
    found: list[Study] = []
    damaged: list[DamagedStudy] = []
    for name in study_names(root):
        try:
            found.append(read_study(root, name))
        except ConfigError:
            reason = f"The search `{name}` cannot be read. It may be of another version of MNIST Studio, or damaged."
            damaged.append(DamagedStudy(name=name, reason=reason))
        except StudyError as error:
            damaged.append(DamagedStudy(name=name, reason=str(error)))
    return (*sorted(found, key=lambda study: -study.created_at), *damaged)
