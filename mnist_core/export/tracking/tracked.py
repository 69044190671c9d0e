"""What other programs are told of a run, as plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mnist_core.export.report.facts import Facts
from mnist_core.runs.events import epoch_events
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.naming import network_name
from mnist_core.training.progress import EpochMetrics

VALIDATION = "val_"
"""What the names of metrics of the validation images begin with."""

Setting = str | float | bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Epoch:
    """A finished epoch: its metrics by name, those that are numbers, and when it ended in seconds since 1970."""

    number: int
    time: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tracked:
    """A run as other programs are told of it.

    Attributes:
        settings: by name, `training.learning_rate` for example.
        split: of the scores: `test`, or `validation` if the test images are not scored.
        scores: by name, without those that are not defined.
        counts: the confusion matrix, rows are true labels.
    """

    run: RunRecord
    settings: Mapping[str, Setting]
    epochs: tuple[Epoch, ...]
    split: str
    scores: Mapping[str, float]
    class_names: tuple[str, ...]
    counts: np.ndarray

    @property
    def started_at(self) -> float:
        return self.run.created_at

    @property
    def ended_at(self) -> float:
        return max(self.started_at, self.run.finished_at or 0.0, *(epoch.time for epoch in self.epochs))

    def matrix_rows(self) -> tuple[tuple[str, ...], ...]:
        """The confusion matrix as texts, with the labels at the top and on the left."""
        top = ("true \\ predicted", *self.class_names)
        counts = zip(self.class_names, self.counts.tolist(), strict=True)
        return (top, *((name, *map(str, row)) for name, row in counts))


def tracked_of(store: RunStore, facts: Facts) -> Tracked:
    """What other programs are told of a run of this store."""
    return Tracked(
        run=facts.run,
        settings=dict(_settings(facts.run)),
        epochs=_epochs(store, facts),
        split=facts.split,
        scores={name: value for name, value in _scores(facts) if math.isfinite(value)},
        class_names=facts.class_names,
        counts=facts.matrix.counts,
    )


def _settings(run: RunRecord) -> Iterator[tuple[str, Setting]]:
    document = run.config_in_force.to_dict()
    architecture = run.config.architecture
    del document["schema"], document["architecture"]
    yield "network", network_name(run.config)
    yield "layers", len(architecture.layers)
    yield "parameters", architecture.parameters
    yield from _flat(document)
    yield "precision", run.precision or str(run.config.training.precision)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Setting]]:
    """The settings of nested objects by their whole names; what is not set is "none"."""
    for name, value in values.items():
        match value:
            case dict():
                yield from _flat(value, f"{prefix}{name}.")
            case bool() | int() | float() | str():
                yield f"{prefix}{name}", value
            case _:
                yield f"{prefix}{name}", json.dumps(value) if value else "none"


def _epochs(store: RunStore, facts: Facts) -> tuple[Epoch, ...]:
    journal = store.folder(facts.run.run_id) / "events.jsonl"
    times = {event.get("epoch"): event.get("time") for event in epoch_events(journal)}
    return tuple(
        Epoch(number=metrics.epoch, time=_time(times.get(metrics.epoch)), metrics=dict(_metrics(metrics)))
        for metrics in facts.history
    )


def _time(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def _metrics(metrics: EpochMetrics) -> Iterator[tuple[str, float]]:
    for name, value in asdict(metrics).items():
        if name != "epoch" and math.isfinite(value):
            yield name, value


def _scores(facts: Facts) -> Iterator[tuple[str, float]]:
    found = facts.scores
    low, high = found.accuracy_interval
    yield "images", found.n
    yield "accuracy", found.accuracy
    yield "accuracy_low", low
    yield "accuracy_high", high
    yield "loss", found.loss
    yield "top2_accuracy", found.top2_accuracy
    yield "macro_f1", found.macro_f1
    yield "calibration_error", facts.calibration.expected_error
    for score in found.per_class:
        yield f"recall_{score.label}", score.recall
        yield f"precision_{score.label}", score.precision
