"""A row of the index: what tables, searches and comparisons need of a run, without its whole configuration."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.models.architecture import Architecture
from mnist_core.runs.record import DamagedRun, RunRecord, RunStatus, RunSummary
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

Stamp = tuple[int, int, int]
"""Modification time in nanoseconds, size and inode of a `run.json`; zeros if there is none."""

TAG_MARK = "\n"
"""Stands before and after every tag in the column `tags`. A tag is a single line, so it cannot contain it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One readable run in the index. Scores are None until they are known.

    Attributes:
        title: the name of the run on screen.
        repeat_key: the same for runs that differ in the seed alone.
        created_at: seconds since 1970.
        settings: `settings_of` the configuration as JSON.
    """

    run_id: str
    title: str
    status: RunStatus
    name: str
    recipe: str | None
    dataset: str
    sha256: str
    test_images: int
    parameters: int
    epochs: int
    epochs_done: int
    best_epoch: int | None
    validation_accuracy: float | None
    validation_loss: float | None
    test_accuracy: float | None
    test_loss: float | None
    train_seconds: float | None
    images_per_second: float | None
    created_at: float
    seed: int
    repeat_key: str
    tags: tuple[str, ...]
    note: str
    is_starred: bool
    is_archived: bool
    settings: str

    def setting(self, name: str) -> Any:
        """The value of a setting, such as `batch_size` or `augmentation.noise`; None if it is off."""
        return _settings(self.settings).get(name)


SUMMARY_NAMES = tuple(field.name for field in dataclasses.fields(RunSummary))
AUGMENTATION_NAMES = tuple(field.name for field in dataclasses.fields(Augmentation))
TRAINING_NAMES = tuple(
    field.name for field in dataclasses.fields(TrainingSettings) if field.name not in ("seed", "augmentation")
)

ROW_COLUMNS = tuple(field.name for field in dataclasses.fields(RunRow))
"""The columns that a `RunRow` is made of, in their order."""

UNATTENDED = {
    "running": RunStatus.INTERRUPTED.value,
    "running on a cluster": RunStatus.QUEUED.value,
}
"""What a run with this `stored_status` is while no worker holds its lock."""

COLUMNS = ("mtime_ns", "size", "inode", "reason", "stored_status", *ROW_COLUMNS, "search")
"""All columns of the table `runs`. `reason` says why a run cannot be read; its other columns are then empty."""


def column_values(run_id: str, stamp: Stamp, run: RunRecord | DamagedRun) -> tuple[Any, ...]:
    """What the index stores of a run, in the order of `COLUMNS`."""
    if isinstance(run, DamagedRun):
        known: dict[str, Any] = {"run_id": run_id, "reason": run.reason}
    else:
        known = _known(run)
    known |= dict(zip(("mtime_ns", "size", "inode"), stamp, strict=True))
    return tuple(map(known.get, COLUMNS))


def _stored_status(run: RunRecord) -> str:
    if run.status is not RunStatus.RUNNING:
        return run.status.value
    return next(stored for stored, status in UNATTENDED.items() if status == run.unattended_status.value)


def row_from_values(values: tuple[Any, ...]) -> RunRow:
    """The row with these values of `ROW_COLUMNS`.

    Raises:
        ValueError: they are not those of a run; the index is then damaged.
    """
    known = dict(zip(ROW_COLUMNS, values, strict=True))
    known["status"] = RunStatus(known["status"])
    known["tags"] = tuple(tag for tag in str(known["tags"]).split(TAG_MARK) if tag)
    known |= {name: bool(known[name]) for name in ("is_starred", "is_archived")}
    return RunRow(**known)


def settings_of(config: ExperimentConfig) -> dict[str, Any]:
    """The settings of a configuration by their names, on one level: `batch_size`, `augmentation.noise`, `layers`.

    The seed has a column of its own, so what is left is the same for repeats.
    """
    training = config.training
    flat = {name: getattr(training, name) for name in TRAINING_NAMES}
    flat |= {f"augmentation.{name}": getattr(training.augmentation, name) for name in AUGMENTATION_NAMES}
    return {**flat, "scaling": config.scaling, "limit": config.limit, "layers": len(config.architecture.layers)}


def repeat_key_of(run: RunRecord, settings: str) -> str:
    """The same text for runs of one configuration on the same images, whatever their seed and the name of the recipe.

    Args:
        settings: `settings_of` the configuration as JSON.
    """
    images = run.dataset.sha256 if run.dataset is not None else ""
    text = "\n".join((run.config.dataset, images, _layers(run.config.architecture), settings))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@lru_cache(maxsize=512)
def _settings(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=512)
def _layers(architecture: Architecture) -> str:
    return json.dumps(architecture.to_dict())


def _known(run: RunRecord) -> dict[str, Any]:
    config, data = run.config_in_force, run.dataset
    title, settings = run.title, json.dumps(settings_of(config))
    words = (run.run_id, title, config.recipe or "", config.dataset, *run.tags, run.note)
    return {
        "run_id": run.run_id,
        "title": title,
        "status": run.status.value,
        "stored_status": _stored_status(run),
        "name": run.name,
        "recipe": config.recipe,
        "dataset": config.dataset,
        "sha256": data.sha256 if data is not None else "",
        "test_images": data.test_images if data is not None else 0,
        **{name: getattr(run.summary, name) for name in SUMMARY_NAMES},
        "epochs": run.epochs,
        "created_at": run.created_at,
        "seed": config.training.seed,
        "repeat_key": repeat_key_of(run, settings),
        "tags": TAG_MARK.join(("", *run.tags, "")) if run.tags else "",
        "note": run.note,
        "is_starred": int(run.is_starred),
        "is_archived": int(run.is_archived),
        "settings": settings,
        "search": "\n".join(words).casefold(),
    }
