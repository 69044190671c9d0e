"""All runs of one folder: create, find, read.

<root>/<run_id>/run.json        configuration, status and summary
<root>/<run_id>/events.jsonl    the journal
<root>/<run_id>/checkpoints/    last.npz, previous.npz, best.npz, previous-best.npz
<root>/<run_id>/predictions/    validation-NNN.npz for each epoch, test.npz
<root>/<run_id>/weights/        epoch-NNN.npz, all weights of a small network; 000 before training
<root>/<run_id>/filters/        epoch-NNN.npz, the kernels of every convolution of a larger one
<root>/<run_id>/lock            held by the worker while it runs
<root>/index.sqlite             a cache of what lists need
<root>/.bin/<run_id>            a deleted run
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.errors import (
    ConfigError,
    PredictionsError,
    RunCorruptedError,
    RunError,
    RunNotFoundError,
    shown,
)
from mnist_core.evaluation.predictions import Predictions, load_predictions
from mnist_core.fields import as_integer
from mnist_core.files import write_json
from mnist_core.locks import exclusive, is_locked
from mnist_core.runs.checkpoints import read_arrays, read_weights
from mnist_core.runs.document import as_it_stands, read_document, read_run, unreadable
from mnist_core.runs.epoch_weights import conv_kernels, epoch_weights_path, kept_epochs, read_epoch_weights
from mnist_core.runs.events import epoch_events
from mnist_core.runs.fencing import Attempt
from mnist_core.runs.index import EVERYTHING, index_of
from mnist_core.runs.index_rows import Stamp
from mnist_core.runs.query import Condition, RunQuery
from mnist_core.runs.record import (
    MAX_NAME,
    SCHEMA,
    DamagedRun,
    RunRecord,
    RunStatus,
    is_run_id,
    new_run_id,
    readable,
)
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics
from mnist_core.words import listed

VALIDATION_FILE = re.compile(r"validation-(\d{3,5})\.npz")
EPOCH_FILE = re.compile(r"epoch-(\d{3,5})\.npz")

ACTIVE = RunQuery(statuses=tuple(status for status in RunStatus if status.is_active))
"""The runs that are with a worker or in the queue."""
GOING = RunQuery(statuses=(RunStatus.QUEUED, RunStatus.RUNNING))
"""The runs that train or are about to; a worker that is paused has freed the cores."""
TRAINED = RunQuery(conditions=(Condition(field="best_epoch", comparison="!=", value=None),))
"""The runs that have finished an epoch, and so have weights."""


class RunStore:
    """The runs in one folder. Cheap to create; has no state that is not in the folder.

    Attributes:
        index: answers questions about many runs without reading them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.index = index_of(self.root)
        self._parsed: dict[str, tuple[Stamp, RunRecord | DamagedRun]] = {}

    # Creating ----------------------------------------------------------------------------------------------------

    def create(self, config: ExperimentConfig, *, name: str = "", **fields: Any) -> str:
        """A new queued run; returns its id.

        Args:
            fields: more top-level fields of `run.json`, which it has from the first moment.

        Raises:
            ConfigError: the network of the configuration cannot be built.
            RunError: the folder cannot be written.
        """
        config.validate()
        document = {
            "schema": SCHEMA,
            "run_id": "",
            "name": readable(name, MAX_NAME),
            "status": RunStatus.QUEUED.value,
            "created_at": time.time(),
            "finished_at": None,
            "attempt": 0,
            "config": config.to_dict(),
            "dataset": {"name": config.dataset},
            "summary": {"parameters": config.architecture.parameters},
            "error": None,
            **fields,
        }
        return self.add(document)

    def add(self, document: dict[str, Any], fill: Callable[[Path], None] = lambda draft: None) -> str:
        """A new run with this `run.json`, but for its id, which is returned; it is listed once it is complete.

        Args:
            fill: writes what else is in the run directory, which it is given.

        Raises:
            RunError: the folder cannot be written; then nothing is left behind.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            while True:
                run_id = new_run_id()
                draft = self.root / f".new-{run_id}"
                draft.mkdir()
                try:
                    write_json(draft / "run.json", {**document, "run_id": run_id})
                    fill(draft)
                    if not (self.root / run_id).exists():
                        os.replace(draft, self.root / run_id)  # an incomplete run is never listed
                        self.index.note(run_id)
                        return run_id
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
        except OSError as error:
            raise unsaved(self.root, error) from error

    def update(self, run_id: str, change: Callable[[dict[str, Any]], None], *, by: Attempt | None = None) -> RunRecord:
        """Change `run.json` under a lock, so that the worker and a rename by a person do not overwrite each other.

        Nothing is written if nothing has changed.

        Args:
            by: the attempt of the worker that asks; others may change a run at any time.

        Raises:
            RunNotFoundError: there is no such run.
            RunTakenOverError: a later attempt has begun.
            RunCorruptedError: its `run.json` cannot be read.
        """
        folder = self.folder(run_id)
        with exclusive(folder / ".write-lock"):
            document = read_document(folder)
            if by is not None:
                by.check(document)
            before = copy.deepcopy(document)
            change(document)
            if document != before:
                write_json(folder / "run.json", document)
                self.index.note(run_id)
        return self.get(run_id)

    def set(self, run_id: str, **fields: Any) -> RunRecord:
        """Replace top-level fields of `run.json`."""
        return self.update(run_id, lambda document: document.update(fields))

    # Finding -----------------------------------------------------------------------------------------------------

    def folder(self, run_id: str) -> Path:
        """Directory of a run.

        Raises:
            RunNotFoundError: there is none. A text that is not a run id is not found and never becomes a path.
        """
        path = self.root / run_id if is_run_id(run_id) else None
        if path is None or path.is_symlink() or not path.is_dir():
            raise RunNotFoundError(f"There is no run `{readable(str(run_id), 60)}` in {self.root}.")
        return path

    def get(self, run_id: str) -> RunRecord:
        """One run.

        Raises:
            RunNotFoundError: there is none with this id.
            RunCorruptedError: its `run.json` cannot be read.
        """
        folder = self.folder(run_id)
        found = self._parse(run_id, folder)
        if isinstance(found, DamagedRun):
            raise RunCorruptedError(f"Run {run_id} is damaged: {found.reason}")
        return as_it_stands(found, folder)

    def list(self, query: RunQuery = EVERYTHING) -> tuple[RunRecord, ...]:
        """Every readable run, the newest first; or those that a query asks for, in its order."""
        return tuple(self.find(query))

    def find(self, query: RunQuery = EVERYTHING) -> Iterator[RunRecord]:
        """The same one after the other: what is not needed is not read."""
        for run_id, stamp in self.index.stamped_ids(query):
            known = self._parsed.get(run_id)
            found = known[1] if known is not None and known[0] == stamp else self._parse(run_id, self.root / run_id)
            if isinstance(found, RunRecord):
                yield as_it_stands(found, self.root / run_id)

    def has_active(self) -> bool:
        """Whether a run is with a worker or in the queue."""
        return self.index.count(ACTIVE) > 0

    def has_trained(self) -> bool:
        """Whether a run has weights."""
        return self.index.count(TRAINED) > 0

    def damaged(self) -> tuple[DamagedRun, ...]:
        """Run directories that cannot be read, with the reason."""
        return self.index.damaged()

    def run_ids(self) -> tuple[str, ...]:
        """Ids of all run directories, readable or not, the newest first."""
        try:
            with os.scandir(self.root) as entries:
                names = [
                    entry.name for entry in entries if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)
                ]
        except OSError:
            return ()
        return tuple(sorted(names, reverse=True))

    def is_worked_on(self, run_id: str) -> bool:
        """True while a worker holds the lock of this run."""
        return is_locked(self.folder(run_id) / "lock")

    # Reading -----------------------------------------------------------------------------------------------------

    def history(self, run_id: str) -> tuple[EpochMetrics, ...]:
        """Metrics of every finished epoch, in order."""
        found: dict[int, EpochMetrics] = {}
        for event in epoch_events(self.folder(run_id) / "events.jsonl"):
            with contextlib.suppress(KeyError, TypeError, ValueError, ArithmeticError):
                metrics = EpochMetrics.from_dict(event)
                found[metrics.epoch] = metrics
        return tuple(found[epoch] for epoch in sorted(found))

    def validation_epochs(self, run_id: str) -> tuple[int, ...]:
        """Epochs with stored validation predictions."""
        return _numbered(self.folder(run_id) / "predictions", VALIDATION_FILE)

    def predictions_path(self, run_id: str, split: str, epoch: int | None = None) -> Path:
        """File of the predictions of a split (`test`, or `validation` after `epoch`; None is the best epoch).

        Raises:
            ConfigError: another split, an epoch for the test images, which are scored once, or one that is no integer.
            PredictionsError: no epoch is finished, or there is no such epoch.
        """
        folder = self.folder(run_id) / "predictions"
        if split not in ("test", "validation"):
            raise ConfigError.invalid("split", expected="test or validation", received=split)
        if epoch is not None and (split == "test" or as_integer(epoch) is None):
            expected = "none for the test images, which are scored once" if split == "test" else "an integer from 1"
            raise ConfigError.invalid("epoch", expected=expected, received=epoch)
        if split == "test":
            return folder / "test.npz"
        epoch = epoch if epoch is not None else self.get(run_id).best_epoch
        if epoch is None:
            raise PredictionsError("This run has no validation predictions yet: its first epoch is not finished.")
        return folder / f"validation-{epoch:03d}.npz"

    def predictions(self, run_id: str, split: str = "test", epoch: int | None = None) -> Predictions:
        """Stored predictions of a split.

        Raises:
            ConfigError: there is no such split, or it has no epochs.
            PredictionsError: they are not there (yet) or damaged.
        """
        path = self.predictions_path(run_id, split, epoch)
        if epoch is not None and not (VALIDATION_FILE.fullmatch(path.name) and path.is_file()):
            known = self.validation_epochs(run_id)
            words = f"Expected {_ranges(known)}" if known else "No epoch has any"
            raise PredictionsError(f"There are no {split} predictions after epoch {shown(epoch, 12)}. {words}.")
        return load_predictions(path)

    def weights(self, run_id: str, which: str = "best") -> dict[str, np.ndarray]:
        """Weights by name of the `best` or the `last` checkpoint.

        Raises:
            RunError: there is none yet, or it is damaged.
        """
        return read_weights(self.folder(run_id) / "checkpoints" / f"{which}.npz")

    def filters(self, run_id: str, epoch: int) -> dict[str, np.ndarray]:
        """Kernels (height, width, channels in, filters) of each convolution after `epoch`, by layer name.

        Raises:
            RunError: there are none, because the network has no convolution or the epoch is not finished; or damaged.
        """
        folder = self.folder(run_id)
        if epoch not in kept_epochs(folder):
            return read_arrays(self.filters_path(run_id, epoch))
        kernels = conv_kernels(read_epoch_weights(folder, epoch))
        if not kernels:
            raise RunError(f"Run {run_id} has no filters: its network has no convolution.")
        return kernels

    def filters_path(self, run_id: str, epoch: int) -> Path:
        """File of the filters alone after an epoch; it may not exist."""
        return self.folder(run_id) / "filters" / f"epoch-{epoch:03d}.npz"

    def filter_epochs(self, run_id: str) -> tuple[int, ...]:
        """Epochs with stored filters alone: of a run whose network is too large for `weight_epochs`, or of old ones."""
        return _numbered(self.folder(run_id) / "filters", EPOCH_FILE)

    def weight_epochs(self, run_id: str) -> tuple[int, ...]:
        """Epochs whose weights are kept, ascending; 0 stands for the weights before training."""
        return kept_epochs(self.folder(run_id))

    def epoch_weights_path(self, run_id: str, epoch: int) -> Path:
        """File of the weights after an epoch; it may not exist."""
        return epoch_weights_path(self.folder(run_id), epoch)

    def epoch_weights(self, run_id: str, epoch: int) -> dict[str, np.ndarray]:
        """Weights by name after an epoch, read-only: kernels in float16, the rest in float32.

        Raises:
            RunError: they are not kept, or damaged.
        """
        return read_epoch_weights(self.folder(run_id), epoch)

    def _parse(self, run_id: str, folder: Path) -> RunRecord | DamagedRun:
        """The run in `run.json`, which is parsed again only when it has changed."""
        try:
            stat = os.stat(folder / "run.json")
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self._parsed.get(run_id)
            if known is not None and known[0] == stamp:
                return known[1]
            result = read_run(folder)
        except OSError as error:
            return DamagedRun(run_id=run_id, reason=unreadable(error))
        self._parsed[run_id] = (stamp, result)
        return result


def unsaved(root: Path, error: OSError) -> RunError:
    """Why a new run is not in the folder of runs."""
    return RunError(f"The run could not be saved in {root}: {error.strerror}.")


def _ranges(numbers: tuple[int, ...]) -> str:
    """Ascending numbers in words: "1 to 4", or "1 to 4, 7"."""
    starts = [at for at, number in enumerate(numbers) if at == 0 or number != numbers[at - 1] + 1]
    parts = [numbers[start:stop] for start, stop in itertools.pairwise([*starts, len(numbers)])]
    return listed([f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts], limit=5)


def _numbered(folder: Path, pattern: re.Pattern[str]) -> tuple[int, ...]:
    try:
        matches = [pattern.fullmatch(name) for name in os.listdir(folder)]
    except OSError:
        return ()
    return tuple(sorted(int(match[1]) for match in matches if match))
