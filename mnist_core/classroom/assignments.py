"""Assignments: a data set, what a run may cost to count, and a goal.

<class>/assignments/<id>.json     {"schema": 1, "title": ..., "dataset": ..., "max_parameters": ..., ...}
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_core import fields
from mnist_core.classroom.files import DAMAGED, changing, read_object, write_object
from mnist_core.errors import ClassError, ConfigError
from mnist_core.models.architecture import LIMITS
from mnist_core.runs.record import RunRecord, RunStatus, readable
from mnist_core.training.settings import TrainingSettings

FOLDER, LOCK = "assignments", ".lock"
MAX_ASSIGNMENTS = 200
ASSIGNMENT_ID = re.compile(r"a-[0-9a-f]{8}")
SHA256 = re.compile(r"[0-9a-f]{64}")

DAY_SECONDS = 86_400
LAST_TIME = 4_102_444_800
"""The year 2100, in seconds since 1970."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What a class is asked to do.

    Attributes:
        sha256: of the data set, which tells it from another one of that name.
        due_at, created_at: seconds since 1970.

    Raises:
        ConfigError: a value is not valid.
    """

    assignment_id: str
    title: str = fields.text("", max_length=80, label="Title", help="What the class sees first.")
    text: str = fields.text("", max_length=4000, label="Text", help="What to do, and what to hand in.")
    dataset: str = fields.text("", max_length=80, label="Data set", help="Runs on other images do not count.")
    sha256: str
    max_parameters: int | None = fields.integer(
        None,
        low=1,
        high=int(LIMITS["parameters"].value),
        optional=True,
        label="Largest number of parameters",
        help="Runs of larger networks do not count. Empty for any.",
    )
    max_epochs: int | None = fields.integer(
        None,
        low=1,
        high=int(fields.spec_of(TrainingSettings, "epochs").high or 1),
        optional=True,
        label="Largest number of epochs",
        help="Runs that have trained more epochs do not count. Empty for any.",
    )
    max_seconds: float | None = fields.real(
        None,
        low=0,
        above_low=True,
        high=DAY_SECONDS,
        optional=True,
        label="Longest training (seconds)",
        help="Runs that have trained for longer do not count. Empty for any.",
    )
    goal: float | None = fields.real(
        None, low=0, high=1, optional=True, label="Goal", help="The test accuracy to reach. Empty for none."
    )
    due_at: float | None = fields.real(
        None,
        low=0,
        high=LAST_TIME,
        optional=True,
        label="Due time",
        help="Runs that are completed later do not count. Empty for none.",
    )
    are_names_shown: bool = fields.flag(
        False, label="Show names on the board", help="If off, students see the names of others nowhere."
    )
    created_at: float = fields.real(0.0, low=0, high=LAST_TIME, label="Created", help="When the assignment was made.")

    def __post_init__(self) -> None:
        if not _is_id(self.assignment_id):
            raise ConfigError.invalid("id", expected="an id that was made here", received=self.assignment_id)
        fields.check_fields(self)
        for name in ("title", "dataset"):
            object.__setattr__(self, name, readable(getattr(self, name)))
            if not getattr(self, name):
                raise ConfigError.invalid(name, expected="at least one printable character", received="")
        object.__setattr__(self, "text", _printable(self.text))
        if not isinstance(self.sha256, str) or not SHA256.fullmatch(self.sha256):
            raise ConfigError.invalid("sha256", expected="the SHA-256 of a data set", received=self.sha256)


def new_assignment(**values: Any) -> Assignment:
    """An assignment that is made now, with a new id.

    Raises:
        ConfigError: a value is not valid.
    """
    return Assignment(assignment_id=f"a-{secrets.token_hex(4)}", created_at=time.time(), **values)


def is_within(assignment: Assignment, run: RunRecord) -> bool:
    """Whether a run counts."""
    return not reason_against(assignment, run)


def reason_against(assignment: Assignment, run: RunRecord) -> str:
    """Why a run does not count, in a sentence; empty if it does."""
    return next(_reasons(assignment, run), "")


def _reasons(assignment: Assignment, run: RunRecord) -> Iterator[str]:
    summary = run.summary
    if run.dataset is None or run.dataset.sha256 != assignment.sha256:
        yield "It is on another data set."
    if run.status is not RunStatus.COMPLETED:
        yield "It is not completed."
    if run.is_imported:
        yield "It was imported."
    if summary.validation_accuracy is None or summary.test_accuracy is None:
        yield "It has no scores."
    yield from _limits_exceeded(assignment, run)


def _limits_exceeded(assignment: Assignment, run: RunRecord) -> Iterator[str]:
    """A value that is not known exceeds every limit."""
    summary, finished_at = run.summary, run.finished_at
    if _exceeds(summary.parameters, assignment.max_parameters):
        yield f"It has {summary.parameters:,} parameters, more than {assignment.max_parameters:,}."
    if _exceeds(summary.epochs_done, assignment.max_epochs):
        yield f"It has trained {summary.epochs_done:,} epochs, more than {assignment.max_epochs:,}."
    if _exceeds(summary.train_seconds, assignment.max_seconds):
        yield f"It has trained for more than {assignment.max_seconds:,g} seconds."
    if _exceeds(finished_at if isinstance(finished_at, int | float) else None, assignment.due_at):
        yield "It was completed after the due time."


def _exceeds(value: float | None, limit: float | None) -> bool:
    return limit is not None and (value is None or value > limit)


class Assignments:
    """The assignments of the class in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def list(self) -> tuple[Assignment, ...]:
        """Every readable assignment, the newest first."""
        ids = (path.stem for path in self.folder.glob("a-*.json") if _is_id(path.stem))
        found = (self._read(assignment_id) for assignment_id in ids)
        return tuple(sorted((item for item in found if item is not None), key=_age, reverse=True))

    def get(self, assignment_id: str) -> Assignment:
        """The assignment with this id.

        Raises:
            ClassError: there is none, or it is damaged. A text that is not an id never becomes a path.
        """
        found = self._read(assignment_id) if _is_id(assignment_id) else None
        if found is None:
            raise ClassError(f"There is no assignment `{readable(str(assignment_id))!s:.60}` in the class.")
        return found

    def save(self, assignment: Assignment) -> None:
        """Save an assignment; one with the same id is replaced.

        Raises:
            ClassError: there are too many, or the folder cannot be written.
        """
        values = fields.to_dict(assignment)
        path = self._path(values.pop("assignment_id"))
        with self._changing():
            if not path.exists() and sum(1 for _ in self.folder.glob("a-*.json")) >= MAX_ASSIGNMENTS:
                raise ClassError(
                    f"The class has too many assignments. Expected at most {MAX_ASSIGNMENTS}. Delete some first."
                )
            write_object(path, values)

    def delete(self, assignment_id: str) -> None:
        """Delete an assignment; nothing happens if there is none. Runs are not touched.

        Raises:
            ClassError: the folder cannot be written.
        """
        if _is_id(assignment_id) and self._path(assignment_id).exists():
            with self._changing():
                self._path(assignment_id).unlink(missing_ok=True)

    def _changing(self) -> AbstractContextManager[None]:
        return changing(self.folder / LOCK, "The assignments", makes_folder=True)

    def _read(self, assignment_id: str) -> Assignment | None:
        try:
            values = read_object(self._path(assignment_id))
            return fields.from_dict(Assignment, {**values, "assignment_id": assignment_id}, "assignment")
        except (OSError, *DAMAGED):
            return None

    def _path(self, assignment_id: str) -> Path:
        return self.folder / f"{assignment_id}.json"


def _age(assignment: Assignment) -> tuple[float, str]:
    return assignment.created_at, assignment.assignment_id


def _is_id(text: object) -> bool:
    """Whether it has the form of an id; only then may it become part of a path."""
    return isinstance(text, str) and ASSIGNMENT_ID.fullmatch(text) is not None


def _printable(text: str) -> str:
    """A text with its lines and the spaces in them, without invisible characters."""
    lines = (line.expandtabs(4) for line in text.splitlines())
    return "\n".join("".join(filter(str.isprintable, line)).rstrip() for line in lines).strip("\n")
