"""What is known about an exported model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A model file, as its own runtime answers with it.

    Attributes:
        has_scaling: whether it takes pixels from 0 to 255, not scaled inputs.
        runtime: the program and its version.
        split: of the digits that were compared.
        compared: how many.
        largest_difference: of a probability from the stored one.
        labels_changed: how many digits have another predicted label than is stored.
        accuracy, stored_accuracy: on these digits.
        milliseconds_per_digit: of one digit at a time; the median.
    """

    has_scaling: bool
    runtime: str
    split: str
    compared: int
    largest_difference: float
    labels_changed: int
    accuracy: float
    stored_accuracy: float
    n_bytes: int
    milliseconds_per_digit: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedModel:
    """An exported file.

    Attributes:
        path: absolute.
        format: its name in `FORMATS`.
        weights_sha256: of the weights in it.
    """

    path: str
    format: str
    weights_sha256: str
    checked: Checked

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types, as the command line prints it."""
        return {
            "path": self.path,
            "format": self.format,
            "weights_sha256": self.weights_sha256,
            **asdict(self.checked),
        }
