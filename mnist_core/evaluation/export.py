"""Export of selected digits: a table, a sheet of images, or both in a zip."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from mnist_core.data.dataset import N_CLASSES, Dataset
from mnist_core.data.finding.issues import IssueFinding
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import DecisionKind, LabelOverlay
from mnist_core.data.sprites import sprite_png
from mnist_core.errors import ConfigError
from mnist_core.evaluation.predictions import IndexArray, Predictions

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a text that starts with one of these as a formula."""

TIME = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every member of a zip, so that the same selection gives the same file."""

SHEET_COLUMNS = 25
"""Images in a row of a sheet; more of them where it would be higher than wide."""

UInt8Array = npt.NDArray[np.uint8]


def selection_frame(
    predictions: Predictions, positions: IndexArray, *, measures: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row for each selected digit, in the order of `positions`.

    Columns: `index` (row number in the split), `label`, `predicted`, `is_correct`, `confidence`, `margin`, `loss`,
    `probability_0` to `probability_9`, then those of `measures` (one row for each prediction, in the same order).

    Raises:
        ConfigError: `measures` has another number of rows.
    """
    if measures is not None and len(measures) != len(predictions):
        raise ConfigError.invalid("measures", expected=f"{len(predictions)} rows", received=len(measures))
    chosen = predictions.take(positions)
    frame = pd.DataFrame(
        {
            "index": chosen.index,
            "label": chosen.labels,
            "predicted": chosen.predicted,
            "is_correct": chosen.correct,
            "confidence": chosen.confidence,
            "margin": chosen.margin,
            "loss": chosen.losses,
            **{f"probability_{label}": chosen.probabilities[:, label] for label in range(N_CLASSES)},
        }
    )
    if measures is None:
        return frame
    return pd.concat([frame, measures.iloc[positions].reset_index(drop=True)], axis=1)


def images_frame(
    dataset: Dataset, images: Sequence[ImageRef], *, more: Mapping[str, Sequence[Any] | np.ndarray] | None = None
) -> pd.DataFrame:
    """One row for each of these images, in their order, whether or not a run has predictions for them.

    Columns: `dataset` and `sha256` say where they are from, `split`, `index` (row number in the split), `label`, then
    those of `more` (one value for each image, in the same order).

    Raises:
        ConfigError: a column of `more` has another number of values.
    """
    for name, values in (more or {}).items():
        if len(values) != len(images):
            raise ConfigError.invalid(name, expected=f"{len(images)} values", received=len(values))
    return pd.DataFrame(
        {
            "dataset": [dataset.name] * len(images),
            "sha256": [dataset.sha256] * len(images),
            "split": [str(image.split) for image in images],
            "index": np.array([image.row for image in images], np.int64),
            "label": np.array([dataset.split(image.split).labels[image.row] for image in images], np.uint8),
            **(more or {}),
        }
    )


def issues_frame(dataset: Dataset, findings: Sequence[IssueFinding]) -> pd.DataFrame:
    """One row for each image of these findings, in their order.

    Columns: those of `images_frame`, with `issue` (number of the finding, from 1) and its values as the last ones.
    """
    images = [image for found in findings for image in found.images]
    return images_frame(dataset, images, more=issue_columns(findings))


def issue_columns(findings: Sequence[IssueFinding]) -> Mapping[str, Sequence[Any]]:
    """`issue` and the values of the findings, with an entry for each of their images."""
    found = [(number, item) for number, item in enumerate(findings, 1) for _ in item.images]
    names = findings[0].values if findings else ()
    return {
        "issue": [number for number, _ in found],
        **{name: [item.values[name] for _, item in found] for name in names},
    }


def decisions_frame(dataset: Dataset, overlay: LabelOverlay) -> pd.DataFrame:
    """One row for each decision about a label, the oldest first.

    Columns: `split`, `index` (row number in the split), `label`, `decision`, `reviewed_label` (missing for an ambiguous
    image), `decided_at` (ISO 8601, UTC).
    """
    rows = []
    for decision in overlay.decisions:
        labels = dataset.split(decision.image.split).labels
        if decision.image.row >= len(labels):  # the file was edited
            continue
        label = int(labels[decision.image.row])
        kept = None if decision.kind is DecisionKind.AMBIGUOUS else label
        rows.append(
            {
                "split": decision.image.split.value,
                "index": decision.image.row,
                "label": label,
                "decision": decision.kind.value,
                "reviewed_label": kept if decision.label is None else decision.label,
                "decided_at": datetime.fromtimestamp(decision.time, UTC).isoformat(timespec="seconds"),
            }
        )
    frame = pd.DataFrame(rows, columns=["split", "index", "label", "decision", "reviewed_label", "decided_at"])
    return frame.astype({"reviewed_label": "Int64"})


def selection_csv(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 text; an apostrophe is added before texts that a spreadsheet would run as a formula."""
    safe = frame.rename(columns=_harmless)
    for position, dtype in enumerate(safe.dtypes):
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)):
            safe.isetitem(position, [_harmless(value) for value in safe.iloc[:, position]])
    text: str = safe.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return text.encode()


def selection_sheet(images: UInt8Array) -> bytes:
    """All images uint8 (K, 28, 28) on one PNG, row by row in their order; of very many it is a square."""
    columns = max(SHEET_COLUMNS, math.isqrt(len(images)))
    return sprite_png(images, max(1, min(columns, len(images))), pad=2)


def selection_zip(frame: pd.DataFrame, images: UInt8Array) -> bytes:
    """`selection.csv`, `sheet.png`, and each image as `images/<index>_true<label>_predicted<label>.png`.

    Where the table names splits, the split stands before the index. Without a predicted label, that part is left out.
    An image that is in several rows is stored once.

    Args:
        frame: from `selection_frame` or `images_frame`.
        images: uint8 (K, 28, 28), in the order of the rows of `frame`.

    Raises:
        ConfigError: there are not as many images as rows.
    """
    if len(images) != len(frame):
        raise ConfigError.invalid("images", expected=f"{len(frame)} images", received=len(images))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_member("selection.csv"), selection_csv(frame), zipfile.ZIP_DEFLATED)
        archive.writestr(_member("sheet.png"), selection_sheet(images))
        for name, image in dict(zip(_image_names(frame), images, strict=True)).items():
            archive.writestr(_member(f"images/{name}.png"), _png(image))
    return buffer.getvalue()


def _image_names(frame: pd.DataFrame) -> list[str]:
    """The name of the image of each row, the same for the same image."""
    names = [f"{index:05d}_true{label}" for index, label in zip(frame["index"], frame["label"], strict=True)]
    if "split" in frame:
        names = [f"{split}-{name}" for split, name in zip(frame["split"], names, strict=True)]
    if "predicted" in frame:
        predicted = ("" if pd.isna(label) else f"_predicted{label}" for label in frame["predicted"])
        names = [f"{name}{more}" for name, more in zip(names, predicted, strict=True)]
    return names


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, TIME)


def _png(image: UInt8Array) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
