"""What is done to the images of an import: decided by what the files show, or by a person."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.errors import ConfigError, DatasetError

TEST_FRACTION = 0.2
"""Of the images, where the files have no test split and nobody says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """What is done to the images; None leaves it to what the files show.

    Attributes:
        turned: whether images that are stored on their side or mirrored are turned upright; if the files do not show
            how they were turned, rows and columns are swapped.
        inverted: whether light becomes dark.
        label_column: the column of a table that holds the labels, from 0, counted in the file.
    """

    turned: bool | None = None
    inverted: bool | None = None
    label_column: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelColumn:
    """A column of a table that may hold the labels.

    Attributes:
        index: from 0, counted in the file.
        name: from the header; without one, "column 1" and so on.
    """

    index: int
    name: str

    @property
    def words(self) -> str:
        """The name and the number, as on screen and in messages: "label (column 1)"."""
        number = f"column {self.index + 1}"
        return number if self.name in (number, "") else f"{self.name} ({number})"


class LabelColumnError(DatasetError):
    """Two or more columns of a table may hold the labels, and only a person can tell.

    The draft stays: `read_draft` with a `Decisions.label_column` among `label_columns` reads it.
    """

    def __init__(self, message: str, label_columns: tuple[LabelColumn, ...]) -> None:
        super().__init__(message)
        self.label_columns = label_columns


def check_test_fraction(fraction: float) -> None:
    """Raise `ConfigError` unless it leaves images on both sides."""
    if not 0 < fraction < 1:
        raise ConfigError.invalid("test_fraction", expected="a number above 0 and below 1", received=fraction)
