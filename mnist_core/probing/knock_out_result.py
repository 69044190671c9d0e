"""The result of a knock-out and its file: predictions of a run with each filter of a layer muted in turn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import ConfigError, RunCorruptedError, RunError
from mnist_core.evaluation.comparison import Comparison, outcome_codes
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.files import write_arrays
from mnist_core.network.muting import Muteable, muteable_layers
from mnist_core.runs.checkpoints import read_arrays
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

VERSION = 1
"""To be raised when the computation changes, so that old results are not used."""


class MutedTo(StrEnum):
    """The constant that a muted filter returns."""

    ZERO = "zero"
    MEAN = "mean"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KnockOut:
    """Predictions for N test digits, as they are and with each of the F filters of a layer muted; read-only arrays.

    Attributes:
        layer: as in `muteable_layers`.
        dataset_sha256, weights_sha256: what the result was computed from.
        n_digits: how many digits a complete result has; N is smaller while it is computed.
        rows: int64 (N,), row numbers in the test split, ascending.
        labels: uint8 (N,), true labels.
        clean: uint8 (N,), predicted labels of the network as it is.
        predicted: uint8 (F, N), predicted labels with each filter muted.
    """

    layer: str
    muted_to: MutedTo
    dataset_sha256: str
    weights_sha256: str
    n_digits: int
    rows: NDArray[np.int64]
    labels: UInt8Array
    clean: UInt8Array
    predicted: UInt8Array

    @property
    def is_complete(self) -> bool:
        return len(self.rows) == self.n_digits

    @property
    def clean_accuracy(self) -> float:
        """Accuracy of the network as it is on these digits."""
        return float((self.clean == self.labels).mean())

    @property
    def broken(self) -> NDArray[np.int64]:
        """How many digits are wrong with each filter muted and correct without, (F,)."""
        was_right = self.clean == self.labels
        counts: NDArray[np.int64] = np.count_nonzero(was_right & (self.predicted != self.labels), axis=1)
        return counts

    @property
    def fixed(self) -> NDArray[np.int64]:
        """How many digits are correct with each filter muted and wrong without, (F,)."""
        was_right = self.clean == self.labels
        counts: NDArray[np.int64] = np.count_nonzero(~was_right & (self.predicted == self.labels), axis=1)
        return counts

    @property
    def changes(self) -> NDArray[np.float64]:
        """Accuracy with each filter muted minus accuracy without, (F,)."""
        return (self.fixed - self.broken) / max(1, len(self.rows))

    @property
    def order(self) -> NDArray[np.int64]:
        """The filters, the largest drop of accuracy first; ties by the number of digits that change, then by number."""
        return np.lexsort((np.arange(len(self.predicted)), -(self.broken + self.fixed), self.changes))

    def comparison(self, muted: int) -> Comparison:
        """The network as it is (first) against the one with this filter muted (second)."""
        was_right, is_right = self.clean == self.labels, self.predicted[muted] == self.labels
        return Comparison(
            index=self.rows.copy(),
            labels=self.labels.copy(),
            outcome_codes=outcome_codes(was_right, is_right),
            n_first_only=0,
            n_second_only=0,
        )

    def matrix_change(self, muted: int) -> NDArray[np.int64]:
        """The confusion matrix with this filter muted minus the one without, (10, 10); rows are true labels."""
        after = ConfusionMatrix.from_labels(self.labels, self.predicted[muted]).counts
        return after - ConfusionMatrix.from_labels(self.labels, self.clean).counts


def read_knock_out(
    store: RunStore, run: RunRecord, weights_digest: str, layer: str, muted_to: MutedTo
) -> KnockOut | None:
    """What is stored of the knock-out of a layer with these weights, complete or not; None if there is nothing."""
    path = knock_out_path(store, run, weights_digest, layer, muted_to)
    if not path.is_file():
        return None
    try:
        found = _from_arrays(read_arrays(path), layer, muted_to)
    except (RunError, KeyError, ValueError, IndexError):
        return None
    return found if found.weights_sha256 == weights_digest else None


def knock_out_path(store: RunStore, run: RunRecord, weights_digest: str, layer: str, muted_to: MutedTo) -> Path:
    """The file of the result; it may not exist.

    Raises:
        ConfigError: the network has no such layer.
    """
    muteable(run, layer)  # only then does the name become part of a path
    return store.folder(run.run_id) / "knock-out" / f"{weights_digest[:16]}-{layer}-{muted_to}-v{VERSION}.npz"


def muteable(run: RunRecord, layer: str) -> Muteable:
    """The layer of that name.

    Raises:
        ConfigError: the network has no such layer.
    """
    layers = {item.name: item for item in muteable_layers(run.config.architecture)}
    if layer not in layers:
        raise ConfigError.invalid("layer", expected="one of " + ", ".join(layers), received=layer)
    return layers[layer]


def write_knock_out(path: Path, found: KnockOut) -> None:
    """Store a result, complete or not."""
    write_arrays(
        path,
        {
            "dataset": np.array(found.dataset_sha256),
            "weights": np.array(found.weights_sha256),
            "n_digits": np.array(found.n_digits),
            "rows": found.rows,
            "labels": found.labels,
            "clean": found.clean,
            "predicted": found.predicted,
        },
    )


def _from_arrays(arrays: dict[str, np.ndarray], layer: str, muted_to: MutedTo) -> KnockOut:
    n = len(arrays["rows"])
    if arrays["labels"].shape != (n,) or arrays["clean"].shape != (n,) or arrays["predicted"].shape[1:] != (n,):
        raise RunCorruptedError("The stored knock-out is damaged: its arrays do not match.")
    return KnockOut(
        layer=layer,
        muted_to=muted_to,
        dataset_sha256=str(arrays["dataset"]),
        weights_sha256=str(arrays["weights"]),
        n_digits=int(arrays["n_digits"]),
        **{name: arrays[name] for name in ("rows", "labels", "clean", "predicted")},
    )
