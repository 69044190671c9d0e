"""Class probabilities of the images of a split with their true labels, and their file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NewType, cast

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.rows import Row
from mnist_core.data.sources.npz import parse_npz
from mnist_core.errors import DatasetError, PredictionsError
from mnist_core.files import write_bytes
from mnist_core.training.cross_entropy import SMALLEST_PROBABILITY, cross_entropies, mean_cross_entropy

Position = NewType("Position", int)
"""Position of an image in `Predictions`, from 0. Not its row in the split."""

SUM_TOLERANCE = 0.01
"""Tolerance of the sum of a row: float16, in files of earlier versions, rounds each probability to three decimals."""

MAX_FILE_BYTES = 200_000_000
"""Refuse larger files; a million images as float32 are 53 MB."""

FloatArray = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.int64]
LabelArray = npt.NDArray[np.uint8]
MaskArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predictions:
    """Predictions for N images of one split, in the order of its rows or of a selection of them.

    Attributes:
        index: int64 (N,), row number of each image in its split, each at most once.
        labels: uint8 (N,), true labels from 0 to 9.
        probabilities: float32 (N, 10), each row sums to 1 within the rounding of float16.
        smallest: a smaller probability counts as this one in a logarithm. Larger for a file of an earlier version,
            which holds float16: its probabilities are rounded, and those below are 0.

    The arrays are read-only. Wider types that hold the same values are converted.

    Raises:
        PredictionsError: the arrays do not match or have invalid values.
    """

    index: IndexArray
    labels: LabelArray
    probabilities: FloatArray
    smallest: float = SMALLEST_PROBABILITY
    _predicted: LabelArray | None = field(init=False, repr=False, default=None)
    _confidence: FloatArray | None = field(init=False, repr=False, default=None)
    """Found when first asked for: a page asks ten times."""

    def __post_init__(self) -> None:
        _keep(self, "index", _whole_numbers(self.index, "index", np.iinfo(np.int64).max).astype(np.int64))
        _keep(self, "labels", _whole_numbers(self.labels, "labels", N_CLASSES - 1).astype(np.uint8))
        _keep(self, "probabilities", _checked_probabilities(self.probabilities))
        lengths = (len(self.index), len(self.labels), len(self.probabilities))
        if len(set(lengths)) > 1:
            raise PredictionsError(
                "`index`, `labels` and `probabilities` do not match. Expected one length. "
                f"Received: {lengths[0]:,}, {lengths[1]:,} and {lengths[2]:,}."
            )
        if not _is_unique(self.index):
            raise PredictionsError(
                "`index` names an image more than once. Expected each row of the split at most once."
            )

    @classmethod
    def of_split(cls, labels: npt.ArrayLike, probabilities: npt.ArrayLike) -> Predictions:
        """Predictions for all images of a split in its own order: labels (N,), probabilities (N, 10)."""
        rows = np.asarray(labels)
        return cls(
            index=np.arange(len(rows), dtype=np.int64),
            labels=rows,
            probabilities=np.asarray(probabilities),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def row_at(self, position: Position) -> Row:
        """The row in its split of the image at `position`."""
        return Row(int(self.index[position]))

    def position_of(self, row: Row | None) -> Position | None:
        """The position of the image with this row in the split; None if it has none."""
        if row is None:
            return None
        found = np.flatnonzero(self.index == row)
        return Position(int(found[0])) if len(found) else None

    @property
    def predicted(self) -> LabelArray:
        """Predicted label of each image, uint8 (N,); at equal probability the lowest."""
        if self._predicted is None:
            _keep(self, "_predicted", self.probabilities.argmax(axis=1).astype(np.uint8))
        return cast("LabelArray", self._predicted)

    @property
    def correct(self) -> MaskArray:
        """Whether each image is correct, bool (N,)."""
        correct: MaskArray = self.predicted == self.labels
        return correct

    @property
    def confidence(self) -> FloatArray:
        """Probability of the predicted label, float32 (N,)."""
        if self._confidence is None:
            _keep(self, "_confidence", self.probabilities.max(axis=1))
        return cast("FloatArray", self._confidence)

    @property
    def margin(self) -> FloatArray:
        """Largest minus second largest probability, float32 (N,): 0 is a tie, 1 is certain."""
        if len(self) == 0:
            return np.zeros(0, dtype=np.float32)
        top = np.partition(self.probabilities, -2, axis=1)[:, -2:]  # (N, 2)
        margin: FloatArray = top[:, 1] - top[:, 0]
        return margin

    @property
    def true_probability(self) -> FloatArray:
        """Probability of the true label, float32 (N,)."""
        chosen: FloatArray = self.probabilities[np.arange(len(self)), self.labels]
        return chosen

    @property
    def losses(self) -> FloatArray:
        """Cross-entropy of each image in nats, float32 (N,): minus the logarithm of the true label's probability."""
        return cross_entropies(self.true_probability, smallest=self.smallest)

    @property
    def accuracy(self) -> float:
        """Share of correct images; NaN if there are no images."""
        return float(self.correct.mean()) if len(self) else float("nan")

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats; NaN if there are no images."""
        return mean_cross_entropy(self.true_probability, smallest=self.smallest)

    @property
    def is_rounded(self) -> bool:
        """Whether they come from a file of an earlier version, which holds rounded probabilities."""
        return self.smallest > SMALLEST_PROBABILITY

    def take(self, positions: npt.NDArray[np.integer[Any]] | MaskArray) -> Predictions:
        """The images at row positions (K,), in that order, or those where a mask (N,) is true."""
        return Predictions(
            index=self.index[positions],
            labels=self.labels[positions],
            probabilities=self.probabilities[positions],
            smallest=self.smallest,
        )


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write an npz file with `index`, `labels` and `probabilities`, atomically.

    The probabilities are stored as they are, in float32: their logarithms are the logits up to a constant, so that
    calibration needs no network.

    Raises:
        OSError: disk full, read-only and so on; the old file is then unchanged.
    """
    buffer = io.BytesIO()
    np.savez(
        buffer,
        index=predictions.index,
        labels=predictions.labels,
        probabilities=predictions.probabilities,
    )
    write_bytes(path, buffer.getvalue())


