"""What the buttons of an export would save, read with the standard library."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

ExportedFiles = Mapping[str, Callable[[], bytes]]
"""How the page makes each file, by its ending."""


def exported_table(files: ExportedFiles) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files["csv"]().decode())))


def exported_rows(files: ExportedFiles) -> list[int]:
    """The row number of each line of the table."""
    return [int(row["index"]) for row in exported_table(files)]


def exported_images(files: ExportedFiles) -> dict[str, np.ndarray]:
    """The images of the zip by their names, without folder and ending."""
    archive = zipfile.ZipFile(io.BytesIO(files["zip"]()))
    names = [name for name in archive.namelist() if name.startswith("images/")]
    return {name[len("images/") : -len(".png")]: np.asarray(Image.open(archive.open(name))) for name in names}
