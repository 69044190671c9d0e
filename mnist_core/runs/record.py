"""The content of `run.json` as a frozen value."""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from mnist_core.data.scaling import Scaler
from mnist_core.errors import ConfigError, PredictionsError, RunCorruptedError
from mnist_core.fields import spec_of
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.naming import network_name
from mnist_core.training.progress import Adjustments
from mnist_core.training.settings import TrainingSettings

SCHEMA = 1
"""Version of the form of a run directory."""

ADJUSTED = ("epochs", "learning_rate")
"""The settings that a run may be given anew after its start."""

LARGEST_WHOLE = 2**63 - 1
"""Of the index, which keeps whole numbers in 64 bits."""

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")

NO_ADJUSTMENTS = Adjustments()  # as most runs have, of which thousands are listed

MAX_NAME = 80
"""Largest length of the name of a run."""

MAX_TAG, MAX_TAGS, MAX_NOTE = 40, 20, 2000
"""Largest length of a tag, number of tags of a run, and length of a note."""


class RunStatus(StrEnum):
    """The status of a run."""

    QUEUED = "queued"  # waits for a free place
    RUNNING = "running"  # training
    PAUSED = "paused"  # waits to be resumed, with or without a worker
    COMPLETED = "completed"  # trained to its last epoch and scored on the test images
    STOPPED = "stopped"  # ended early on request
    FAILED = "failed"  # ended by an error, see `error`
    INTERRUPTED = "interrupted"  # its worker died; can be resumed

    @property
    def is_active(self) -> bool:
        """True while the run is with a worker or in the queue."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED)

    @property
    def is_finished(self) -> bool:
        """True if the run will not continue without a request."""
        return not self.is_active


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """The numbers of a run for tables; None if not known yet."""

    parameters: int
    epochs_done: int = 0
    best_epoch: int | None = None
    validation_accuracy: float | None = None
    validation_loss: float | None = None
    test_accuracy: float | None = None
    test_loss: float | None = None
    train_seconds: float | None = None
    images_per_second: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDataset:
    """The data set of a run."""

    name: str
    sha256: str = ""
    train_images: int = 0
    validation_images: int = 0
    test_images: int = 0


FOREIGN = "model"
"""In `run.json` under `imported`, the `kind` of a model from elsewhere, and what a capsule is `of` that has one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """One run, as stored in its directory. `status` is the present one: if the worker has died, it is `interrupted`.

    Attributes:
        attempt: how often a worker has begun.
        cluster_task: its place on a cluster that was given it; empty for this machine.
    """

    run_id: str
    name: str
    status: RunStatus
    config: ExperimentConfig
    summary: RunSummary
    dataset: RunDataset | None = None
    scaler: Scaler | None = None
    precision: str | None = None
    error: str | None = None
    created_at: float = 0.0
    finished_at: float | None = None
    attempt: int = 0
    cluster_task: str = ""
    adjustments: Adjustments = field(default_factory=Adjustments)
    tags: tuple[str, ...] = ()
    note: str = ""
    is_starred: bool = False
    is_archived: bool = False
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The whole of `run.json`, with `status` as above."""

    @property
    def title(self) -> str:
        """The title of the run on screen: its name, else its recipe and what differs from it."""
        return self.name or network_name(self.config)

    @property
    def unattended_status(self) -> RunStatus:
        """The status of a run that says it is running while no worker holds its lock.

        On a cluster it waits to be started again on another machine.
        """
        return RunStatus.QUEUED if self.cluster_task else RunStatus.INTERRUPTED

    @property
    def epochs(self) -> int:
        """Total epochs of the run, with adjustments."""
        return self.adjustments.epochs or self.config.training.epochs

    @property
    def config_in_force(self) -> ExperimentConfig:
        """The configuration with all adjustments, for a new run with the same settings."""
        changes = {"epochs": self.epochs, "learning_rate": self.adjustments.learning_rate}
        given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        if all(getattr(self.config.training, name) == value for name, value in given.items()):
            return self.config
        return replace(self.config, training=replace(self.config.training, **given))

    @property
    def is_imported(self) -> bool:
        """Whether it came as a file: as a capsule from another machine, or as a model."""
        return "imported" in self.document

    @property
    def is_trial(self) -> bool:
        """Whether a search has made it."""
        return "study" in self.document

    @property
    def is_foreign(self) -> bool:
        """Whether it is an imported model: how and on which images it was trained is not known."""
        source = self.document.get("imported")
        return isinstance(source, Mapping) and FOREIGN in (source.get("kind"), source.get("of"))

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the best checkpoint; epochs count from 1."""
        return self.summary.best_epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class DamagedRun:
    """A run directory that cannot be read, and why."""

    run_id: str
    reason: str


def new_run_id() -> str:
    """A new id; ids sort by the time of their creation, to the microsecond.

    The last digit is random, so that two ids of the same microsecond most likely differ.
    """
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return time.strftime("%Y%m%d-%H%M%S-", time.localtime(seconds)) + f"{microseconds:05x}{secrets.randbelow(16):x}"


def is_run_id(text: object) -> bool:
    """True if `text` has the form of a run id; only then may it become part of a path."""
    return isinstance(text, str) and RUN_ID.fullmatch(text) is not None