def load_predictions(path: Path) -> Predictions:
    """The predictions of an npz file.

    Raises:
        PredictionsError: the file is missing, damaged, or has no predictions.
    """
    if not path.is_file():
        raise PredictionsError(f"There is no predictions file {path.name}.")
    try:
        with path.open("rb") as stream:
            return parse_predictions(stream, path.name)
    except OSError as error:
        raise PredictionsError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def parse_predictions(stream: BinaryIO, name: str) -> Predictions:
    """Like `load_predictions`, from a seekable stream; messages contain `name`."""
    wanted = ("index", "labels", "probabilities")
    try:
        arrays = parse_npz(stream, name, only=wanted, max_bytes=MAX_FILE_BYTES)
    except DatasetError as error:
        raise PredictionsError(f"The predictions file cannot be used: {error}") from error
    missing = [key for key in wanted if key not in arrays]
    if missing:
        raise PredictionsError(
            f"{name} does not hold predictions. Expected {', '.join(wanted)}. Missing: {missing[0]}."
        )
    try:
        return Predictions(**arrays, smallest=_smallest(arrays["probabilities"]))
    except PredictionsError as error:
        raise PredictionsError(f"{name} is damaged. {error}") from error


def _whole_numbers(values: npt.NDArray[Any], name: str, high: int) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise PredictionsError(
            f"`{name}` has the wrong form. Expected integers (N,). Received: {array.dtype} {array.shape}."
        )
    if array.size and (array.min() < 0 or array.max() > high):
        wrong = array.min() if array.min() < 0 else array.max()
        raise PredictionsError(f"`{name}` has a value out of range. Expected 0 to {high}. Received: {wrong}.")
    return array


def _checked_probabilities(values: npt.NDArray[Any]) -> FloatArray:
    array = np.asarray(values)
    if array.ndim != 2 or array.shape[1] != N_CLASSES or array.dtype.kind != "f":
        raise PredictionsError(
            "`probabilities` has the wrong form. "
            f"Expected floating point numbers (N, {N_CLASSES}). Received: {array.dtype} {array.shape}."
        )
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all() or (array.size and array.min() < 0):
        raise PredictionsError("`probabilities` has values that are not numbers from 0 to 1.")
    distance = np.abs(array.sum(axis=1) - 1).max(initial=0)
    if distance > SUM_TOLERANCE:
        raise PredictionsError(
            "`probabilities` do not sum to 1. "
            f"Expected each row within {SUM_TOLERANCE}. Received: off by {distance:.3g}."
        )
    return array


def _smallest(stored: npt.NDArray[Any]) -> float:
    """The smallest probability that can be told from 0 in a stored array."""
    if stored.dtype == np.float16:
        return float(np.finfo(np.float16).smallest_subnormal)
    return SMALLEST_PROBABILITY


def _is_unique(index: IndexArray) -> bool:
    if (index[1:] > index[:-1]).all():  # the usual case: rows of a split in order
        return True
    return len(np.unique(index)) == len(index)


def _keep(predictions: Predictions, name: str, array: npt.NDArray[Any]) -> None:
    """Store a read-only array (`astype` has made a copy, so the caller cannot write to it)."""
    array.setflags(write=False)
    object.__setattr__(predictions, name, array)
