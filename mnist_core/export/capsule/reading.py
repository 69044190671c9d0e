"""Reads a capsule, which may come from anywhere: every member is checked before it becomes a value."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_core.data.sources.npz import parse_npz
from mnist_core.errors import ConfigError, DatasetError, IncomingError, PredictionsError, RunCorruptedError, shown
from mnist_core.evaluation.predictions import Predictions, parse_predictions
from mnist_core.export.capsule import contents
from mnist_core.export.incoming.archive import Archive
from mnist_core.models.architecture import BYTES_PER_NUMBER, Architecture
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import Weights, checked_weights
from mnist_core.runs.document import DECODER
from mnist_core.runs.record import RunRecord, is_run_id, readable, record_from_document
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics

MAX_VERSION = 40
"""Characters of a version in messages."""
MAX_HEADERS = 1 << 20
"""Bytes of an npz beside its numbers."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Capsule:
    """A capsule that has been read and checked.

    Attributes:
        run: as it was where the capsule was made.
        dataset_sha256: of its data set; empty if unknown.
        environment: versions and processor of the training.
        validation: predictions of the validation digits by epoch.
        epoch_weights: weights by epoch, kernels in float16; 0 stands for the initial ones.
        config: what `config.json` says, for a training by the command line; it should be that of `run`.
        texts: code and readme by their names.
        written_by: the version that made the capsule; empty if unknown.
    """

    run: RunRecord
    dataset_sha256: str
    environment: Mapping[str, str]
    history: tuple[EpochMetrics, ...]
    weights: Weights
    test: Predictions | None
    validation: Mapping[int, Predictions]
    epoch_weights: Mapping[int, Weights]
    config: ExperimentConfig
    texts: Mapping[str, str]
    written_by: str


def read_capsule(path: Path, title: str = "") -> Capsule:
    """The capsule in a file.

    Args:
        title: the name of the file in messages; by default that of `path`.

    Raises:
        IncomingError: it is no capsule, of a newer version, has been changed, or is not safe.
    """
    title = title or path.name
    try:
        if path.stat().st_size > contents.MAX_BYTES:
            raise IncomingError(f"{title} is too large. Expected at most {contents.MAX_BYTES:,} bytes.")
        with Archive(path, title, contents.LIMITS) as archive:
            return _Reader(archive).capsule()
    except OSError as error:
        raise IncomingError(f"{title} cannot be read: {error.strerror or error}.") from error


