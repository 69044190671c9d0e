"""Export of selected digits: a table, a sheet of images, or both with every image in a zip."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.measures import evaluated_measures_if_known
from mnist_core.data.dataset import Dataset, Indices, SplitName, UInt8Array
from mnist_core.data.image_ref import ImageRef
from mnist_core.evaluation.export import (
    images_frame,
    selection_csv,
    selection_frame,
    selection_sheet,
    selection_zip,
)

FORMATS = (
    ("PNG sheet", "png", "image/png", "All digits in one image, in the order shown."),
    ("Zip", "zip", "application/zip", "The table, the sheet, and each digit as a PNG."),
)
MEASURING = "Handwriting measures are being computed; until then, the table does not have them."
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExportedDigits:
    """Digits to export, in the order shown. The table and the images are made when a file is asked for.

    Attributes:
        stem: what the files are named after, such as a run and a split.
        columns: what the table holds, for the help of its button.
        make_frame: the table, with a row for each digit.
        make_images: the images, uint8 (K, 28, 28); None where they are not on this machine.
        note: what the table does not have yet; empty if it is complete.
    """

    stem: str
    n_digits: int
    columns: str
    make_frame: Callable[[], pd.DataFrame]
    make_images: Callable[[], UInt8Array] | None
    note: str = ""

    @property
    def file_stem(self) -> str:
        """Without an ending, safe as a file name everywhere."""
        return UNSAFE.sub("-", f"{self.stem}-{self.n_digits}-digits").lstrip("-.")


def predicted_digits(found: Evaluated, positions: np.ndarray) -> ExportedDigits:
    """The digits at these positions of the predictions of a run, with its probabilities."""

    def make_images() -> UInt8Array:
        images = found.images(positions)
        assert images is not None
        return images

    is_measuring = found.dataset is not None and evaluated_measures_if_known(found) is None
    return ExportedDigits(
        stem=found.file_stem,
        n_digits=len(positions),
        columns="Row numbers, labels, probabilities and handwriting measures.",
        make_frame=lambda: selected_frame(found, positions),
        make_images=None if found.dataset is None else make_images,
        note=MEASURING if is_measuring else "",
    )


def labelled_digits(
    dataset: Dataset,
    n_digits: int,
    *,
    images: Callable[[], Sequence[ImageRef]],
    more: Callable[[], Mapping[str, Sequence[Any] | np.ndarray]],
    stem: str,
    columns: str,
    note: str = "",
) -> ExportedDigits:
    """Images of a data set, whether or not a run has predictions for them.

    Args:
        images: finds them, in the order shown: only when a file is asked for, since they may be a whole split.
        more: finds further columns, with a value for each image.
        columns: what these hold, as the end of a sentence.
    """
    return ExportedDigits(
        stem=stem,
        n_digits=n_digits,
        columns=f"Data set, split, row number, label, {columns}.",
        make_frame=lambda: images_frame(dataset, images(), more=more()),
        make_images=lambda: np.stack([dataset.split(image.split).images[image.row] for image in images()]),
        note=note,
    )


def rows_of_split(split: SplitName, rows: Indices) -> Callable[[], list[ImageRef]]:
    """The images of these rows, for `labelled_digits`."""
    return lambda: [ImageRef(split=split, row=row) for row in rows.tolist()]


def render_export(digits: ExportedDigits, *, name: str) -> None:
    """A button for each format; the file is made when the button is pressed.

    Args:
        name: "<page>.<field>", for the keys.
    """
    with st.container(horizontal=True):
        for title, ending, mime, help in (("CSV", "csv", "text/csv", digits.columns), *FORMATS):
            st.download_button(
                title,
                data=_maker(digits, ending),
                file_name=f"{digits.file_stem}.{ending}",
                mime=mime,
                key=f"{name}.{ending}",
                help=help,
                icon=":material/download:",
                on_click="ignore",
                disabled=digits.n_digits == 0 or (ending != "csv" and digits.make_images is None),
            )


def render_export_box(digits: ExportedDigits, *, name: str) -> None:
    """The same in a popover, for below a gallery."""
    with st.popover("Export", icon=":material/download:", help="Export all digits of this selection as files.",
                    key=f"{name}.open"):  # fmt: skip
        render_export(digits, name=name)
        if digits.note:
            st.caption(digits.note)


def selected_frame(found: Evaluated, positions: np.ndarray) -> pd.DataFrame:
    """The exported table of predictions; with handwriting measures once they are computed."""
    measures = evaluated_measures_if_known(found)
    return selection_frame(found.predictions, positions, measures=measures.to_frame() if measures else None)


def _maker(digits: ExportedDigits, ending: str) -> Callable[[], bytes]:
    def make() -> bytes:
        if ending == "csv":
            return selection_csv(digits.make_frame())
        assert digits.make_images is not None
        images = digits.make_images()
        return selection_sheet(images) if ending == "png" else selection_zip(digits.make_frame(), images)

    return make
