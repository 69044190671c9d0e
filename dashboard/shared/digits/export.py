"""Export of selected digits: a table, a sheet of images, or both with every image in a zip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.measures import evaluated_measures_if_known
from mnist_core.evaluation.export import selection_csv, selection_frame, selection_sheet, selection_zip

FORMATS = (
    ("CSV", "csv", "text/csv", "Row numbers, labels, probabilities and handwriting measures."),
    ("PNG sheet", "png", "image/png", "All digits in one image, in the order shown."),
    ("Zip", "zip", "application/zip", "The table, the sheet, and each digit as a PNG."),
)


def render_export(found: Evaluated, positions: np.ndarray, *, name: str) -> None:
    """A button for each format; the file is made when the button is pressed.

    Args:
        name: "<page>.<field>", for the keys.
    """
    stem = f"{found.file_stem}-{len(positions)}-digits"
    with st.container(horizontal=True):
        for title, ending, mime, help in FORMATS:
            st.download_button(
                title,
                data=_maker(found, positions, ending),
                file_name=f"{stem}.{ending}",
                mime=mime,
                key=f"{name}.{ending}",
                help=help,
                icon=":material/download:",
                on_click="ignore",
                disabled=len(positions) == 0 or (ending != "csv" and found.dataset is None),
            )


def render_export_box(found: Evaluated, positions: np.ndarray, *, name: str) -> None:
    """The same in a popover, for below a gallery."""
    with st.popover("Export", icon=":material/download:", help="Export all digits of this selection as files.",
                    key=f"{name}.open"):  # fmt: skip
        render_export(found, positions, name=name)
        if found.dataset is not None and evaluated_measures_if_known(found) is None:
            st.caption("Handwriting measures are being computed; until then, the table does not have them.")


def selected_frame(found: Evaluated, positions: np.ndarray) -> pd.DataFrame:
    """The exported table; with handwriting measures once they are computed."""
    measures = evaluated_measures_if_known(found)
    return selection_frame(found.predictions, positions, measures=measures.to_frame() if measures else None)


def _maker(found: Evaluated, positions: np.ndarray, ending: str) -> Callable[[], bytes]:
    def make() -> bytes:
        frame = selected_frame(found, positions)
        if ending == "csv":
            return selection_csv(frame)
        images = found.images(positions)
        assert images is not None
        return selection_sheet(images) if ending == "png" else selection_zip(frame, images)

    return make
