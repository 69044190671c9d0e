"""Stores as a run what came from elsewhere."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.network.forward import Weights
from mnist_core.runs.checkpoints import WEIGHT, save_best
from mnist_core.runs.epoch_weights import keep_epoch_weights
from mnist_core.runs.events import EventLog
from mnist_core.runs.record import MAX_NAME, SCHEMA, RunRecord, RunStatus, readable
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import EpochMetrics, TrainerState


def store_imported(
    store: RunStore,
    run: RunRecord,
    *,
    weights: Weights,
    source: Mapping[str, str],
    history: tuple[EpochMetrics, ...] = (),
    test: Predictions | None = None,
    validation: Mapping[int, Predictions] | None = None,
    epoch_weights: Mapping[int, Weights] | None = None,
) -> str:
    """A new run with these results; returns its id. Only what is known of a run is taken from `run`.

    Args:
        source: what it was imported from, in a few texts.

    Raises:
        RunError: the folder of runs cannot be written; then nothing is left behind.
    """

    def fill(folder: Path) -> None:
        (folder / "checkpoints").mkdir()
        arrays = {f"{WEIGHT}{name}": value for name, value in weights.items()}
        state = TrainerState(arrays=arrays, epoch=run.best_epoch or 1, batch=0, history=history)
        save_best(folder / "checkpoints", state)
        (folder / "predictions").mkdir()
        for epoch, predictions in (validation or {}).items():
            save_predictions(folder / "predictions" / f"validation-{epoch:03d}.npz", predictions)
        for epoch, arrays_then in (epoch_weights or {}).items():
            keep_epoch_weights(folder, epoch, arrays_then)
        if test is not None:
            save_predictions(folder / "predictions" / "test.npz", test)
        events = EventLog(folder / "events.jsonl")
        for metrics in history:
            events.append("epoch", **dataclasses.asdict(metrics))
        events.append("status", durable=True, status=run.status.value)
        events.close()

    return store.add(_document(run, source), fill)


def _document(run: RunRecord, source: Mapping[str, str]) -> dict[str, Any]:
    trained_with = run.document.get("environment")
    document = {
        "schema": SCHEMA,
        "name": readable(run.name, MAX_NAME),
        "status": (run.status if run.status.is_finished else RunStatus.STOPPED).value,
        "created_at": run.created_at or time.time(),
        "finished_at": run.finished_at if isinstance(run.finished_at, int | float) else time.time(),
        "attempt": run.attempt,
        "config": run.config.to_dict(),
        "dataset": dataclasses.asdict(run.dataset) if run.dataset else {"name": run.config.dataset},
        "scaler": run.scaler.to_dict() if run.scaler else None,
        "precision": run.precision,
        "summary": dataclasses.asdict(run.summary),
        "adjustments": dataclasses.asdict(run.adjustments),
        "tags": list(run.tags),
        "note": run.note,
        "error": run.error,
        "environment": trained_with if isinstance(trained_with, dict) else {},
        "imported": {"at": time.time(), **source},
    }
    return dict(json.loads(json.dumps(document, allow_nan=False)))
