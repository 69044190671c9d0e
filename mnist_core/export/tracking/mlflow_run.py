"""A run as MLflow's client writes it. Only for the process that exports."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mnist_core.environment import hush_mlflow
from mnist_core.errors import ExportError, shown
from mnist_core.export.tracking.tracked import Tracked
from mnist_core.runs.record import RunStatus

RUN_TAG = "mnist_studio.run_id"
"""The tag by which a run is found again in a store."""
NOTE_TAG = "mlflow.note.content"
STATUS = {RunStatus.COMPLETED: "FINISHED", RunStatus.STOPPED: "KILLED"}
MAX_METRICS, MAX_PARAMS = 1000, 100
"""So many are accepted at once."""


def write_mlflow_run(told: Tracked, database: Path, artifacts: Path, *, overwrite: bool) -> str:
    """Write a run into a store, all but its files; returns the folder that those belong into.

    Args:
        database: of the store; it is made if it is not there.
        artifacts: the folder of the files of all runs.
        overwrite: whether the same run, if it is in the store, is marked as deleted.

    Raises:
        ExportError: the store has this run, is of another version of MLflow, or has its files elsewhere.
    """
    hush_mlflow()
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    os.chdir(database.parent)  # a path may have letters that mean something in an address
    try:
        client = MlflowClient(tracking_uri=f"sqlite:///{database.name}")
        experiment = _experiment(client, f"MNIST Studio, {told.run.config.dataset}", artifacts.as_uri())
        _make_room(client, experiment, told, overwrite=overwrite)
        return _write(client, experiment, told)
    except MlflowException as error:
        raise ExportError(f"MLflow cannot write into this store: {shown(str(error), 200)}") from error


def _experiment(client: Any, name: str, location: str) -> str:
    """The id of the experiment for a data set: only runs on the same digits are compared."""
    found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name, artifact_location=location))
    if found.artifact_location != location:
        raise ExportError(
            f"The experiment {name} of this store has its files elsewhere. Expected {location}. "
            f"Received: {shown(found.artifact_location)}. Choose another folder."
        )
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _make_room(client: Any, experiment: str, told: Tracked, *, overwrite: bool) -> None:
    for found in client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{told.run.run_id}'"):
        if not overwrite:
            raise ExportError(
                f"Run {told.run.run_id} is in this store already. Choose another folder, or replace it on purpose "
                "(--overwrite)."
            )
        client.delete_run(found.info.run_id)


def _write(client: Any, experiment: str, told: Tracked) -> str:
    from mlflow.entities import Metric, Param

    run = told.run
    tags = {RUN_TAG: run.run_id, "tags": ", ".join(run.tags), NOTE_TAG: run.note}
    started = client.create_run(
        experiment,
        start_time=_milliseconds(told.started_at),
        tags={name: text for name, text in tags.items() if text},
        run_name=run.title,
    )
    number = started.info.run_id
    for params in _parts([Param(name, str(value)) for name, value in told.settings.items()], MAX_PARAMS):
        client.log_batch(number, params=params)
    for metrics in _parts([Metric(*values) for values in _metrics(told)], MAX_METRICS):
        client.log_batch(number, metrics=metrics)
    client.set_terminated(number, STATUS.get(run.status, "FAILED"), end_time=_milliseconds(told.ended_at))
    return str(started.info.artifact_uri)


def _metrics(told: Tracked) -> Iterator[tuple[str, float, int, int]]:
    """Name, value, time and epoch of every metric."""
    for epoch in told.epochs:
        for name, value in epoch.metrics.items():
            yield name, value, _milliseconds(epoch.time), epoch.number
    for name, value in told.scores.items():
        yield f"{told.split}_{name}", value, _milliseconds(told.ended_at), told.run.best_epoch or 0


def _parts(items: Sequence[Any], n: int) -> Iterator[Sequence[Any]]:
    yield from (items[start : start + n] for start in range(0, len(items), n))


def _milliseconds(seconds: float) -> int:
    return round(1000 * seconds)
