"""What a design cost when it was trained before: better than any estimate, because it was the whole work."""

from __future__ import annotations

import contextlib
import statistics
from dataclasses import dataclass
from pathlib import Path

from mnist_core.runs.events import EPOCH, STATUS, events_named, parse_event
from mnist_core.runs.query import Condition, RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import price_key


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierTime:
    """The time of an epoch in an earlier run.

    Attributes:
        epoch_seconds: from the end of an epoch to that of the next, the median: training, validation and storing. For a
            training of one epoch, also that of a run of one, which is longer: TensorFlow builds its graph in it.
        n_epochs: how many epochs were timed.
        start_seconds: from the start of the worker to the first step, most of it to load TensorFlow.
    """

    run: RunRecord
    epoch_seconds: float
    n_epochs: int
    start_seconds: float


def past_time(store: RunStore, config: ExperimentConfig) -> EarlierTime | None:
    """The time of the newest run that took as long on this machine as `config` would.

    None if there is none with a finished epoch.
    """
    for run in store.find(_like(config)):
        if takes_as_long(run.config, config) and not run.is_imported:
            seconds = _epoch_seconds(store, run.run_id, of_one=config.training.epochs == 1)
            if seconds:
                return EarlierTime(
                    run=run,
                    epoch_seconds=statistics.median(seconds),
                    n_epochs=len(seconds),
                    start_seconds=_start_seconds(store, run.run_id),
                )
    return None


def _like(config: ExperimentConfig) -> RunQuery:
    """The runs with a finished epoch that may be the same work, by what the index knows."""
    training = config.training
    known = {
        "dataset": config.dataset,
        "limit": config.limit,
        "layers": len(config.architecture.layers),
        "batch_size": training.batch_size,
        "optimizer": training.optimizer.value,
        "precision": training.precision.value,
    }
    is_trained = Condition(field="epochs_done", comparison=">", value=0)
    return RunQuery(conditions=(is_trained, *(equal(field, value) for field, value in known.items())))


def takes_as_long(one: ExperimentConfig, other: ExperimentConfig) -> bool:
    """Whether an epoch of both is the same work: the same images, precision, and what `price_key` has."""
    return (
        (one.dataset, one.limit) == (other.dataset, other.limit)
        and one.training.validation_fraction == other.training.validation_fraction
        and one.training.precision is other.training.precision
        and price_key(one) == price_key(other)
    )


def _epoch_seconds(store: RunStore, run_id: str, *, of_one: bool) -> list[float]:
    """Seconds from epoch to epoch, without those in which the training was paused, or stopped and resumed.

    Args:
        of_one: whether the training alone of the first epoch counts, if nothing else is known.
    """
    ended: dict[int, float] = {}
    trained: dict[int, float] = {}
    disturbed: set[int] = set()
    is_disturbed = False
    for event in events_named(_journal(store, run_id), EPOCH, STATUS):
        if event["event"] == STATUS:
            is_disturbed = True
            continue
        with contextlib.suppress(KeyError, TypeError, ValueError):
            epoch = int(event["epoch"])
            ended[epoch], trained[epoch] = float(event["time"]), float(event["seconds"])
            if is_disturbed:
                disturbed.add(epoch)
            is_disturbed = False
    # Clocks are set now and then: an epoch takes at least as long as its training.
    between = [max(ended[e] - ended[e - 1], trained[e]) for e in sorted(ended) if e - 1 in ended and e not in disturbed]
    return between or [seconds for epoch, seconds in trained.items() if epoch > 1 or of_one]


def _start_seconds(store: RunStore, run_id: str) -> float:
    """From the first event of the journal to the start of its first epoch.

    0 if the clock was set in between, or the training was paused, or stopped and resumed.
    """
    path = _journal(store, run_id)
    with contextlib.suppress(OSError, KeyError, TypeError, ValueError), path.open("rb") as lines:
        first = parse_event(lines.readline())
        for event in events_named(path, EPOCH, STATUS):
            if first is None or (event["event"] == STATUS and event["seq"] != first["seq"]):
                break
            if event["event"] == EPOCH:
                return max(0.0, float(event["time"]) - float(event["seconds"]) - float(first["time"]))
    return 0.0


def _journal(store: RunStore, run_id: str) -> Path:
    return store.folder(run_id) / "events.jsonl"