def readable(text: str, limit: int | None = None) -> str:
    """`text` on one line of at most `limit` characters, without unprintable ones such as lone surrogates."""
    if text.isprintable():  # as nearly all are
        visible = text
    else:
        visible = "".join(character for character in text if character.isprintable() or character.isspace())
    return " ".join(visible.split())[:limit].rstrip()


def readable_tags(value: Any) -> tuple[str, ...]:
    """The tags in a JSON value, each once and in their order; what is not a text is left out."""
    texts = value if isinstance(value, list | tuple) else ()
    tags = (readable(text, MAX_TAG) for text in texts if isinstance(text, str))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]


def readable_note(value: Any) -> str:
    """A note in a JSON value, with its lines; empty for anything but a text."""
    if not isinstance(value, str):
        return ""
    lines = (readable(line) for line in value[: 4 * MAX_NOTE].splitlines())
    return "\n".join(lines)[:MAX_NOTE].strip()


def record_from_document(document: Any, run_id: str) -> RunRecord:
    """The record in the JSON of a `run.json`.

    Raises:
        RunCorruptedError: the document is not a run of this or an older version.
    """
    if not isinstance(document, dict):
        raise RunCorruptedError("`run.json` is not an object.")
    schema = document.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise RunCorruptedError(
            f"`run.json` has schema {schema!r:.40}. Expected at most {SCHEMA}: it is from a newer version."
        )
    try:
        return RunRecord(
            run_id=run_id,
            name=readable(str(document.get("name") or ""), MAX_NAME),
            status=RunStatus(document["status"]),
            config=ExperimentConfig.from_dict(_with_readable(document["config"], "dataset", "recipe")),
            summary=RunSummary(**({"parameters": 0} | _numbers(RunSummary, document.get("summary") or {}))),
            dataset=_dataset(document["dataset"]) if document.get("dataset") else None,
            scaler=Scaler.from_dict(document["scaler"]) if document.get("scaler") else None,
            precision=_text(document.get("precision")),
            error=_text(document.get("error")),
            created_at=float(document.get("created_at") or 0.0),
            finished_at=document.get("finished_at"),
            attempt=int(document.get("attempt") or 0),
            cluster_task=_text(document.get("cluster_task")) or "",
            adjustments=_adjustments(document.get("adjustments")),
            tags=readable_tags(document.get("tags")),
            note=readable_note(document.get("note")),
            is_starred=document.get("starred") is True,
            is_archived=document.get("archived") is True,
            document=document,
        )
    except ConfigError as error:
        sentence = readable(str(error))
        raise RunCorruptedError(f"The configuration in `run.json` is not valid: {sentence}") from None
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        what = readable(f"{error!s:.60}")
        raise RunCorruptedError(f"`run.json` is damaged: {type(error).__name__} at {what}.") from None


def check_adjustments(adjustments: Adjustments) -> None:
    """Ensure that the settings of a run may have these values.

    Raises:
        ConfigError: a value outside the range of its setting.
    """
    for name in ADJUSTED:
        if (value := getattr(adjustments, name)) is not None:
            spec_of(TrainingSettings, name).parse(value, name)


def _text(value: Any) -> str | None:
    """A printable text; None for anything else."""
    return readable(value) if isinstance(value, str) else None


def _with_readable(values: Any, *names: str) -> Any:
    """`values` with these texts made printable; unchanged if it is not an object."""
    if not isinstance(values, Mapping):
        return values
    return {**values, **{name: readable(values[name]) for name in names if isinstance(values.get(name), str)}}


def _dataset(values: Mapping[str, Any]) -> RunDataset:
    sha256 = _text(values.get("sha256")) or ""
    return RunDataset(name=readable(str(values["name"])), sha256=sha256, **_numbers(RunDataset, values))


def _adjustments(values: Any) -> Adjustments:
    if not values:
        return NO_ADJUSTMENTS
    found = Adjustments(**_numbers(Adjustments, values))
    check_adjustments(found)
    return found


def _numbers(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The known fields with a number of the field's type; others are ignored."""
    found = {}
    for name, is_whole in _number_fields(cls):
        value = values.get(name)
        if value is not None and (number := _number(value, is_whole=is_whole)) is not None:
            found[name] = number
    return found


@cache
def _number_fields(cls: type) -> tuple[tuple[str, bool], ...]:
    """The names of the fields with numbers, and whether those are whole; types such as "int | None" are texts here."""
    kinds = cls.__annotations__.items()
    return tuple((name, kind.startswith("int")) for name, kind in kinds if kind.startswith(("int", "float")))


def _number(value: Any, *, is_whole: bool) -> float | None:
    """`value` as a number; None if it is not one."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    if abs(value) > LARGEST_WHOLE and (is_whole or isinstance(value, int)):
        return None
    if is_whole and isinstance(value, float):
        return int(value) if value.is_integer() else None  # 2.0 epochs are 2 epochs
    return value


def check_same_data(first: RunRecord, second: RunRecord) -> None:
    """Ensure that two runs are on the same images, as far as that is known.

    Raises:
        PredictionsError: they are not, so what they predict cannot be compared digit by digit.
    """
    if first.dataset is not None and second.dataset is not None and first.dataset.sha256 != second.dataset.sha256:
        raise PredictionsError(
            f"The runs cannot be compared: {first.run_id} is on {first.dataset.name}, {second.run_id} on "
            f"{second.dataset.name}."
        )
