"""A rough time for a network that was never timed here: that of another one, in proportion to the multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mnist_core.data.splitting import n_validating
from mnist_core.pricing.expected import ExpectedTime
from mnist_core.pricing.past_runs import past_time
from mnist_core.runs.query import Condition, RunQuery, equal
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig

MAX_RATIO = 8.0
"""A network with that many times more or fewer multiply-adds for an image says too little about another one."""
N_NEWEST = 50


def rough_time(store: RunStore, config: ExperimentConfig, *, train_images: int) -> ExpectedTime | None:
    """The time by the run of this machine whose network is most like that of `config`; None if none is like it.

    Layers differ in what a multiply-add takes, so it may be off by a factor of two.

    Args:
        train_images: images of the training split, before the image limit and the validation split.
    """
    wanted = config.architecture.multiply_adds
    found = [
        (_distance(run.config.architecture.multiply_adds, wanted), run, work) for run, work in _timed(store, config)
    ]
    if not found:
        return None
    distance, run, work = min(found, key=lambda item: item[0])  # the newest of equals
    earlier = past_time(store, run.config)
    if distance > math.log(MAX_RATIO) or earlier is None:
        return None
    epoch = earlier.epoch_seconds * work_of(config, train_images) / work
    total = earlier.start_seconds + config.training.epochs * epoch
    return ExpectedTime(epoch_seconds=epoch, total_seconds=total, earlier=earlier, is_rough=True)


def _distance(one: int, other: int) -> float:
    """How many times more one is than the other, as a logarithm."""
    return abs(math.log(max(1, one) / max(1, other)))


def work_of(config: ExperimentConfig, train_images: int) -> float:
    """Multiply-adds of the forward passes of an epoch."""
    images = min(train_images, config.limit or train_images)
    trained = images - n_validating(images, config.training.validation_fraction)
    return float(trained * config.architecture.multiply_adds)


def _timed(store: RunStore, config: ExperimentConfig) -> Iterator[tuple[RunRecord, float]]:
    """The newest runs of this machine in the same precision, with what an epoch of each has computed."""
    is_trained = Condition(field="epochs_done", comparison=">", value=0)
    precision = equal("precision", config.training.precision.value)
    for run in store.find(RunQuery(conditions=(is_trained, precision), limit=N_NEWEST)):
        if run.dataset is not None and not run.is_imported and run.dataset.train_images:
            yield run, float(run.dataset.train_images * run.config.architecture.multiply_adds)
