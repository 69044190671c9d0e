"""A run in training, followed by its journal, of which only new events are read."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from mnist_core.errors import RunNotFoundError
from mnist_core.runs.events import Event, EventRead, read_events
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.runs.time_left import Pace
from mnist_core.training.progress import EpochMetrics

MAX_POINTS = 500
"""Largest number of points of a curve: 10,000 would send 175 kB to the browser every second."""
SILENCE_SECONDS = 60.0
"""A worker that has written nothing for this long counts as silent."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BatchCurve:
    """Running averages: `loss` and `accuracy` (N,) at `epoch` (N,), in epochs from 0."""

    epoch: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    learning_rate: npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjusted:
    """An adjustment of a setting, and its time: `epoch` in epochs from 0."""

    epoch: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LiveView:
    """The progress of a run.

    Attributes:
        phase: the last phase that the worker reported, such as "Building the network".
        batch: the newest `batch` event of the present epoch, None between epochs.
        fraction: progress of the run, from 0 to 1.
        seconds_left: an estimate, None if unknown.
        silent_seconds: how long the worker has written nothing; None if it is not training.
        broken_lines: how many lines of the journal could not be read.
    """

    record: RunRecord
    phase: str
    history: tuple[EpochMetrics, ...]
    batch: Event | None
    curve: BatchCurve
    adjusted: tuple[Adjusted, ...]
    fraction: float
    seconds_left: float | None
    silent_seconds: float | None
    broken_lines: int

    @property
    def is_silent(self) -> bool:
        """True if a training worker has written nothing for a minute."""
        return self.silent_seconds is not None and self.silent_seconds > SILENCE_SECONDS


@dataclass(slots=True)
class _Collected:
    history: dict[int, EpochMetrics] = field(default_factory=dict)
    points: list[tuple[float, float, float, float]] = field(default_factory=list)
    adjusted: list[Adjusted] = field(default_factory=list)
    changed: Event = field(default_factory=dict)  # the newest `adjusted` event, which has all changes so far
    batch: Event | None = None
    pace: Pace = field(default_factory=Pace)
    phase: str = ""
    broken_lines: int = 0


class LiveRun:
    """Follows one run; each `refresh` reads only what was appended since the last."""

    def __init__(self, store: RunStore, run_id: str) -> None:
        self.store = store
        self.run_id = run_id
        self._read: EventRead | None = None
        self._collected = _Collected()

    def refresh(self) -> LiveView:
        """The present progress of the run.

        Raises:
            RunNotFoundError: the run is gone.
            RunCorruptedError: its `run.json` cannot be read.
        """
        record = self.store.get(self.run_id)  # before the journal, so that the last event is not missed
        self._collect()
        collected = self._collected
        is_training = record.status is RunStatus.RUNNING
        fraction = _fraction(record, collected)
        return LiveView(
            record=record,
            phase=collected.phase,
            history=tuple(collected.history[epoch] for epoch in sorted(collected.history)),
            batch=collected.batch,
            curve=_curve(collected.points),
            adjusted=tuple(collected.adjusted),
            fraction=fraction,
            seconds_left=_seconds_left(record, collected) if is_training else None,
            silent_seconds=self._silent_seconds() if is_training else None,
            broken_lines=collected.broken_lines,
        )

    def _collect(self) -> None:
        path = self.store.folder(self.run_id) / "events.jsonl"
        read = read_events(path, self._read)
        if self._read is not None and read.inode != self._read.inode:
            self._collected = _Collected()  # the journal was rewritten: start again
        self._read = replace(read, events=())  # collected already; the journal of a long run would fill the memory
        for event in read.events:
            _take(self._collected, event)
        self._collected.broken_lines += read.broken_lines

    def _silent_seconds(self) -> float:
        try:
            changed = (self.store.folder(self.run_id) / "events.jsonl").stat().st_mtime
        except (OSError, RunNotFoundError):
            return 0.0
        return max(0.0, time.time() - changed)


def _take(collected: _Collected, event: Event) -> None:
    try:
        match event["event"]:
            case "batch":
                epochs = event["epoch"] - 1 + event["batch"] / event["batches"]
                _add_point(collected.points, (epochs, event["loss"], event["accuracy"], event["learning_rate"]))
                collected.batch = event
                collected.pace.after_batch(event)
            case "epoch":
                metrics = EpochMetrics.from_dict(event)
                collected.history[metrics.epoch] = metrics
                collected.batch = None
                collected.pace.after_epoch(event)
            case "adjusted":
                text = _adjusted_text(event, collected.changed)
                collected.adjusted.append(Adjusted(epoch=float(event["at"]), text=text))
                collected.changed = event
            case "status":
                collected.pace.after_break()
                if event["status"] == RunStatus.RUNNING:
                    collected.batch = None  # of another worker, or before a pause
            case "note":
                collected.phase = str(event["text"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        collected.broken_lines += 1


def _add_point(points: list[tuple[float, float, float, float]], point: tuple[float, float, float, float]) -> None:
    while points and points[-1][0] >= point[0]:
        points.pop()  # a resumed run repeats what came after its checkpoint
    points.append(tuple(float(value) for value in point))  # type: ignore[arg-type]
    if len(points) > 8 * MAX_POINTS:
        del points[1:-1:2]  # every second point: the curve keeps its shape and the memory is bounded


def _adjusted_text(event: Event, earlier: Event) -> str:
    """What differs from the previous adjustment."""
    changes = []
    if (rate := event.get("learning_rate")) is not None and rate != earlier.get("learning_rate"):
        changes.append(f"learning rate {float(rate):g}")
    if (epochs := event.get("epochs")) is not None and epochs != earlier.get("epochs"):
        changes.append(f"{int(epochs)} epochs")
    return ", ".join(changes)


def _curve(points: list[tuple[float, float, float, float]]) -> BatchCurve:
    stride = max(1, math.ceil(len(points) / MAX_POINTS))
    kept = points[::-stride][::-1]  # from the end, so that the newest point is always there
    array = np.array(kept, dtype=np.float64).reshape(-1, 4)
    return BatchCurve(epoch=array[:, 0], loss=array[:, 1], accuracy=array[:, 2], learning_rate=array[:, 3])


def _fraction(record: RunRecord, collected: _Collected) -> float:
    if record.status is RunStatus.COMPLETED:
        return 1.0
    done = float(max(collected.history, default=0))
    if collected.batch is not None:
        done = max(done, collected.batch["epoch"] - 1 + collected.batch["batch"] / collected.batch["batches"])
    return min(1.0, done / max(1, record.epochs))


def _seconds_left(record: RunRecord, collected: _Collected) -> float | None:
    batch = int(collected.batch["batch"]) if collected.batch is not None else 0
    return collected.pace.seconds_left(record, epochs_done=max(collected.history, default=0), batch=batch)