class _Reader:
    """Reads one capsule member by member."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.title = archive, archive.title

    def capsule(self) -> Capsule:
        manifest = self.manifest()
        digests = manifest["files"]
        missing = sorted(set(self.archive.names) ^ {contents.MANIFEST, *digests})
        if missing:
            raise IncomingError(f"{self.title} has been changed since it was made: {missing[0]} is missing or new.")
        run = self.run(digests)
        architecture = run.config.architecture
        weights = self.weights(architecture, digests)
        return Capsule(
            run=run,
            dataset_sha256=_text(manifest.get("dataset", {}), "sha256"),
            environment=_texts(manifest.get("environment")),
            history=self.history(digests),
            weights=weights,
            test=self.predictions(contents.TEST, digests) if contents.TEST in digests else None,
            validation=self.validation(run, digests),
            epoch_weights=self.epoch_weights(run, digests),
            config=self.config(digests),
            texts={name: self.text(name, digests) for name in contents.TEXTS if name in digests},
            written_by=readable(_text(manifest, "written_by"), MAX_VERSION),
        )

    def manifest(self) -> dict[str, Any]:
        if contents.MANIFEST not in self.archive.names:
            raise IncomingError(f"{self.title} is not a run capsule: {contents.MANIFEST} is missing.")
        found = self.json(contents.MANIFEST, self.archive.read(contents.MANIFEST))
        if not isinstance(found, dict) or found.get("kind") != contents.KIND:
            raise IncomingError(f"{self.title} is not a run capsule.")
        schema = found.get("schema")
        if isinstance(schema, bool) or not isinstance(schema, int) or not 1 <= schema <= contents.SCHEMA:
            is_newer = type(schema) is int and schema > contents.SCHEMA
            raise IncomingError(
                f"{self.title} has schema {shown(schema)}. Expected 1 to {contents.SCHEMA}"
                f"{': it is from a newer version of MNIST Studio' if is_newer else ''}."
            )
        files = found.get("files")
        if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
            raise IncomingError(f"{self.title} is damaged: {contents.MANIFEST} lists no files.")
        if not isinstance(found.get("dataset"), dict):
            found["dataset"] = {}
        return found

    def content(self, name: str, digests: Mapping[str, str]) -> bytes:
        """A member that is the one that was written.

        Raises:
            IncomingError: it has been changed.
        """
        content = self.archive.read(name)
        if hashlib.sha256(content).hexdigest() != digests.get(name):
            raise IncomingError(f"{self.title} has been changed since it was made: {name} has another SHA-256.")
        return content

    def run(self, digests: Mapping[str, str]) -> RunRecord:
        document = self.json(contents.RUN, self.content(contents.RUN, digests))
        run_id = document.get("run_id") if isinstance(document, dict) else None
        if not is_run_id(run_id):
            raise IncomingError(f"{self.title} is damaged: {contents.RUN} has no run id.")
        try:
            run = record_from_document(document, str(run_id))
            run.config.validate()
        except (RunCorruptedError, ValueError) as error:
            raise IncomingError(f"The run in {self.title} cannot be used. {error}") from error
        if run.status.is_active or run.best_epoch is None:
            raise IncomingError(f"The run in {self.title} was not finished. Expected one with weights.")
        return run

    def history(self, digests: Mapping[str, str]) -> tuple[EpochMetrics, ...]:
        found = self.json(contents.HISTORY, self.content(contents.HISTORY, digests))
        try:
            return tuple(EpochMetrics.from_dict(item) for item in found)
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise IncomingError(f"{self.title} is damaged: {contents.HISTORY} is not a list of epochs.") from error

    def weights(self, architecture: Architecture, digests: Mapping[str, str]) -> Weights:
        return self.arrays(contents.WEIGHTS, architecture, (np.float32,), digests)

    def epoch_weights(self, run: RunRecord, digests: Mapping[str, str]) -> dict[int, Weights]:
        found, n_bytes = dict[int, Weights](), 0
        for epoch, name in self.of_epochs(contents.EPOCH_WEIGHTS, run, digests):
            found[epoch] = self.arrays(name, run.config.architecture, (np.float16, np.float32), digests)
            n_bytes += sum(array.nbytes for array in found[epoch].values())
            self.check_total("weights of epochs", n_bytes, contents.MAX_READ_WEIGHT_BYTES)
        return found

    def validation(self, run: RunRecord, digests: Mapping[str, str]) -> dict[int, Predictions]:
        found, n_bytes = dict[int, Predictions](), 0
        for epoch, name in self.of_epochs(contents.VALIDATION, run, digests):
            found[epoch] = self.predictions(name, digests)
            n_bytes += found[epoch].probabilities.nbytes + found[epoch].index.nbytes
            self.check_total("validation predictions", n_bytes, contents.MAX_READ_PREDICTION_BYTES)
        return found

    def of_epochs(self, pattern: str, run: RunRecord, names: Iterable[str]) -> list[tuple[int, str]]:
        """The members that are about an epoch of the run, in the order of these.

        Raises:
            IncomingError: there is one of an epoch that the run has not trained.
        """
        found = sorted((int(match[1]), name) for name in names if (match := re.fullmatch(pattern, name)))
        last = max(run.summary.epochs_done, run.best_epoch or 0)
        if found and found[-1][0] > last:
            raise IncomingError(
                f"{self.title} is damaged: {found[-1][1]} is of an epoch that the run has not trained. "
                f"Expected at most {last:,}."
            )
        return found

    def check_total(self, what: str, n_bytes: int, most: int) -> None:
        if n_bytes > most:
            raise IncomingError(f"The {what} in {self.title} are too large. Expected at most {most:,} bytes in memory.")

    def arrays(
        self, member: str, architecture: Architecture, kinds: Collection[type], digests: Mapping[str, str]
    ) -> Weights:
        """The weights of the network in a member, by name."""
        shapes = weight_shapes(architecture)
        most = BYTES_PER_NUMBER * sum(int(np.prod(shape)) for shape in shapes.values()) + MAX_HEADERS
        content = self.content(member, digests)
        try:
            arrays = parse_npz(io.BytesIO(content), member, max_bytes=most, max_members=max(1, len(shapes)))
            named = {name.replace("|", "/"): array for name, array in arrays.items()}
            if any(array.dtype not in kinds for array in named.values()):
                expected = " or ".join(np.dtype(kind).name for kind in kinds)
                raise IncomingError(f"{self.title} has weights of another kind. Expected {expected}.")
            if not all(np.isfinite(array).all() for array in named.values()):
                raise IncomingError(f"{member} in {self.title} has values that are not finite numbers.")
            checked_weights(architecture, named)
        except (DatasetError, RunCorruptedError) as error:
            raise IncomingError(f"The weights in {self.title} cannot be used. {error}") from error
        return {name: named[name] for name in shapes}

    def predictions(self, name: str, digests: Mapping[str, str]) -> Predictions:
        try:
            return parse_predictions(io.BytesIO(self.content(name, digests)), name)
        except PredictionsError as error:
            raise IncomingError(f"The predictions in {self.title} cannot be used. {error}") from error

    def config(self, digests: Mapping[str, str]) -> ExperimentConfig:
        try:
            return ExperimentConfig.from_json(self.content(contents.CONFIG, digests))
        except ConfigError as error:
            raise IncomingError(f"{self.title} is damaged: {contents.CONFIG} cannot be used. {error}") from error

    def text(self, name: str, digests: Mapping[str, str]) -> str:
        """A text, of which what is no text in UTF-8 is replaced: then it is not the one that we have written."""
        return self.content(name, digests).decode("utf-8", "replace")

    def json(self, name: str, content: bytes) -> Any:
        try:
            return DECODER.decode(content.decode(json.detect_encoding(content)))
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise IncomingError(f"{self.title} is damaged: {name} is not JSON.") from error


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _texts(values: Any) -> dict[str, str]:
    pairs = values.items() if isinstance(values, dict) else ()
    return {str(key)[:40]: value[:120] for key, value in pairs if isinstance(value, str) and value.isprintable()}
