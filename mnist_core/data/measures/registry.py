"""The handwriting measures: ink, stroke width, slant, size, symmetry and others.

This module has their names, units and table, which every page knows; `measuring` computes them, and `handwriting` has
their formulas and sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_core.data.dataset import SIDE, Float32Array, UInt8Array
from mnist_core.errors import ConfigError, shown

if TYPE_CHECKING:
    import pandas as pd

MIDDLE = (SIDE - 1) / 2
"""The middle of an image, in pixels from an edge, whose first pixel is 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """How one measure is presented."""

    title: str
    unit: str
    help: str


MEASURES: Mapping[str, Measure] = {
    "ink": Measure(title="Ink", unit="full pixels", help="Sum of the ink of all pixels."),
    "stroke_width": Measure(title="Stroke width", unit="pixels", help="Mean width of the pen's stroke."),
    "slant": Measure(
        title="Slant",
        unit="degrees",
        help="How far the ink as a whole leans, by its second moments; above 0 to the right. A wide digit with ink at "
        "the upper right and the lower left, such as many a 2 or a 7, counts as leaning, although its strokes may be "
        "upright.",
    ),
    "height": Measure(title="Height", unit="pixels", help="Rows from the topmost to the lowest inked pixel."),
    "width": Measure(title="Width", unit="pixels", help="Columns from the leftmost to the rightmost inked pixel."),
    "aspect": Measure(title="Aspect ratio", unit="width / height", help="Width divided by height."),
    "loops": Measure(
        title="Loops",
        unit="count",
        help="Enclosed areas: usually none in a 1, one in a 0, two in an 8. Pixels with at least half the highest "
        "value count as ink: a gap of one pixel opens a loop, and a loop that is filled with ink is not counted.",
    ),
    "centroid_x": Measure(
        title="Centre of mass, x", unit="pixels", help=f"From the left edge; {MIDDLE:g} is the middle."
    ),
    "centroid_y": Measure(
        title="Centre of mass, y", unit="pixels", help=f"From the top edge; {MIDDLE:g} is the middle."
    ),
    "horizontal_symmetry": Measure(
        title="Left-right symmetry",
        unit="0 to 1",
        help="Share of the ink that stays in place when the digit is mirrored left to right about its centre of mass.",
    ),
    "vertical_symmetry": Measure(
        title="Top-bottom symmetry",
        unit="0 to 1",
        help="Share of the ink that stays in place when the digit is mirrored top to bottom about its centre of mass.",
    ),
    "distance_to_class_mean": Measure(
        title="Distance to class mean",
        unit="full pixels",
        help="Pixel distance of the digit to the mean training image of its class.",
    ),
}
"""Every measure by name, in the order of the columns of `Measures.values`."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measures:
    """The measures of N images.

    Attributes:
        values: float32 (N, 12), read-only; columns in the order of `MEASURES`.
    """

    values: Float32Array

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != len(MEASURES):
            raise ConfigError.invalid("measures", expected=f"shape (N, {len(MEASURES)})", received=self.values.shape)
        view = self.values.view()
        view.setflags(write=False)
        object.__setattr__(self, "values", view)

    def __len__(self) -> int:
        return len(self.values)

    def column(self, name: str) -> Float32Array:
        """One measure of every image, float32 (N,).

        Raises:
            ConfigError: no measure is called so.
        """
        if name not in MEASURES:
            raise ConfigError(f"Unknown measure. Expected one of: {', '.join(MEASURES)}. Received: {shown(name)}.")
        return self.values[:, list(MEASURES).index(name)]

    def row(self, row: int) -> dict[str, float]:
        """All measures of one image by name."""
        return dict(zip(MEASURES, self.values[row].tolist(), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """A table with one column for each measure and one row for each image."""
        import pandas as pd  # here: the first page needs the names alone

        return pd.DataFrame(self.values, columns=list(MEASURES))


def ranks_within_class(measures: Measures, labels: UInt8Array, row: int) -> dict[str, float]:
    """The rank of one image among those of its label: the share, 0 to 1, of them with a lower value.

    Equal values count half.
    """
    same = measures.values[labels == labels[row]]
    own = measures.values[row]
    shares = (same < own).mean(axis=0) + (same == own).mean(axis=0) / 2
    return dict(zip(MEASURES, shares.tolist(), strict=True))
