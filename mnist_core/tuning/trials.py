"""The trials of a study, as every reader sees them: what the tuner noted, and what the run directories say."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from mnist_core.fields import to_dict
from mnist_core.files import write_json
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.tuning.study import Cost, Study, tag_of

FILE = "trials.json"
FEW_COMPLETED = 4
"""With fewer completed trials, importances would be noise."""


class TrialState(StrEnum):
    """The state of a trial: first the final ones, then those from which it can go on."""

    COMPLETED = "completed"
    PRUNED = "pruned"  # stopped early, by the search or by a person
    FAILED = "failed"
    REFUSED = "refused"  # its design cannot be built, so it has no run
    DELETED = "deleted"  # it was trained, but its run is gone

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # goes on when the search does
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """True if the trial will not go on."""
        return self in (
            TrialState.COMPLETED,
            TrialState.PRUNED,
            TrialState.FAILED,
            TrialState.REFUSED,
            TrialState.DELETED,
        )


def study_note(run: RunRecord) -> Mapping[str, Any]:
    """What a run notes of the study that it belongs to; empty for a run of a person."""
    noted = run.document.get("study")
    return noted if isinstance(noted, dict) else {}


def note_for(study: Study, **more: int) -> dict[str, Any]:
    """What a run of a study notes; another study may have had the same name."""
    return {"name": study.name, "created": study.created_at, **more}


def runs_of(store: RunStore, study: Study) -> tuple[RunRecord, ...]:
    """The runs of a study, trials and finalists; older runs note its name alone."""
    named = runs_naming(store, study.name)
    return tuple(run for run in named if study_note(run).get("created", study.created_at) == study.created_at)


def runs_naming(store: RunStore, name: str) -> tuple[RunRecord, ...]:
    """The runs that name a study, or an earlier one of the same name; a tag alone makes none."""
    tagged = store.find(RunQuery(conditions=(equal("tag", tag_of(name)),)))
    return tuple(run for run in tagged if study_note(run).get("name") == name)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialNote:
    """What the tuner notes of a trial.

    Attributes:
        number: from 0, in the order of the search.
        state: final, or `running` for every one that is not.
        value: validation accuracy of the best epoch, None before the first.
        is_elsewhere: whether its run is on another machine.
    """

    number: int
    state: TrialState
    point: Mapping[str, Any]
    run_id: str | None = None
    value: float | None = None
    reason: str = ""
    is_elsewhere: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A trial with what its run says.

    Attributes:
        value: validation accuracy of the best epoch so far; None before the first.
        run: None if there is none here.
    """

    number: int
    state: TrialState
    point: Mapping[str, Any]
    run_id: str | None
    value: float | None
    reason: str
    run: RunRecord | None = field(default=None, repr=False)

    def cost(self, measure: Cost) -> float | None:
        """What the trial costs; None if that is not known."""
        return cost_of(self.run, measure) if self.run is not None else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trials:
    """All trials of a study, in their order.

    Attributes:
        importances: share of each setting in being good, the most important first; empty with too few trials.
    """

    trials: tuple[Trial, ...] = ()
    importances: Mapping[str, float] = field(default_factory=dict)

    @property
    def completed(self) -> tuple[Trial, ...]:
        """Those that were trained to the end and have their run."""
        return tuple(trial for trial in self.trials if trial.state is TrialState.COMPLETED and trial.value is not None)

    @property
    def best(self) -> Trial | None:
        """The completed trial with the highest validation accuracy, of equal ones the first."""
        return max(self.completed, key=lambda trial: (trial.value or 0.0, -trial.number), default=None)

    def count(self, *states: TrialState) -> int:
        """How many are in one of these states."""
        return sum(trial.state in states for trial in self.trials)

    def front(self, measure: Cost) -> tuple[Trial, ...]:
        """The completed trials that no other one beats in both accuracy and cost, the cheapest first."""
        known = [(trial.cost(measure), trial) for trial in self.completed]
        points = [(cost, trial.value or 0.0, trial) for cost, trial in known if cost is not None]
        found: list[Trial] = []
        for _, value, trial in sorted(points, key=lambda point: (point[0], -point[1], point[2].number)):
            if not found or value > (found[-1].value or 0.0):
                found.append(trial)
        return tuple(found)


def cost_of(run: RunRecord, measure: Cost) -> float | None:
    """What a run costs; None if it is not known yet."""
    match measure:
        case Cost.PARAMETERS:
            return float(run.config.architecture.parameters)
        case Cost.MULTIPLY_ADDS:
            return float(run.config.architecture.multiply_adds)
        case Cost.SECONDS:
            return run.summary.train_seconds
        case Cost.NONE:
            return None


def write_notes(folder: Path, notes: Iterable[TrialNote], importances: Mapping[str, float]) -> None:
    """Replace the notes of the tuner."""
    write_json(folder / FILE, {"trials": [to_dict(note) for note in notes], "importances": dict(importances)})


def read_trials(store: RunStore, study: Study, folder: Path) -> Trials:
    """The trials of a study now; none before the tuner has begun one."""
    notes, importances = _notes(folder)
    runs = {run.run_id: run for run in runs_of(store, study)} if notes else {}
    return Trials(trials=tuple(_trial(note, runs.get(note.run_id or "")) for note in notes), importances=importances)


def _trial(note: TrialNote, run: RunRecord | None) -> Trial:
    value = run.summary.validation_accuracy if run is not None else note.value
    return Trial(
        number=note.number,
        state=_state(note, run),
        point=note.point,
        run_id=note.run_id,
        value=value,
        reason=note.reason,
        run=run,
    )


def _state(note: TrialNote, run: RunRecord | None) -> TrialState:
    if run is None:
        is_lost = note.run_id is not None and not note.is_elsewhere and note.state is not TrialState.FAILED
        return TrialState.DELETED if is_lost else note.state
    return note.state if note.state.is_final else TrialState(run.status.value)


def _notes(folder: Path) -> tuple[tuple[TrialNote, ...], Mapping[str, float]]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        document = json.loads((folder / FILE).read_bytes())
        notes = tuple(TrialNote(**{**item, "state": TrialState(item["state"])}) for item in document["trials"])
        return notes, dict(document["importances"])
    return (), {}
