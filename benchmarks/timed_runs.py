"""Runs of a recipe in the worker, with their CPU time."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Figure, figure
from mnist_core.environment import ROOT, child_environment
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

ONEDNN = {"TF_ENABLE_ONEDNN_OPTS": "1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedRun:
    """One run: its accuracies, and user and system time in seconds.

    `training_cpu_seconds` is that of `fit` with all that is recorded, without the prediction of the validation images;
    `process_cpu_seconds` is that of the whole worker, from the start of Python to the scored test images.
    """

    run_id: str
    seed: int
    precision: str
    validation_accuracy: float
    test_accuracy: float
    training_cpu_seconds: float
    process_cpu_seconds: float
    wall_seconds: float


def timed_run(store: RunStore, recipe: str, *, seed: int) -> TimedRun:
    """Train a recipe on MNIST in the worker, with everything recorded."""
    run_id = store.create(config_from_recipe(recipe, dataset="mnist", seed=seed))
    extra = {"MNIST_STUDIO_RUNS": str(store.root)}
    printed, cpu, wall = run_timed("-m", "benchmarks.timed_worker", str(store.folder(run_id)), **extra)
    run = store.get(run_id)
    return TimedRun(
        run_id=run_id,
        seed=seed,
        precision=run.precision or "",
        validation_accuracy=run.summary.validation_accuracy or 0.0,
        test_accuracy=run.summary.test_accuracy or 0.0,
        training_cpu_seconds=printed["fit_cpu_seconds"] - printed["validation_cpu_seconds"],
        process_cpu_seconds=cpu,
        wall_seconds=wall,
    )


def run_timed(*arguments: str, **variables: str) -> tuple[dict[str, Any], float, float]:
    """Run Python to its end; returns the JSON in its last line, and its processor and wall seconds."""
    before, start = _children_seconds(), time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=child_environment(TF_CPP_MIN_LOG_LEVEL="3", **variables),
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1]), _children_seconds() - before, time.monotonic() - start


def shown(run: TimedRun) -> None:
    """Print one run."""
    print(
        f"seed {run.seed}: test {run.test_accuracy:.2%}, validation {run.validation_accuracy:.2%}, "
        f"training {run.training_cpu_seconds:.1f} CPU s, whole process {run.process_cpu_seconds:.1f} CPU s, "
        f"{run.wall_seconds:.0f} s, {run.precision}",
        flush=True,
    )


def figures_of(runs: Sequence[TimedRun], *, accuracy: float) -> tuple[Figure, ...]:
    """Medians and spread of the runs; `accuracy` is that expected on the test images."""
    return (
        figure("Test accuracy", [run.test_accuracy for run in runs], at_least=accuracy),
        figure("Validation accuracy", [run.validation_accuracy for run in runs]),
        figure("Training", [run.training_cpu_seconds for run in runs], "CPU s"),
        figure("Whole process", [run.process_cpu_seconds for run in runs], "CPU s"),
    )


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
